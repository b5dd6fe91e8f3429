"""Retry and Catch: which errors, how often, and what can never match."""

import re
from collections import Counter
from functools import partial
from typing import Any

from ..report.display import Unknown, did_you_mean, show
from ..tables import rows
from . import fields, values
from .scope import Site

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
UNCATCHABLE = "States.Runtime"

NAMES = frozenset(row["error"] for row in rows(__file__, "errors.csv"))
"""The errors of the language."""

_LIKE_RESERVED = re.compile(r"States?[.:]", re.IGNORECASE)


def _each(kind: str, site: Site, field: str, value: Any) -> None:
    taken: set[str] = set()
    for at, one in values.objects(site, field, value):
        fields.check(site, at, one, kind)
        if kind == "retrier":
            _pauses(site, at, one)
        _names(site, at, one, taken, last=one is value[-1])


def _pauses(site: Site, at: str, one: dict[str, Any]) -> None:
    delay, interval = one.get("MaxDelaySeconds"), one.get("IntervalSeconds", 1)
    if type(interval) is int and interval == 0:
        site.must("retry-at-once", f"{at}.IntervalSeconds", "positive", interval, "use 1 or more")
    if type(delay) is int and type(interval) is int and 0 < delay <= interval:
        wanted = f"greater than IntervalSeconds, {show(interval)}"
        site.must("field-value", f"{at}.MaxDelaySeconds", wanted, delay, "raise it, or lower IntervalSeconds")


def _names(site: Site, at: str, one: dict[str, Any], taken: set[str], *, last: bool) -> None:
    names = one.get("ErrorEquals")
    field = f"{at}.ErrorEquals"
    if isinstance(names, Unknown):
        return
    if not isinstance(names, list) or not names:
        message = f"must be an array of names, got {show(names)}" if "ErrorEquals" in one else "missing"
        site.add("error-names", field, message, f'write "ErrorEquals": ["{ALL}"] or the names of errors')
        return
    texts = [name for name in names if isinstance(name, str)]
    single = dict.fromkeys(texts)
    doubled = {one for one, count in Counter(texts).items() if count > 1} if len(single) < len(texts) else ()
    for name in single:
        if name != ALL:
            _reserved(site, field, name)
            if name in taken or name in doubled:
                message = f"{show(name)} is taken by an earlier entry"
                site.add("error-shadowed", field, message, "take it out of one of them")
            elif TASK_FAILED in taken and name not in NAMES:
                message = f"{TASK_FAILED}, before, takes {show(name)} too"
                site.add("error-shadowed", field, message, "put this entry first")
            continue
        if len(names) > 1:
            site.add("states-all-alone", field, f"{ALL} stands beside other names", f"write [{show(ALL)}]")
        if not last:
            message = f"{ALL} is not in the last entry of {field.partition('[')[0]}"
            site.add("states-all-last", field, message, "move it to the end")
    for name in names:
        if not isinstance(name, (str, Unknown)):
            site.add("error-names", field, f"{show(name)} is no error name", "use strings")
    taken.update(texts)


def _reserved(site: Site, field: str, name: str) -> None:
    if name == UNCATCHABLE:
        site.add("error-uncatchable", field, f"{name} fails the execution whatever is here", "take it out")
    if name in NAMES or not _LIKE_RESERVED.match(name) or name.startswith("States.Http."):
        return
    near = did_you_mean(name, NAMES - {UNCATCHABLE}, 0.8)
    if near or name.startswith("States."):
        fix = near or "errors of your own have other names"
        site.add("error-name-unknown", field, f"{show(name)} is no error of the language", fix)


retry = partial(_each, "retrier")
catch = partial(_each, "catcher")
"""Check a state's retriers, and its catchers; where these lead is the graph's affair."""
