"""Brings a decision back: links that say who decides, and the answer to Step Functions."""
