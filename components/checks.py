"""Checks of component arguments: each names the argument, the rule and the value.

A plain value is checked when the component is constructed, before any child is registered. An Output's
value is checked when it is known.
"""

import re
from collections.abc import Callable, Mapping, Sequence
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
        whole = number.is_integer() if isinstance(number, float) else isinstance(number, int)
        if not whole or isinstance(number, bool):
            raise ValueError(f"{argument} must be a whole number between {low} and {high}, got {number!r}")
        if not low <= number <= high:
            raise ValueError(f"{argument} must be between {low} and {high}, got {number!r}")
        return int(number)

    return checked(value, check)


def log_retention(argument: str, value: pulumi.Input[int]) -> pulumi.Input[int]:
    """A retention that CloudWatch Logs knows, in days."""

    def check(days: Any) -> int:
        if isinstance(days, bool) or days not in LOG_RETENTION_DAYS:
            allowed = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise ValueError(f"{argument} must be one of {allowed}, got {days!r}")
        return int(days)

    return checked(value, check)


def text(argument: str, value: pulumi.Input[str], pattern: str, what: str) -> pulumi.Input[str]:
    """A string that matches `pattern` as a whole, and so is `what` (`a KMS key's ARN`)."""

    def check(given: Any) -> str:
        if not isinstance(given, str) or not re.fullmatch(pattern, given):
            raise ValueError(f"{argument} must be {what}, got {given!r}")
        return given

    return checked(value, check)


def arn(
    argument: str, value: pulumi.Input[str], service: str, what: str, resource: str = ".+"
) -> pulumi.Input[str]:
    """The ARN of `what` (`a KMS key`), which is a thing of `service` (`kms`), in any partition."""
    return text(argument, value, rf"arn:[^:]+:{service}:[^:]*:[^:]*:{resource}", f"the ARN of {what}")


def mapping(argument: str, value: pulumi.Input[Any], what: str) -> pulumi.Input[Any]:
    """A dict, which is `what` (`a dict of tags`); an Output may turn out to be None."""

    def check(given: Any) -> Any:
        if given is not None and not isinstance(given, Mapping):
            raise ValueError(f"{argument} must be {what}, got {given!r}")
        return given

    return checked(value, check)


STATEMENT_KEYS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"""


def statements(argument: str, value: Sequence[Any]) -> Sequence[Any]:
    """IAM statements of an identity's policy; those that are Outputs are left to IAM."""
    for one in value:
        if isinstance(one, pulumi.Output):
            continue
        if not isinstance(one, Mapping) or not one.keys() <= STATEMENT_KEYS:
            keys = ", ".join(sorted(STATEMENT_KEYS))
            raise ValueError(f"{argument} must hold IAM statements, dicts with {keys}, got {one!r}")
        for name in ("Action", "Resource"):
            if not one.keys() & {name, f"Not{name}"}:
                raise ValueError(f"{argument} must hold statements with {name}, got {one!r}")
    return value


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
    component = kind.__name__.removesuffix("Args")
    if args is not None and not isinstance(args, Mapping):
        raise ValueError(f"args of {component} must be a dict of its arguments, got {args!r}")
    known = {key: value for key, value in (args or {}).items() if value is not None}
    names = sorted(kind.__annotations__)
    for name in sorted(set(args or {}) - set(names)):
        raise ValueError(f"{component} has no argument {name}; it has {', '.join(names)}")
    for name in sorted(kind.__required_keys__ - set(known)):
        article = "an" if component[0] in "AEIOU" else "a"
        raise ValueError(f"{name} must be given to {article} {component}")
    for name, (shape, what) in _shapes(kind).items():
        if name in known:
            plain(name, known[name], shape, what)
    if "tags" in known:
        mapping("tags", known["tags"], "a dict of tags")
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
