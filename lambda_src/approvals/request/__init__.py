"""What a request is: what may be asked, of whom, and its life as pure functions. Imports no other room."""
