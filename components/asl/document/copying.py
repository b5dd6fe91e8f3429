"""Copies a definition, once, into dicts and lists of which nobody else need be afraid.

The copy has no cycles, no depth that exhausts the stack, no keys but strings, and no size that takes long.
What is only known when deployed becomes Unknown and is never looked into, unless the copy fills it in.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from ..report.display import Plain, Unknown, dotted, is_output, show
from ..report.findings import Report

MAXIMUM_DEFINITION_BYTES = 1_048_576
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html (definition)."""

MAXIMUM_DEPTH = 200
"""Deeper than any state machine a person writes, and shallow enough for Python's own JSON encoder."""

PARTITION, REGION, ACCOUNT_ID = "${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"
"""The only placeholders of a definition."""

SOMEWHERE = {PARTITION: "aws", REGION: "us-east-1", ACCOUNT_ID: "123456789012"}
"""A place for what can be told wherever a definition is deployed."""

FOREIGN_PLACEHOLDER = re.compile(r"\$\{(?!AWS::(?:Partition|Region|AccountId)\})[^{}]*\}")
_INTEGRATION = re.compile(r"^arn:[a-z][a-z0-9-]*:states:::")
_LONGEST_PLACEHOLDER = len(ACCOUNT_ID)
_LONGEST_CHARACTER = len("\\u0000")
_LONGEST_NUMBER_BITS = 14_000
"""Python writes no number of more than 4,300 digits."""


class Unusable(Exception):
    """The copy cannot go on; `place` is where."""

    def __init__(self, rule: str, message: str, fix: str, place: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.rule, self.message, self.fix, self.place = rule, message, fix, place


class _Copier:
    """Copies one definition, and spends of its room: no more than twice the largest definition.

    around: the `id` of each object that what is copied now stands in → the key or index there.
    """

    __slots__ = ("_around", "_places", "_values", "room")

    def __init__(self, places: Mapping[str, str], values: Mapping[int, Any]) -> None:
        self._around: dict[int, Any] = {}
        self._places, self._values = places, values
        self.room = 2 * MAXIMUM_DEFINITION_BYTES

    def copy(self, value: Any) -> Plain:
        kind = type(value)
        if kind is str:
            self.room -= len(value) + 3
            if value[:2] == "${" and FOREIGN_PLACEHOLDER.fullmatch(value):
                return Unknown(value)
            return self._replace(value) if self._places else value
        if kind is dict or kind is list:  # Soonest told: an abstract class such as Mapping takes longer.
            return self._object(value) if kind is dict else self._array(value)
        if kind is bool or value is None:
            return value  # type: ignore[no-any-return]
        if isinstance(value, int):
            if value.bit_length() > _LONGEST_NUMBER_BITS:
                raise self._unusable("value-type", f"{show(value)} cannot be written", "use a smaller one")
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise self._unusable("value-type", f"{value} is no JSON number", "use a finite number")
            return value
        if isinstance(value, (list, tuple)):
            return self._array(value)
        if isinstance(value, Mapping):
            return self._object(value)
        if isinstance(value, str):
            return self.copy(str.__str__(value))
        if kind is Unknown or is_output(value):
            return self._unknown(value.written if kind is Unknown else value)
        fix = "use a string, number, true, false, null, list, dict or a Pulumi Output"
        raise self._unusable("value-type", f"{show(value)} is no JSON value", fix)

    def _replace(self, text: str) -> str:
        """A text with placeholders filled in, and the stack's partition in the ARN of an integration."""
        places = self._places
        if "${AWS::" in text:
            for placeholder, value in places.items():
                text = text.replace(placeholder, value)
            if text.startswith("arn:") and "${AWS::" in text:
                message = f"must only use {', '.join(places)}, got {text!r}"
                raise self._unusable("value-type", message, "give the ARN")
        if next(reversed(self._around.values())) == "Resource":
            return _INTEGRATION.sub(f"arn:{places[PARTITION]}:states:::", text)
        return text

    def _unknown(self, written: Any) -> Plain:
        if isinstance(written, str) or id(written) not in self._values:
            return Unknown(written)
        value = self._values[id(written)]
        if value is None:
            fix = "give it one, or leave the field out"
            raise self._unusable("value-type", "must have a value, but its Output resolved to None", fix)
        return self.copy(value)

    def _array(self, value: Sequence[Any]) -> list[Any]:
        around, this = self._around, id(value)
        if self.room < 0 or this in around or len(around) >= MAXIMUM_DEPTH:
            raise self._closed(this)
        copied = []
        for index, item in enumerate(value):
            around[this] = index
            copied.append(self._object(item) if type(item) is dict else self.copy(item))
        around.pop(this, None)
        self.room -= 2
        return copied

    def _object(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        around, this = self._around, id(value)
        if self.room < 0 or this in around or len(around) >= MAXIMUM_DEPTH:
            raise self._closed(this)
        simple = not self._places
        copied: dict[str, Any] = {}
        size = 2
        for key, item in value.items():
            if type(item) is str and type(key) is str and simple and "${" not in item:  # As most are.
                size += len(key) + len(item) + 7
                copied[key] = item
                continue
            if not isinstance(key, str):
                around[this] = key if isinstance(key, int) else show(key)
                message = f"the key {show(key)} is no string"
                raise self._unusable("value-type", message, "use a string as the key")
            size += len(key) + 4
            around[this] = key
            copied[key] = self._object(item) if type(item) is dict else self.copy(item)
        around.pop(this, None)
        self.room -= size
        return copied

    def _closed(self, this: int) -> Unusable:
        """Why the copy does not go into an object or array, by its `id`."""
        if self.room < 0:
            return self._unusable(*_too_large(f"more than {MAXIMUM_DEFINITION_BYTES}"))
        if this in self._around:
            fix = "give each level an object of its own"
            return self._unusable("cycle", "this object contains itself", fix)
        fix = "put the inner part into a state machine of its own"
        return self._unusable("depth", f"nested more than {MAXIMUM_DEPTH} deep", fix)

    def _unusable(self, rule: str, message: str, fix: str) -> Unusable:
        """What is wrong with what is copied now."""
        return Unusable(rule, message, fix, tuple(self._around.values()))


def _weigh(copied: dict[str, Any]) -> None:
    """Weigh exactly what the running count found large. Placeholders weigh nothing: they become short."""
    text = json.dumps(
        copied, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=lambda _: ""
    )
    size = len(text.encode("utf-8", "surrogatepass")) - _LONGEST_PLACEHOLDER * text.count("${AWS::")
    if size > MAXIMUM_DEFINITION_BYTES:
        raise Unusable(*_too_large(str(size)))


def _too_large(size: str) -> tuple[str, str, str]:
    fix = "keep data in S3, and parts of the workflow in state machines of their own"
    return "definition-size", f"{size} bytes, where {MAXIMUM_DEFINITION_BYTES} are the most", fix


def copy(
    definition: object,
    places: Mapping[str, str] = MappingProxyType({}),
    values: Mapping[int, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """A copy of the definition that is safe to walk; raises Unusable when there can be none.

    places: what is put in for placeholders. values: what is put in for Outputs, by their `id`.
    """
    if not isinstance(definition, Mapping):
        raise Unusable("value-type", f"a definition is an object, got {show(definition)}", "give a dict")
    copier = _Copier(places, values)
    copied = copier.copy(definition)
    assert isinstance(copied, dict)  # noqa: S101 - a Mapping is copied into a dict
    if 2 * MAXIMUM_DEFINITION_BYTES - copier.room > MAXIMUM_DEFINITION_BYTES // _LONGEST_CHARACTER:
        _weigh(copied)
    return copied


def refuse(report: Report, rule: str, keys: tuple[object, ...], message: str, fix: str) -> None:
    """Report something about a place that is told by its keys."""
    states = [after for before, after in pairwise(keys) if before == "States" and isinstance(after, str)]
    report.add(rule, dotted(keys) if keys else "", states[-1] if states else "", message, fix)
