"""What makes the project's own environment, and what generates tables and documents."""
