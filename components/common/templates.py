"""Texts with paths in them: `Release {$.version}`, as a workflow says a subject or a message."""

import re
from typing import Any

from ..asl import is_path
from .checks import ArgumentError

_PLACE = re.compile(r"\{(\$[^{}]*)\}")
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


def subject_filled_in(subject: Any) -> Any:
    """The same for a subject, in which `{}` alone is a place of which nothing is said."""
    if isinstance(subject, str) and "{}" in subject and not is_path(subject) and not is_template(subject):
        raise ArgumentError(f"subject must say what goes into {{}}, as in {{$.version}}, got {subject!r}")
    return filled_in(subject)
