"""Before a definition can be checked: it must be a tree of JSON values of a size that AWS takes.

`plain` copies it, once, into dicts and lists of which the other checks need not be afraid: no cycles, no
depth that exhausts the stack, no keys but strings, no size that takes long. What is only known when deployed
becomes unknown and is never looked into.
"""

import json
import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ..report.findings import Report
from ..report.values import Plain, Unknown, is_output, place, show
from . import size as data_size
from .resolving import MAXIMUM_DEFINITION_BYTES, MAXIMUM_DEPTH

_FOREIGN_PLACEHOLDER = re.compile(r"\$\{(?!AWS::(?:Partition|Region|AccountId)\})[^{}]*\}")
_STRING_OR_HOLE = re.compile(r'"(?:[^"\\]|\\.)*+"?|(\$\{[^{}"\\\n]*\})', re.DOTALL)
_LONGEST_PLACEHOLDER = len("${AWS::AccountId}")
_LONGEST_CHARACTER = len("\\u0000")


class _Unusable(Exception):
    """The copy cannot go on. `keys` is where, from the inside out."""

    def __init__(self, rule: str, message: str, fix: str, *keys: object) -> None:
        super().__init__()
        self.rule, self.message, self.fix = rule, message, fix
        self.keys = list(keys)


class _Copier:
    """Copies one definition, and spends of its room: no more than twice the largest definition."""

    __slots__ = ("_active", "room")

    def __init__(self) -> None:
        self._active: set[int] = set()
        self.room = 2 * MAXIMUM_DEFINITION_BYTES

    def copy(self, value: Any, depth: int) -> Plain:
        kind = type(value)
        if kind is str:
            self.room -= len(value) + 3
            if value[:2] == "${" and _FOREIGN_PLACEHOLDER.fullmatch(value):
                return Unknown.PLACEHOLDER
            return value  # type: ignore[no-any-return]
        if kind is bool or value is None:
            return value  # type: ignore[no-any-return]
        if isinstance(value, Mapping):
            return self._object(value, depth)
        if isinstance(value, list | tuple):
            return self._array(value, depth)
        if isinstance(value, int | float):
            self.room -= 2
            if isinstance(value, float) and not math.isfinite(value):
                raise _Unusable("value-type", f"{value} is no JSON number", "use a finite number")
            return value
        if isinstance(value, str):
            return self.copy(str.__str__(value), depth)
        if is_output(value):
            return Unknown.OUTPUT
        fix = "use a string, number, true, false, null, list, dict or a Pulumi Output"
        raise _Unusable("value-type", f"{show(value)} is no JSON value", fix)

    def _object(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        self._enter(value, depth)
        copied: dict[str, Any] = {}
        key: Any = None
        try:
            for key, item in value.items():
                if not isinstance(key, str):
                    raise _Unusable(
                        "value-type", f"the key {show(key)} is no string", "use a string as the key"
                    )
                self.room -= len(key) + 4
                copied[key] = self.copy(item, depth + 1)
        except _Unusable as found:
            found.keys.append(key)
            raise
        self._active.discard(id(value))
        return copied

    def _array(self, value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        self._enter(value, depth)
        copied: list[Any] = []
        try:
            copied.extend(self.copy(item, depth + 1) for item in value)
        except _Unusable as found:
            found.keys.append(len(copied))
            raise
        self._active.discard(id(value))
        return copied

    def _enter(self, value: object, depth: int) -> None:
        if self.room < 0:
            raise _too_large(f"more than {MAXIMUM_DEFINITION_BYTES}")
        if id(value) in self._active:
            raise _Unusable("cycle", "this object contains itself", "give each level an object of its own")
        if depth >= MAXIMUM_DEPTH:
            fix = "put the inner part into a state machine of its own"
            raise _Unusable("depth", f"nested more than {MAXIMUM_DEPTH} deep", fix)
        self._active.add(id(value))
        self.room -= 2


def _weigh(copied: dict[str, Any]) -> None:
    """Weigh exactly what the running count found large. Placeholders weigh nothing: they become short."""
    try:
        text = json.dumps(copied, separators=(",", ":"), ensure_ascii=False, default=lambda _: "")
    except ValueError:  # Python writes no number of more than 4,300 digits.
        size = data_size.least(copied)
    else:
        size = len(text.encode("utf-8", "surrogatepass")) - _LONGEST_PLACEHOLDER * text.count("${AWS::")
    if size > MAXIMUM_DEFINITION_BYTES:
        raise _too_large(str(size))


def _too_large(size: str) -> _Unusable:
    fix = "keep data in S3, and parts of the workflow in state machines of their own"
    return _Unusable("definition-size", f"{size} bytes, where {MAXIMUM_DEFINITION_BYTES} are the most", fix)


def _refuse(report: Report, found: _Unusable) -> None:
    keys = tuple(key if isinstance(key, str | int) else show(key) for key in reversed(found.keys))
    _add(report, found.rule, keys, found.message, found.fix)


def _add(report: Report, rule: str, keys: tuple[object, ...], message: str, fix: str) -> None:
    states = [after for before, after in pairwise(keys) if before == "States" and isinstance(after, str)]
    report.add(rule, place(keys) if keys else "", states[-1] if states else "", message, fix)


def plain(definition: object, report: Report) -> dict[str, Any] | None:
    """A copy of the definition that is safe to walk, or None when the report says why there is none."""
    copier = _Copier()
    try:
        if not isinstance(definition, Mapping):
            raise _Unusable("value-type", f"a definition is an object, got {show(definition)}", "give a dict")
        copied = copier.copy(definition, 0)
        assert isinstance(copied, dict)  # noqa: S101 - a Mapping is copied into a dict
        if 2 * MAXIMUM_DEFINITION_BYTES - copier.room > MAXIMUM_DEFINITION_BYTES // _LONGEST_CHARACTER:
            _weigh(copied)
    except _Unusable as found:
        _refuse(report, found)
        return None
    return copied


def parse(text: str, report: Report) -> object:
    """The document of a JSON text, or None when the report says why there is none."""
    doubles: list[tuple[dict[str, object], str]] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(items)
        if len(made) < len(items):
            seen: set[str] = set()
            for key, _ in items:
                if key in seen:
                    doubles.append((made, key))
                seen.add(key)
        return made

    def constant(name: str) -> object:
        raise ValueError(f"{name} is no JSON number")

    def read(text: str) -> object:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)

    text = text.removeprefix("\ufeff")
    holes: list[int] = []
    try:
        try:
            document = read(text)
        except json.JSONDecodeError as error:
            if text[error.pos : error.pos + 2] != "${":
                raise
            holes, filled = _fill(text)
            doubles.clear()
            document = read(filled)
    except json.JSONDecodeError as error:
        at = error.pos - 2 * sum(start < error.pos for start in holes)
        hole = text[at : at + 2] == "${"
        fix = "fill in the placeholder first" if hole else "correct the text there"
        if not text[at:].strip():
            fix = "the text ends too early: close what is open"
        report.add("json", "", "", f"{error.msg} at {_where(text, at)}", fix)
        return None
    except RecursionError:
        report.add("depth", "", "", f"nested more than {MAXIMUM_DEPTH} deep", "nest less")
        return None
    except ValueError as error:
        report.add("json", "", "", str(error)[:200], "correct the number")
        return None
    if holes:
        more = f" (and {len(holes) - 1} more like it)" if len(holes) > 1 else ""
        message = f"the placeholder at {_where(text, holes[0])} stands without quotes{more}"
        report.add(
            "placeholder", "", "", f"{message}: no JSON until another tool fills it in", "give the value"
        )
    if doubles:
        _report_doubles(document, doubles, report)
    return document


def _fill(text: str) -> tuple[list[int], str]:
    """Where placeholders of another tool stand in place of a value, and the text with quotes around them.

    Samples have them where a number or an array goes; quoted, they are copied as unknown.
    """
    holes: list[int] = []

    def quote(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        holes.append(found.start())
        return f'"{found[0]}"'

    return holes, _STRING_OR_HOLE.sub(quote, text)


def _where(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _report_doubles(document: object, doubles: list[tuple[dict[str, object], str]], report: Report) -> None:
    """Say where the keys are that stand twice; what is nested in a value that was dropped has no place."""
    wanted = {id(made): made for made, _ in doubles}
    places: dict[int, tuple[object, ...]] = {}
    waiting: list[tuple[tuple[object, ...], object]] = [((), document)]
    while waiting and len(places) < len(wanted):
        keys, node = waiting.pop()
        if id(node) in wanted:
            places[id(node)] = keys
        if isinstance(node, dict):
            waiting.extend(((*keys, key), item) for key, item in node.items())
        elif isinstance(node, list):
            waiting.extend(((*keys, index), item) for index, item in enumerate(node))
    for made, key in doubles:
        keys = (*places.get(id(made), ()), key)
        _add(
            report,
            "duplicate-key",
            keys,
            f"the key {show(key)} stands twice in one object",
            "remove one of them",
        )
