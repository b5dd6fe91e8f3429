"""Requests and decisions as the items of the table, and back."""

import json
import time
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from approvals.request.due import Due, due
from approvals.request.model import NOT_CONFIRMED, NOT_SUBSCRIBED, Decision, Outcome, Request, Status
from countersign_contract.approvals import table

from .attributes import from_item

if TYPE_CHECKING:
    from countersign_contract.approvals.request import Ask

_KEYS: Final = (table.PARTITION_KEY, table.SORT_KEY, table.DUE, table.DUE_AT, table.WHY)
_REQUEST: Final = frozenset(each.name for each in fields(Request)) - {"extra"}
DECISION: Final = tuple(each.name for each in fields(Decision))
"""What a decision's item says."""
_LISTED: Final = (
    "state_machine_arn", "state_name", "requester", "quorum", "asked_at", "deadline", "retry_count",
)  # fmt: skip
ASK: Final = ("subject", "details", "fields")
"""What the item ASK says."""


def key(request_id: str, sort: str) -> dict[str, str]:
    return {table.PARTITION_KEY: f"R#{request_id}", table.SORT_KEY: sort}


def decision_key(approver: Any) -> str:
    return f"D#{approver:03}" if isinstance(approver, int) else ""


def listed_key(request: Mapping[str, Any], request_id: str) -> dict[str, str]:
    """Of what the list of its execution says of a request."""
    partition = f"E#{request.get('execution_arn')}"
    return {table.PARTITION_KEY: partition, table.SORT_KEY: f"{request.get('digest')}#{request_id}"}


def ask_row(ask: "Ask") -> dict[str, Any]:
    return {"subject": ask.subject, "details": _json(ask.details), "fields": _json(ask.specification)}


def listed(request: Request, ask: "Ask") -> dict[str, Any]:
    """What the lists say of a request, for functions and for operators: neither token nor link."""
    kept = {name: getattr(request, name) for name in _LISTED}
    return {"request_id": request.id, "subject": ask.subject, **kept, **listed_now(request)}


def listed_now(request: Request) -> dict[str, Any]:
    """What of that changes."""
    return {
        "approvers": request.people[: len(request.asked)],
        "approvals": request.approvals,
        "closed": request.is_closed,
        table.WAITING: None if request.is_closed else request.status,
        table.EXPIRES_AT: request.expires_at,
    }


def state(request: Request) -> dict[str, Any]:
    values = {name: getattr(request, name) for name in sorted(_REQUEST)}
    why, due_at = due(request) or (None, None)
    return values | {
        "outbox": sorted(request.outbox),
        table.DUE: why and table.DUE,
        table.DUE_AT: due_at,
        table.WHY: why,
    }


def has_expired(item: Mapping[str, Mapping[str, Any]], now: float) -> bool:
    expires_at = item.get(table.EXPIRES_AT, {}).get("N")
    return expires_at is not None and float(expires_at) <= now


def why_due(item: Mapping[str, Any], now: float) -> Due:
    """For what a request is due that the index `due` has. Its deadline may have passed while it waited there
    for something else."""
    deadline = item.get(table.DEADLINE)
    if item.get(table.STATUS) == Status.OPEN and isinstance(deadline, int | float) and deadline <= now:
        return Due.DEADLINE
    why = item.get(table.WHY)
    # What this version does not know it looks at, which does no harm.
    return Due(why) if why in tuple(Due) else Due.LOOK


def has_familiar_status(item: Mapping[str, Mapping[str, Any]]) -> bool:
    return item.get(table.STATUS, {}).get("S") in tuple(Status)


def request_of(item: Mapping[str, Mapping[str, Any]]) -> Request:
    """From an item's attributes. What this version does not know is kept as it is; what is missing is as in a
    new request. Raises anything for what is no request of ours."""
    values = {name: value for name, value in from_item(item).items() if name in _REQUEST}
    values["status"] = Status(values["status"]) if has_familiar_status(item) else Status.OPEN
    values["outcome"] = Outcome(values["outcome"]) if values.get("outcome") else None
    for name in ("approvers", "escalation", "links"):
        values[name] = tuple(values.get(name, ()))
    values["votes"] = {int(number): Outcome(vote) for number, vote in values.get("votes", {}).items()}
    people = values["approvers"] + values["escalation"]
    values["unreachable"] = {
        int(number): why
        for number, why in values.get("unreachable", {}).items()
        # It stands in mails and is not sealed, so it can say nothing else.
        if why in (NOT_SUBSCRIBED, NOT_CONFIRMED) and int(number) in range(len(people))
    }
    for name in ("mailed_again", "mailed_by_operator"):
        times = values.get(name, {}).items()
        values[name] = {int(number): at for number, at in times if isinstance(at, int | float)}
    values["outbox"] = frozenset(values.get("outbox", ()))
    return Request(
        **values,
        extra={name: value for name, value in item.items() if name not in _REQUEST and name not in _KEYS},
    )


def decision_row(decision: Decision) -> dict[str, Any]:
    # As JSON, because DynamoDB's numbers are not Python's.
    return {**vars(decision), "fields": json.dumps(decision.fields, ensure_ascii=True)}


def decision_of(row: Mapping[str, Any]) -> Decision:
    values = {name: row[name] for name in DECISION if name in row}
    return Decision(**{**values, "outcome": Outcome(row["outcome"]), "fields": json.loads(row["fields"])})


def precise_time(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03}Z"


def _json(value: Any) -> str:
    """JSON in as few bytes as it can have, because an item has at most 400 KB. Escaped, Korean would have
    twice as many; only halves of characters are, which UTF-8 does not have."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode()
