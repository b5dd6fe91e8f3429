"""What makes the project's own environment, what deploying it needs, the rule that checks imports; and what generates
documents, which tests hold current."""
