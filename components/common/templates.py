"""Texts with paths in them: `Release {$.version}`, as a workflow says a subject or a message."""

import re
from typing import Any

from ..asl import JSONATA, is_expression, is_path
from .checks import ArgumentError

_PLACE = re.compile(r"\{(\$[^{}]*)\}")
_UNFILLED = re.compile(r"\{([A-Za-z_][\w.]*)?\}|\$\.[A-Za-z_]")
_SPECIAL = re.compile(r"[\\'{}]")


def is_template(value: Any) -> bool:
    """Whether something is filled in, which is known only when the state runs."""
    return isinstance(value, str) and not is_path(value) and bool(_PLACE.search(value))


def literal(template: str) -> str:
    """What is said whatever is filled in."""
    return "".join(_PLACE.split(template)[::2])


def filled_in(value: Any) -> Any:
    """`Release {$.version}` as `States.Format('Release {}', $.version)`; what has no such place as it is."""
    if not is_template(value):
        return value
    texts = [_SPECIAL.sub(r"\\\g<0>", text) for text in _PLACE.split(value)[::2]]
    return f"States.Format('{'{}'.join(texts)}', {', '.join(_PLACE.findall(value))})"


def check_said(argument: str, value: Any, query_language: str) -> None:
    """Refuse a text that would be said as it is, though it is meant to be looked up."""
    if not isinstance(value, str):
        return
    if query_language == JSONATA:
        if (value.startswith("$.") or "{$." in value) and not is_expression(value):
            raise ArgumentError(f"{argument} must be looked up by {{% ... %}} in JSONata, got {value!r}")
    elif is_expression(value) or ("{$" in literal(value) and not is_path(value)):
        raise ArgumentError(f"{argument} must be looked up by a path, as in {{$.order}}, got {value!r}")


def subject_filled_in(subject: Any) -> Any:
    """The same for a subject, in which `{}`, `{version}` or a bare `$.version` would stay as it is."""
    if isinstance(subject, str) and not is_path(subject) and _UNFILLED.search(literal(subject)):
        raise ArgumentError(f"subject must say what is filled in as in {{$.version}}, got {subject!r}")
    return filled_in(subject)
