"""Checks of component arguments: each names the argument, the rule and the value.

A plain value is checked when the component is constructed, before any child is registered. An Output's
value is checked when it is known.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from types import NoneType
from typing import Any, NotRequired, TypeVar, get_args, get_origin

import pulumi

T = TypeVar("T")

LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


def checked(value: pulumi.Input[T], check: Callable[[Any], T]) -> pulumi.Input[T]:
    """`check(value)`: now for a plain value, later for an Output. It returns the value or raises
    ValueError."""
    if isinstance(value, pulumi.Output):
        return value.apply(check)
    return check(value)


def whole_number(argument: str, value: pulumi.Input[int], low: int, high: int) -> pulumi.Input[int]:
    """A whole number from `low` to `high`. Other languages send integers as floats: 3.0 is 3."""

    def check(number: Any) -> int:
        whole = isinstance(number, int | float) and not isinstance(number, bool) and number == int(number)
        if not whole or not low <= number <= high:
            raise ValueError(f"{argument} must be between {low} and {high}, got {number!r}")
        return int(number)

    return checked(value, check)


def log_retention(argument: str, value: pulumi.Input[int]) -> pulumi.Input[int]:
    """A retention that CloudWatch Logs knows, in days."""

    def check(days: Any) -> int:
        if days not in LOG_RETENTION_DAYS:
            allowed = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise ValueError(f"{argument} must be one of {allowed}, got {days!r}")
        return int(days)

    return checked(value, check)


def arn(argument: str, value: pulumi.Input[str], service: str, what: str) -> pulumi.Input[str]:
    """The ARN of `what` (`a KMS key`), which is a thing of `service` (`kms`), in any partition."""

    def check(text: Any) -> str:
        if not isinstance(text, str) or not re.fullmatch(rf"arn:[^:]+:{service}:[^:]*:[^:]*:.+", text):
            raise ValueError(f"{argument} must be the ARN of {what}, got {text!r}")
        return text

    return checked(value, check)


def plain(argument: str, value: Any, kind: type | tuple[type, ...], example: str) -> Any:
    """A value that shapes the resources themselves, and so must be known when the program runs."""
    if isinstance(value, pulumi.Output):
        raise ValueError(f"{argument} must be a plain value ({example}), got an Output")
    if not isinstance(value, kind) or value == "":
        raise ValueError(f"{argument} must be {example}, got {value!r}")
    return value


def given(kind: Any, args: Any) -> dict[str, Any]:
    """The arguments that were given: None means not given.

    Refuses an argument the component does not have, since a misspelt one would be ignored in silence, the
    lack of one it needs, and what is not a list, or not true or false, where the component must know it now.
    `kind` is the component's TypedDict.
    """
    known = {key: value for key, value in (args or {}).items() if value is not None}
    component = kind.__name__.removesuffix("Args")
    names = sorted(kind.__annotations__)
    for name in sorted(set(args or {}) - set(names)):
        raise ValueError(f"{component} has no argument {name}; it has {', '.join(names)}")
    for name in sorted(kind.__required_keys__ - set(known)):
        raise ValueError(f"{name} must be given to a {component}")
    for name, (shape, what) in _shapes(kind).items():
        if name in known:
            plain(name, known[name], shape, what)
    return known


@cache
def _shapes(kind: Any) -> dict[str, tuple[tuple[type, ...], str]]:
    """The arguments that are lists or truths and not Inputs → the types they may have, and that in words."""
    not_required: Any = NotRequired
    found: dict[str, tuple[tuple[type, ...], str]] = {}
    for name, annotation in kind.__annotations__.items():
        inner = get_args(annotation)[0] if get_origin(annotation) is not_required else annotation
        choices = [choice for choice in get_args(inner) or (inner,) if choice is not NoneType]
        if get_origin(inner) is Sequence or [get_origin(choice) for choice in choices] == [Sequence]:
            found[name] = ((list, tuple), "a list")
        elif choices == [bool]:
            found[name] = ((bool,), "true or false")
    return found
