"""The state machines of this stack: one module each, with a function that returns the definition."""
