"""How a wait state is made."""
