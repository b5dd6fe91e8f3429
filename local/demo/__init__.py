"""``python -m local demo``: every workflow, to every one of its endings."""

from local.demo.play import demo

__all__ = ["demo"]
