"""What is generated in this repository: each module holds the content of one file. May import everything."""
