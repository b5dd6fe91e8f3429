"""Which services a Resource can name, and how they are called and with what."""
