"""What runs MiniStack: as a process that ends with us, with functions in turns and a gate for web pages."""
