"""An item of the table as plain values.

Whoever can write into the table can make it say something else (docs/approvals.md), but cannot keep the rest
from being read: what is not of the kind that the functions write is left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer

from countersign_contract.approvals import table

Row = Mapping[str, Any]
"""Attributes of an item, as plain values. None of them must be there but the keys."""

YEAR_10000: Final = 253_402_300_800

_ID: Final = re.compile(r"[0-9a-f]{32}")
_types = TypeDeserializer()


def row(item: Mapping[str, Any]) -> Row:
    """From an item, as DynamoDB has it."""
    values = {name: _plain(_types.deserialize(value)) for name, value in item.items()}
    return {name: value for name, value in values.items() if _KINDS.get(name, _is_text)(value)}


def listed(found: Iterable[Row]) -> Iterator[Row]:
    """Rows of a list of what waits, in which everything is there: nothing, for what was left out. One that
    names no request is none."""
    return ({**_LISTED, **each} for each in found if "request_id" in each)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < YEAR_10000


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value < YEAR_10000


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _says_of_each(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


_KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "request_id": lambda value: _is_text(value) and _ID.fullmatch(value) is not None,
    table.DEADLINE: _is_time,
    "asked_at": _is_time,
    "closed_at": _is_time,
    "remind_at": _is_time,
    "at": lambda value: _is_text(value) or _is_time(value),  # of the audit, or of a decision
    "approver": lambda value: _is_text(value) or _is_count(value),
    "approvers": _are_texts,
    "escalation": _are_texts,
    "quorum": _is_count,
    "approvals": _is_count,
    "escalated": lambda value: isinstance(value, bool),
    "votes": _says_of_each,
    "unreachable": _says_of_each,
    "unsent": lambda value: isinstance(value, dict),
}
"""Attribute → what it must be, of those that are not a text."""
_LISTED: Final[Row] = {
    **dict.fromkeys(("subject", "state_machine_arn", "state_name", "requester"), ""),
    **dict.fromkeys(("quorum", "approvals", "asked_at", table.DEADLINE), 0),
    "approvers": [],
}
