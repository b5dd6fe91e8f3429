"""The fields a workflow asks an approver to fill in: what they may be, and what was filled in.

    {"name": "window", "label": "Release window", "type": "choice", "options": ["now", "later"]}

`type` is text (`maxLength`), number (`minimum`, `maximum`, `whole`), choice (`options`) or boolean. `label`,
`help`, `required` and `default` go with each. Forms send text, JSON clients values: both are read alike.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from .text import clean, cut, has_halves, one_line, seen

MAX_FIELDS: Final = 20
MAX_OPTIONS: Final = 50
MAX_LABEL: Final = 200
DEFAULT_TEXT: Final = 500
MAX_TEXT: Final = 16_000
"""Characters in all text fields of a request together, so that an answer always fits into a task's result."""

LARGEST: Final = 10**15
"""Numbers up to here keep every digit in JSON, JavaScript and DynamoDB."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_COMMON: Final = frozenset({"name", "label", "type", "help", "required", "default"})
_OWN: Final = {
    "text": frozenset({"maxLength"}),
    "number": frozenset({"minimum", "maximum", "whole"}),
    "choice": frozenset({"options"}),
    "boolean": frozenset[str](),
}


class InvalidField(Exception):
    """A field that cannot be asked for. The text names the field, the rule and the value."""


class Wrong(Exception):
    """What was filled in is wrong. `rule` names the message (page/languages), `values` fill it in."""

    def __init__(self, rule: str, **values: Any) -> None:
        super().__init__(rule)
        self.rule = rule
        self.values = values


@dataclass(frozen=True)
class Field:
    """One field, checked."""

    name: str
    label: str
    type: str
    help: str = ""
    required: bool = False
    default: Any = None
    options: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    max_length: int = DEFAULT_TEXT


def parse(specifications: object) -> tuple[Field, ...]:
    """The fields of a request, or `InvalidField`."""
    if specifications is None:
        return ()
    if not isinstance(specifications, Sequence) or isinstance(specifications, str):
        raise InvalidField(f"fields must be a list, got {type(specifications).__name__}")
    if len(specifications) > MAX_FIELDS:
        raise InvalidField(f"fields must be at most {MAX_FIELDS}, got {len(specifications)}")
    fields = tuple(_parse_one(position, each) for position, each in enumerate(specifications, start=1))
    names = [each.name for each in fields]
    for name in names:
        if names.count(name) > 1:
            raise InvalidField(f"fields must have names of their own, got {name!r} twice")
    total = sum(each.max_length for each in fields if each.type == "text")
    if total > MAX_TEXT:
        raise InvalidField(f"maxLength of all text fields together must be at most {MAX_TEXT}, got {total}")
    return fields


def read(fields: Sequence[Field], given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Wrong]]:
    """The values of the fields, and what is wrong, by name. What nobody asked for is left out."""
    values: dict[str, Any] = {}
    wrong: dict[str, Wrong] = {}
    for each in fields:
        try:
            values[each.name] = _read_one(each, given.get(each.name))
        except Wrong as problem:
            wrong[each.name] = problem
    return values, wrong


def _parse_one(position: int, given: object) -> Field:
    if not isinstance(given, Mapping):
        raise InvalidField(f"field {position} must be an object, got {type(given).__name__}")
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidField(
            f"field {position}: name must be 1 to 64 letters, digits or _, a letter first, got {name!r}"
        )
    kind = given.get("type", "text")
    if not isinstance(kind, str) or kind not in _OWN:
        raise InvalidField(f"field {name}: type must be one of {', '.join(_OWN)}, got {kind!r}")
    if unknown := sorted(set(map(str, given)) - _COMMON - _OWN[kind]):
        raise InvalidField(f"field {name}: a {kind} has no {unknown[0]!r}")
    field = Field(
        name=name,
        # A control without a label has no name for a screen reader.
        label=cut(one_line(_option(name, given, "label", str, name)), MAX_LABEL) or name,
        type=kind,
        help=_option(name, given, "help", str, ""),
        required=_option(name, given, "required", bool, False),
        options=_options(name, given.get("options")) if kind == "choice" else (),
        minimum=_bound(name, given, "minimum"),
        maximum=_bound(name, given, "maximum"),
        whole=_option(name, given, "whole", bool, False),
        max_length=_max_length(name, given.get("maxLength", DEFAULT_TEXT)),
    )
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        raise InvalidField(
            f"field {name}: minimum must not be above maximum, got {field.minimum} and {field.maximum}"
        )
    default = given.get("default")
    if default is None:
        return field
    try:
        value = _read_one(field, default)
    except Wrong:
        raise InvalidField(f"field {name}: default must be a valid value, got {default!r}") from None
    return replace(field, default=value)


def _option(name: str, given: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
    value = given.get(key, default)
    if not isinstance(value, kind):
        raise InvalidField(f"field {name}: {key} must be a {kind.__name__}, got {value!r}")
    return value


def _options(name: str, value: object) -> tuple[str, ...]:
    options = tuple(value) if isinstance(value, list | tuple) else ()
    short = all(isinstance(each, str) and seen(each) and len(each) <= MAX_LABEL for each in options)
    if not short or not 1 <= len(options) <= MAX_OPTIONS:
        raise InvalidField(
            f"field {name}: options must be 1 to {MAX_OPTIONS} texts of 1 to {MAX_LABEL} characters, "
            f"got {value!r}"
        )
    if any(map(has_halves, options)):
        raise InvalidField(f"field {name}: options must be whole characters, got {value!r}")
    if len({one_line(each) for each in options}) != len(options):
        raise InvalidField(f"field {name}: options must be there once each, as they are shown, got {value!r}")
    return options


def _bound(name: str, given: Mapping[str, Any], key: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        raise InvalidField(f"field {name}: {key} must be a number up to {LARGEST}, got {value!r}")
    return float(value) if isinstance(value, float) else int(value)


def _max_length(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_TEXT:
        raise InvalidField(f"field {name}: maxLength must be between 1 and {MAX_TEXT}, got {value!r}")
    return value


def chosen(field: Field, given: object) -> str | None:
    """The option that was sent, in the workflow's spelling. Forms send it as it is shown."""
    if not isinstance(given, str):
        return None
    if given in field.options:
        return given
    return next((each for each in field.options if one_line(each) == one_line(given)), None)


def _read_one(field: Field, given: Any) -> Any:
    if field.type == "text" and isinstance(given, str):
        given = clean(given)
    if given is None or (isinstance(given, str) and not seen(given)):
        # A tick box that is not ticked is not sent at all.
        if field.required:
            raise Wrong("tick" if field.type == "boolean" else "required")
        return False if field.type == "boolean" else None
    return _READERS[field.type](field, given)


def _read_text(field: Field, given: Any) -> str:
    if not isinstance(given, str):
        raise Wrong("text")
    if len(given) > field.max_length:
        raise Wrong("too_long", limit=field.max_length, got=len(given))
    return given


def _read_number(field: Field, given: Any) -> float | int:
    try:
        number = Decimal(given.strip() if isinstance(given, str) else str(given))
        if isinstance(given, bool) or not number.is_finite() or abs(number) > LARGEST:
            raise Wrong("number")
        whole = number == number.to_integral_value()
    except ArithmeticError:
        # Not a number, or one beyond what decimals can be.
        raise Wrong("number") from None
    if field.whole and not whole:
        raise Wrong("whole")
    if field.minimum is not None and number < Decimal(str(field.minimum)):
        raise Wrong("minimum", limit=field.minimum)
    if field.maximum is not None and number > Decimal(str(field.maximum)):
        raise Wrong("maximum", limit=field.maximum)
    return int(number) if whole else float(number)


def _read_choice(field: Field, given: Any) -> str:
    option = chosen(field, given)
    if option is None:
        raise Wrong("choice")
    return option


def _read_boolean(field: Field, given: Any) -> bool:
    if given is True or given in ("true", "on", "yes", "1"):
        return True
    if given is False or given in ("false", "off", "no", "0"):
        if field.required:
            raise Wrong("tick")
        return False
    raise Wrong("boolean")


_READERS: Final[Mapping[str, Callable[[Field, Any], Any]]] = {
    "text": _read_text,
    "number": _read_number,
    "choice": _read_choice,
    "boolean": _read_boolean,
}
