"""From an event to calls of `handle`: messages are read, worked on in threads, and answered."""
