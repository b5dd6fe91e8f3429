"""What makes the project's own environment, what deploying needs, the rule that checks imports, and what
writes the documents that are generated, which tests hold current."""
