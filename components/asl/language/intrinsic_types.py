"""What the intrinsic functions take and give, and which literal arguments can only fail.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..report.values import show

MANY: Final = 10_000
_LONGEST_TEXT = 10_000
_LONGEST_RANGE = 1_000
_ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")

ANY, ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, STRING = (
    "any",
    "an array",
    "a boolean",
    "null",
    "a number",
    "an object",
    "a string",
)


@dataclass(frozen=True, slots=True)
class Value:
    """An argument: its type, and what it is where it is a literal (with `literal`)."""

    kind: str
    value: Any = None
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    takes: the types of its arguments; the last stands for all that follow.
    least, most: how many arguments it takes.
    lossy: whether what it is given cannot be read from what it gives.
    """

    takes: tuple[str, ...]
    gives: str
    least: int
    most: int
    lossy: bool = False


def _function(gives: str, *takes: str, least: int | None = None, lossy: bool = False) -> Function:
    return Function(takes, gives, len(takes) if least is None else least, len(takes), lossy)


FUNCTIONS: Final = {
    "States.Array": Function((ANY,), ARRAY, 0, MANY),
    "States.ArrayContains": _function(BOOLEAN, ARRAY, ANY, lossy=True),
    "States.ArrayGetItem": _function(ANY, ARRAY, NUMBER),
    "States.ArrayLength": _function(NUMBER, ARRAY, lossy=True),
    "States.ArrayPartition": _function(ARRAY, ARRAY, NUMBER),
    "States.ArrayRange": _function(ARRAY, NUMBER, NUMBER, NUMBER, lossy=True),
    "States.ArrayUnique": _function(ARRAY, ARRAY),
    "States.Base64Decode": _function(STRING, STRING),
    "States.Base64Encode": _function(STRING, STRING),
    "States.Format": Function((STRING, ANY), STRING, 1, MANY),
    "States.Hash": _function(STRING, ANY, STRING, lossy=True),
    "States.JsonMerge": _function(OBJECT, OBJECT, OBJECT, BOOLEAN),
    "States.JsonToString": _function(STRING, ANY),
    "States.MathAdd": _function(NUMBER, NUMBER, NUMBER, lossy=True),
    "States.MathRandom": _function(NUMBER, NUMBER, NUMBER, NUMBER, least=2, lossy=True),
    "States.StringSplit": _function(ARRAY, STRING, STRING),
    "States.StringToJson": _function(ANY, STRING),
    "States.UUID": _function(STRING),
}


def problem(name: str, given: Sequence[Value]) -> str:
    """Why a call with these arguments can only fail, or nothing. Their number is right."""
    takes = FUNCTIONS[name].takes
    for index, value in enumerate(given):
        wanted = takes[min(index, len(takes) - 1)]
        if ANY not in (wanted, value.kind) and wanted != value.kind:
            what = show(value.value) if value.literal else value.kind
            return f"argument {index + 1} of {name} must be {wanted}, got {what}"
    check = _CHECKS.get(name)
    return check([value.value if value.literal else None for value in given]) if check else ""


def _hash(data: Any, algorithm: Any) -> str:
    if algorithm is not None and algorithm not in _ALGORITHMS:
        return f"States.Hash knows {', '.join(_ALGORITHMS)}, not {show(algorithm)}"
    return _text(data)


def _text(data: Any) -> str:
    if isinstance(data, str) and len(data) > _LONGEST_TEXT:
        return f"the text has {len(data)} characters, where {_LONGEST_TEXT} are the most"
    return ""


def _item(_array: Any, index: Any) -> str:
    return f"there is no item {show(index)}: the first is 0" if index is not None and index < 0 else ""


def _partition(_array: Any, size: Any) -> str:
    return f"the parts must have 1 item or more, got {show(size)}" if size is not None and size <= 0 else ""


def _range(first: Any, last: Any, step: Any) -> str:
    if step == 0:
        return "the step must not be 0"
    # Large numbers of either kind are compared and not divided, which could overflow.
    if None not in (first, last, step) and abs(last - first) >= _LONGEST_RANGE * abs(step):
        return f"the range has more than {_LONGEST_RANGE} items"
    return ""


def _merge(_one: Any, _other: Any, deep: Any) -> str:
    return "States.JsonMerge merges one level only: its third argument is false" if deep is True else ""


def _json(text: Any) -> str:
    if not isinstance(text, str) or "\\" in text:
        return ""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return f"{show(text)} is no JSON"
    return ""


_CHECKS: Final[dict[str, Callable[[list[Any]], str]]] = {
    "States.ArrayGetItem": lambda given: _item(*given),
    "States.ArrayPartition": lambda given: _partition(*given),
    "States.ArrayRange": lambda given: _range(*given),
    "States.Base64Decode": lambda given: _text(*given),
    "States.Base64Encode": lambda given: _text(*given),
    "States.Hash": lambda given: _hash(*given),
    "States.JsonMerge": lambda given: _merge(*given),
    "States.StringToJson": lambda given: _json(*given),
}
