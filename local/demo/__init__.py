"""``python -m local demo``: every workflow, to every one of its endings."""
