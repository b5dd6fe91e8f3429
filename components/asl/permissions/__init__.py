"""What the execution role needs."""
