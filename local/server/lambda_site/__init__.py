"""What is put on the path of functions that run on the embedded AWS."""
