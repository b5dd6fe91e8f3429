"""What makes the project's own environment, and what generates documents, which tests hold current."""
