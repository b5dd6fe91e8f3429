"""What a workflow may ask of people, how their addresses are read, and where a request is kept."""
