"""Checks of component arguments: each names the argument, the rule and the value.

A plain value is checked when the component is constructed, before any child is registered. An Output's
value is checked when it is known.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache, wraps
from types import NoneType
from typing import Any, NotRequired, ParamSpec, TypeVar, cast, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pulumi

from .. import asl
from .program import hand_out, thing_of

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class ArgumentError(asl.Mistake, pulumi.RunError):
    """What somebody got wrong in their program or in its settings; the text names it.

    Pulumi prints a RunError as it is. Any other exception is shown as a failure of the program, with a
    traceback. It is a ValueError too.
    """


class RefusedDefinition(ArgumentError, asl.DefinitionError):
    """A definition that must not be deployed, with its `findings`."""


class UnnamedPermission(ArgumentError, asl.UnresolvedPermission):
    """A definition that needs `actions` which must be allowed by hand."""


_component: ContextVar[str] = ContextVar("component", default="")
"""Whose arguments are checked: `CallbackQueue payments`. An `apply` knows where it was made."""


@contextmanager
def _readable(component: str) -> Iterator[None]:
    """What is refused within is raised as Pulumi prints it as it is, with whose argument it is."""
    token = _component.set(component)
    try:
        yield
    except asl.Mistake as error:
        refused = _argument_error(error)
        refused.args = (_told(str(refused)),)
        raise refused from error.__cause__ if refused is error else error
    finally:
        _component.reset(token)


def _argument_error(error: asl.Mistake) -> ArgumentError:
    match error:
        case ArgumentError():
            return error
        case asl.DefinitionError():
            return RefusedDefinition(error.findings)
        case asl.UnresolvedPermission():
            return UnnamedPermission(str(error), error.actions)
    return ArgumentError(str(error))


def _told(text: str) -> str:
    component = _component.get()
    return f"{component}: {text}" if component else text


@contextmanager
def late(secret: bool = False) -> Iterator[None]:
    """The same in an `apply`, as a RunError and nothing else: around a ValueError that it meets there Pulumi
    wraps another one, which is no RunError. A secret value is not told."""
    try:
        yield
    except asl.Mistake as error:
        if not secret:
            raise pulumi.RunError(_told(str(error))) from error
        raise pulumi.RunError(_told(_without_values(error))) from None


def _without_values(error: asl.Mistake) -> str:
    match error:
        case asl.DefinitionError():
            rules = ", ".join(f"{each.rule} ({each.path})" for each in error.findings)
            return f"definition, in part secret, must keep these rules: {rules}"
        case asl.UnresolvedPermission():
            return f"definition, in part secret, needs extra_statements for {', '.join(error.actions)}"
    rule, got, _ = str(error).partition(", got ")
    return f"{rule}, got a secret" if got else rule


def explained(method: Callable[P, R]) -> Callable[P, R]:
    """A constructor or method that people call: a call that does not fit is told in one line, and so is what
    `components.asl` refuses of it. Type checkers see the method as it is."""
    signature = inspect.signature(method)
    constructs = method.__name__ == "__init__"

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        kind = type(args[0]).__name__
        name = _name(kind, args[1:], kwargs) if constructs else cast(pulumi.Resource, args[0])._name
        with _readable(f"{kind} {name}"):
            _check_call(signature, "" if constructs else method.__name__, args, kwargs)
            return method(*args, **kwargs)

    return call


def _name(kind: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    name = kwargs.get("name", args[0] if args else None)
    if not isinstance(name, str):
        raise ArgumentError(f"{kind} takes its name first: {kind}(name, {{...}}), got {name!r}")
    if not name:
        raise ArgumentError(f"name of {kind} must not be empty, got {name!r}")
    return name


def _check_call(
    signature: inspect.Signature, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Refuse what Python or Pulumi would tell with a traceback; `method` is empty for a constructor."""
    names = [name for name in signature.parameters if name != "self"]
    for name in sorted(kwargs.keys() - set(names)):
        if not method:
            raise ArgumentError(f"arguments must be in a dict: (name, {{{name!r}: ...}}), got {name}=")
        raise ArgumentError(f"{method} has no argument {name}{_instead(name, names)}")
    try:
        there = signature.bind_partial(*args, **kwargs).arguments
    except TypeError as error:
        raise ArgumentError(f"{method}({', '.join(names)}): {error}") from None
    opts = None if method else there.get("opts")
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        raise ArgumentError(f"opts must be pulumi.ResourceOptions, got {opts!r}")
    for name, parameter in signature.parameters.items():
        if parameter.default is parameter.empty and name not in there:
            missing = f"{name} must be given{f' to {method}' if method else ''}"
            raise ArgumentError(asl.wait.TIMEOUT_MISSING if name == "timeout_seconds" else missing)


def did_you_mean(wrong: str, names: Sequence[str]) -> str:
    """`; did you mean worker?` for `workr`; empty when none of `names` is close."""
    close = get_close_matches(wrong, names, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _instead(wrong: str, names: Sequence[str]) -> str:
    return did_you_mean(wrong, names) or f"; it has {', '.join(names)}"


MOST_SHOWN = 500
"""Characters of a wrong value that an error shows."""

LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


def checked(value: pulumi.Input[Any], check: Callable[[Any], T]) -> pulumi.Input[T]:
    """`check(value)`: now for a plain value, once it is known for an Output. It returns the value or raises
    ArgumentError; later a RunError, which tells no secret."""
    if not isinstance(value, pulumi.Output):
        return check(value)

    def look(known: Any) -> T:
        with late(known[1]):
            return check(known[0])

    found: pulumi.Output[T] = pulumi.Output.all(value, value.is_secret()).apply(look)
    hand_out(thing_of(value), found)
    return found


def checked_together(
    values: Sequence[pulumi.Input[Any]], check: Callable[[Sequence[Any]], T]
) -> pulumi.Input[T]:
    """The same of several values, which `check` gets in a list."""
    if any(isinstance(value, pulumi.Output) for value in values):
        return checked(pulumi.Output.all(*values), check)
    return check(values)


def must(rule: str, value: Any, holds: Callable[[Any], object]) -> Any:
    """The value, of which `holds` must be true: the `rule`, in words, that names the argument."""

    def check(given: Any) -> Any:
        if not holds(given):
            raise ArgumentError(f"{rule}, got {_shown(given)}")
        return given

    return checked(value, check)


def _shown(value: Any) -> str:
    """The value as Python writes it, the beginning of a long one."""
    whole = repr(value)
    return whole if len(whole) <= MOST_SHOWN else f"{whole[:MOST_SHOWN]}… ({len(whole)} characters)"


def text(rule: str, value: Any, pattern: str) -> Any:
    """A string that matches `pattern` as a whole: the `rule`, in words, that names the argument."""
    return must(rule, value, lambda given: isinstance(given, str) and re.fullmatch(pattern, given))


def whole_number(options: Mapping[str, Any], argument: str, default: int | None, low: int, high: int) -> Any:
    """A whole number from `low` to `high`, or the default. Other languages send 3 as the float 3.0."""

    def check(number: Any) -> int:
        whole = number.is_integer() if isinstance(number, float) else isinstance(number, int)
        if not whole or isinstance(number, bool):
            raise ArgumentError(f"{argument} must be a whole number between {low} and {high}, got {number!r}")
        if not low <= number <= high:
            raise ArgumentError(f"{argument} must be between {low} and {high}, got {number!r}")
        return int(number)

    return checked(options[argument], check) if argument in options else default


def each_once(
    argument: str, values: Sequence[pulumi.Input[str]], compared: Callable[[str], str] = str
) -> None:
    """Refuse what is there twice, as `compared` reads it; once all are known, if some are not known yet."""

    def check(known: Sequence[str]) -> None:
        read = [compared(value) for value in known]
        if repeated := sorted({value for value in read if read.count(value) > 1}):
            raise ArgumentError(f"{argument} must each be there once, got {repeated[0]!r} twice")

    check([value for value in values if isinstance(value, str)])
    checked_together(values, check)


def arn(options: Mapping[str, Any], argument: str, service: str, what: str, resource: str = ".+") -> Any:
    """The ARN of `what` (`a KMS key`), which is a thing of `service` (`kms`), in any partition; or None."""
    if argument not in options:
        return None
    region = "" if service == "iam" else r"[a-z0-9-]+"
    pattern = rf"arn:[^:]+:{service}:{region}:(\d{{12}}|aws):{resource}"
    return text(f"{argument} must be the ARN of {what}", options[argument], pattern)


def standard_topic(options: Mapping[str, Any], argument: str) -> Any:
    """The ARN of a standard topic; or None. A FIFO topic has no subscribers but queues, and no alarm may
    publish to it: https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html"""
    return arn(options, argument, "sns", "a standard topic", r"[\w-]{1,256}")


_CRON = r"cron\(\S+ \S+ (\? \S+ \S+|\S+ \S+ \?) \S+\)"  # The day of the month or of the week must be open.
SCHEDULE = rf"rate\([1-9]\d* (minute|hour|day)s?\)|{_CRON}|at\(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\)"
"""https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""


def time_zone(options: Mapping[str, Any], argument: str) -> Any:
    """The name of a time zone, as far as this machine has a list of them; or None.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#time-zones"""
    if argument not in options:
        return None

    def check(name: Any) -> Any:
        if not isinstance(name, str) or not _is_time_zone(name):
            hint = did_you_mean(name, sorted(available_timezones())) if isinstance(name, str) else ""
            raise ArgumentError(
                f"{argument} must be a time zone of IANA's, as in Europe/Berlin, got {name!r}{hint}"
            )
        return name

    return checked(options[argument], check)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return bool(name) and not available_timezones()
    return True


STATEMENT_KEYS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"""


def statements(argument: str, value: Sequence[Any]) -> Sequence[Any]:
    """IAM statements of an identity's policy; those that are Outputs are left to IAM."""
    for one in value:
        if isinstance(one, pulumi.Output):
            continue
        if not isinstance(one, Mapping) or not one.keys() <= STATEMENT_KEYS:
            keys = ", ".join(sorted(STATEMENT_KEYS))
            raise ArgumentError(f"{argument} must hold IAM statements, dicts with {keys}, got {one!r}")
        for name in ("Action", "Resource"):
            if not one.keys() & {name, f"Not{name}"}:
                raise ArgumentError(f"{argument} must hold statements with {name}, got {one!r}")
        effect = one.get("Effect")
        if effect not in ("Allow", "Deny") and not isinstance(effect, pulumi.Output):
            raise ArgumentError(f"{argument} must hold statements whose Effect is Allow or Deny, got {one!r}")
    return value


def plain(argument: str, value: Any, kind: type | tuple[type, ...], example: str) -> Any:
    """A value that shapes the resources themselves, and so must be known when the program runs."""
    if isinstance(value, pulumi.Output):
        raise ArgumentError(f"{argument} must be a plain value ({example}), got an Output")
    if not isinstance(value, kind) or value == "":
        raise ArgumentError(f"{argument} must be {example}, got {value!r}")
    return value


def given(kind: Any, args: Any) -> dict[str, Any]:
    """The arguments that were given: None means not given.

    Refuses an argument the component does not have, since a misspelt one would be ignored in silence, the
    lack of one it needs, and what is not a list, or not true or false, where the component must know it now.
    `kind` is the component's TypedDict.
    """
    if args is not None and not isinstance(args, Mapping):
        raise ArgumentError(f"args must be a dict of arguments, got {args!r}")
    known = {key: value for key, value in (args or {}).items() if value is not None}
    names = sorted(kind.__annotations__)
    for name in sorted(set(args or {}) - set(names)):
        raise ArgumentError(f"there is no argument {name}{_instead(name, names)}")
    for name in sorted(kind.__required_keys__ - set(known)):
        raise ArgumentError(f"{name} must be given")
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
