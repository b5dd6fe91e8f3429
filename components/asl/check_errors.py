"""Retry and Catch: which errors, how often, and what can never match."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from . import check_values as values
from .check_scope import Place
from .findings import Unknown, show

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
UNCATCHABLE = "States.Runtime"

NAMES = frozenset(
    {
        ALL,
        "States.DataLimitExceeded",
        UNCATCHABLE,
        TASK_FAILED,
        "States.BranchFailed",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.Http.StatusCode",
        "States.IntrinsicFailure",
        "States.ItemReaderFailed",
        "States.NoChoiceMatched",
        "States.ParameterPathFailure",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultPathMatchFailure",
        "States.ResultWriterFailed",
        "States.Timeout",
    }
)
"""https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

_LIKE_RESERVED = re.compile(r"States?[.:]", re.IGNORECASE)
_HTTP = "States.Http."
_SECONDS = values.number(1, 31_622_400)
_RETRIER: dict[str, values.Checker] = {
    "ErrorEquals": values.later,
    "IntervalSeconds": values.number(0, 99_999_999),
    "MaxAttempts": values.number(0, 99_999_999),
    "BackoffRate": values.number(1, 1e300, whole=False),
    "MaxDelaySeconds": _SECONDS,
    "JitterStrategy": values.one_of("FULL", "NONE"),
    "Comment": values.text,
}
_CATCHER_COMMON: dict[str, values.Checker] = {
    "ErrorEquals": values.later,
    "Next": values.later,
    "Assign": values.later,
    "Comment": values.text,
}
_CATCHER_PATH: dict[str, values.Checker] = {**_CATCHER_COMMON, "ResultPath": values.result_path}
_CATCHER_JSONATA: dict[str, values.Checker] = {**_CATCHER_COMMON, "Output": values.template}


def retry(place: Place, field: str, value: Any) -> None:
    """Check a state's retriers."""
    _each(place, field, value, _retrier)


def catch(place: Place, field: str, value: Any) -> None:
    """Check a state's catchers; where they lead is the graph's affair."""
    _each(place, field, value, _catcher)


def _each(place: Place, field: str, value: Any, check: Callable[[Place, str, dict[str, Any]], None]) -> None:
    if not isinstance(value, list):
        values.wrong_type(place, field, value, "an array")
        return
    taken: set[str] = set()
    for index, one in enumerate(value):
        at = f"{field}[{index}]"
        if not isinstance(one, dict):
            values.wrong_type(place, at, one, "an object")
            continue
        check(place, at, one)
        _names(place, at, one, taken, last=index == len(value) - 1)


def _retrier(place: Place, at: str, one: dict[str, Any]) -> None:
    fields(place, at, one, _RETRIER)
    delay, interval = one.get("MaxDelaySeconds"), one.get("IntervalSeconds", 1)
    if type(interval) is int and interval == 0:
        place.add("retry-at-once", f"{at}.IntervalSeconds", "must be positive, got 0", "use 1 or more")
    if type(delay) is int and type(interval) is int and 0 < delay <= interval:
        place.add(
            "field-value",
            f"{at}.MaxDelaySeconds",
            f"must be greater than IntervalSeconds, {show(interval)}, got {show(delay)}",
            "raise it, or lower IntervalSeconds",
        )


def _catcher(place: Place, at: str, one: dict[str, Any]) -> None:
    fields(place, at, one, _CATCHER_JSONATA if place.jsonata else _CATCHER_PATH)
    if "Assign" in one:
        values.object_template(place, f"{at}.Assign", one["Assign"])
    if "Next" not in one:
        place.add("missing-field", f"{at}.Next", "a catcher has no Next", "name the state that goes on")


def fields(place: Place, at: str, one: dict[str, Any], table: dict[str, values.Checker]) -> None:
    """Check the fields of an object against their table."""
    for name, item in one.items():
        check = table.get(name)
        if check is None:
            near = get_close_matches(name, table, 1, 0.7)
            place.add(
                "unknown-field",
                f"{at}.{name}",
                f"there is no field {show(name)} here",
                f"did you mean {near[0]}?" if near else f"use {', '.join(table)}",
            )
        else:
            check(place, f"{at}.{name}", item)


def _names(place: Place, at: str, one: dict[str, Any], taken: set[str], *, last: bool) -> None:
    names = one.get("ErrorEquals")
    field = f"{at}.ErrorEquals"
    if isinstance(names, Unknown):
        return
    if not isinstance(names, list) or not names:
        got = "missing" if "ErrorEquals" not in one else f"must be an array of names, got {show(names)}"
        place.add("error-names", field, got, f'write "ErrorEquals": ["{ALL}"] or the names of errors')
        return
    texts = [name for name in names if isinstance(name, str)]
    for name in dict.fromkeys(texts):
        _name(place, field, name, texts, taken, last)
    for name in names:
        if not isinstance(name, str | Unknown):
            place.add("error-names", field, f"{show(name)} is no error name", "use strings")
    taken.update(texts)


def _name(place: Place, field: str, name: str, names: list[str], taken: set[str], last: bool) -> None:
    if name == ALL:
        if len(names) > 1:
            place.add("states-all-alone", field, f"{ALL} stands beside other names", f"write [{show(ALL)}]")
        if not last:
            what = field.partition("[")[0]
            fix = "move it to the end"
            place.add("states-all-last", field, f"{ALL} is not in the last entry of {what}", fix)
        return
    if _LIKE_RESERVED.match(name) and name not in NAMES and not name.startswith(_HTTP):
        near = get_close_matches(name, NAMES - {UNCATCHABLE}, 1, 0.8)
        if near or name.startswith("States."):
            fix = f"did you mean {near[0]}?" if near else "errors of your own have other names"
            place.add("error-name-unknown", field, f"{show(name)} is no error of the language", fix)
    elif name == UNCATCHABLE:
        place.add("error-uncatchable", field, f"{name} fails the execution whatever is here", "take it out")
    if name in taken - {ALL} or names.count(name) > 1:
        place.add(
            "error-shadowed",
            field,
            f"{show(name)} is taken by an earlier entry",
            "take it out of one of them",
        )
    elif TASK_FAILED in taken and name not in NAMES:
        place.add(
            "error-shadowed", field, f"{TASK_FAILED}, before, takes {show(name)} too", "put this entry first"
        )
