"""The two query languages, and how to tell what a string in them computes."""

from typing import Final

JSONPATH: Final = "JSONPath"
JSONATA: Final = "JSONata"


def is_path(value: object) -> bool:
    """Whether a string of a JSONPath state is looked up rather than passed: a path or an intrinsic."""
    return isinstance(value, str) and value.startswith(("$", "States."))


def is_expression(value: object) -> bool:
    """Whether a value is a JSONata expression."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")
