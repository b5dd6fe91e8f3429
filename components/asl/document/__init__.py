"""A definition as it is copied, walked, resolved, rendered and drawn."""
