"""What a field may hold: the checkers that `fields.csv` names."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from ..report.display import Unknown, show
from . import expressions
from .scope import Site

Checker: TypeAlias = Callable[[Site, str, Any], None]

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_NOT_INPUT = re.compile(r"\$[$\w]")

BY_PATH: set[str] = set()
"""Fields that have a brother for a path, in JSONPath states: `fields` fills it from its table."""


def checker(holds: str) -> Checker | None:
    """What `fields.csv` says that a field holds: a word, `one of A B`, or `integer 1 5`.

    None for what is checked `elsewhere`, where more than the field alone is known. A number that stands there
    `as written` is never an expression.
    """
    if holds == "elsewhere":
        return None
    if holds in CHECKERS:
        return CHECKERS[holds]
    kind, *limits = holds.split()
    if kind == "one":
        return _one_of(*limits[1:])
    least, most = map(json.loads, limits[:2])
    return number(least, most, whole=kind == "integer", computed=len(limits) == 2)


def wrong_type(site: Site, field: str, value: Any, wanted: str) -> None:
    """Report a value of another type than the field has."""
    if isinstance(value, Unknown):
        return
    fix = f"give {wanted}"
    name = field.rpartition(".")[2]
    if isinstance(value, str) and value.startswith("$") and name in BY_PATH and site.kind:
        fix = f"{fix}, or write {{% $states.input.… %}}" if site.jsonata else f"{fix}, or use {name}Path"
    site.must("field-type", field, wanted, value, fix)


def objects(
    site: Site, field: str, value: Any, array: str = "an array", wanted: str = "an object"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of an array, each with its place; what is neither is reported."""
    if not isinstance(value, list):
        wrong_type(site, field, value, array)
        return
    for index, one in enumerate(value):
        if isinstance(one, dict):
            yield f"{field}[{index}]", one
        else:
            wrong_type(site, f"{field}[{index}]", one, wanted)


def typed(
    wanted: str, kind: type | tuple[type, ...], check: Checker | None = None, *, computed: bool = False
) -> Checker:
    """A value of a kind, then checked as such; if `computed`, in a JSONata state also an expression."""

    def check_it(site: Site, field: str, value: Any) -> None:
        if not isinstance(value, kind) and not (computed and is_computed(site, value)):
            wrong_type(site, field, value, wanted)
        elif check is not None:
            check(site, field, value)

    return check_it


def _one_of(*allowed: str) -> Checker:
    def check(site: Site, field: str, value: str) -> None:
        if value not in allowed:
            site.must("field-value", field, f"one of {', '.join(allowed)}", value)

    return typed("a string", str, check)


def is_computed(site: Site, value: Any) -> bool:
    """Whether a JSONata state computes this value."""
    return site.jsonata and isinstance(value, str) and (value.startswith("{%") or value.endswith("%}"))


def number(least: float, most: float, *, whole: bool = True, computed: bool = True) -> Checker:
    """A number in a range; in a JSONata state also an expression, if it is a field that can be computed."""
    kind = "an integer" if whole else "a number"
    span = f"{kind} from {least} to {most}"

    def check(site: Site, field: str, value: Any) -> None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if whole and not (isinstance(value, int) or value.is_integer()):
                wrong_type(site, field, value, kind)
            elif not least <= value <= most:
                site.must("field-value", field, span, value)
        elif computed and is_computed(site, value):
            expressions.jsonata(site, field, value)
        else:
            wrong_type(site, field, value, f"{span}, or an expression" if site.jsonata and computed else span)

    return check


def _plain_text(site: Site, field: str, value: str) -> None:
    """A string; in a JSONata state also an expression."""
    if site.jsonata:
        expressions.jsonata_text(site, field, value)
    elif value.startswith(("$.", "$$.", "States.")) and expressions.is_data(value):
        message = f"{show(value)} is taken as it is written"
        site.add("literal-path", field, message, f"use {field}Path for a path")


def timestamp(site: Site, field: str, value: Any) -> None:
    """A time as RFC 3339 has it, in upper case as the language wants it; in a JSONata state an expression."""
    if is_computed(site, value):
        expressions.jsonata(site, field, value)
    elif not isinstance(value, str):
        wrong_type(site, field, value, "a timestamp")
    else:
        with suppress(ValueError):
            if len(value) <= 40 and _TIMESTAMP.fullmatch(value) and datetime.fromisoformat(value[:19]):
                return
        wanted = "a timestamp such as 2030-01-31T09:00:00Z"
        site.must("field-value", field, wanted, value, "write date, T, time and Z or an offset")


def _path_or_function(site: Site, field: str, value: Any) -> None:
    """A reference path, or an intrinsic function that gives a text."""
    if isinstance(value, str) and value.startswith("States."):
        expressions.intrinsic(site, field, value, text=True)
    else:
        _reference_path(site, field, value)


def _selection(site: Site, field: str, value: Any) -> None:
    """A path or a function, or null."""
    if isinstance(value, str):
        (expressions.intrinsic if value.startswith("States.") else expressions.path)(site, field, value)
    elif value is not None:
        wrong_type(site, field, value, "a path")


def _result_path(site: Site, field: str, value: Any) -> None:
    """A reference path into the state's input, or null."""
    if value is None:
        return
    if isinstance(value, str) and _NOT_INPUT.match(value):
        message = f"{show(value)} is not in the state's input"
        fix = "start with $., or keep the result in a variable with Assign"
        site.add("reference-path", field, message, fix)
    else:
        _reference_path(site, field, value)


def _result(site: Site, field: str, value: Any) -> None:
    """The fixed result of a Pass: JSON in which nothing is computed."""
    if isinstance(value, str) and value.startswith(("$.", "$$.")) and expressions.is_data(value):
        message = f"{show(value)} is taken as it is written"
        site.add("literal-path", field, message, "use Parameters, with .$, instead")
    texts = value.items() if isinstance(value, dict) else ()
    if any(key.endswith(".$") and isinstance(text, str) and expressions.is_data(text) for key, text in texts):
        site.add("literal-path", field, "a Result is not computed", "use Parameters instead of Result")


flag = typed("true or false", bool)
text = typed("a string", str)
path = typed("a path", str, expressions.path)
_reference_path = typed("a reference path", str, partial(expressions.path, reference=True))
assignments = typed("an object", dict, expressions.template)
object_template = typed("an object", dict, expressions.template, computed=True)

CHECKERS: dict[str, Checker] = {
    "assignments": assignments,
    "flag": flag,
    "items": typed("an array or an expression", (list, dict), expressions.template, computed=True),
    "object template": object_template,
    "path": path,
    "path or function": _path_or_function,
    "plain text": typed("a string", str, _plain_text),
    "reference path": _reference_path,
    "result": _result,
    "result path": _result_path,
    "selection": _selection,
    "template": expressions.template,
    "text": text,
    "timestamp": timestamp,
}
"""Word of `fields.csv` → what checks that a field holds that; `machine` adds those of whole parts."""
