"""Requests and decisions as the items of the table, and back."""

import json
import time
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from approvals.request import life
from approvals.request.life import Due
from approvals.request.model import Decision, Outcome, Request, Status
from countersign_contract.approvals import table

_KEYS: Final = (table.PARTITION_KEY, table.SORT_KEY, table.DUE, table.DUE_AT, table.WHY)


def key(request_id: str, sort: str) -> dict[str, str]:
    return {table.PARTITION_KEY: f"R#{request_id}", table.SORT_KEY: sort}


def execution_key(request: Request) -> dict[str, str]:
    partition = f"E#{request.execution_arn}"
    return {table.PARTITION_KEY: partition, table.SORT_KEY: f"{request.digest}#{request.id}"}


def asked(request: Request) -> dict[str, Any]:
    """What an execution's list of requests says about one of them."""
    return {
        "retry_count": request.retry_count,
        "deadline": request.deadline,
        "closed": request.is_closed,
    }


def state(request: Request) -> dict[str, Any]:
    values = {each.name: getattr(request, each.name) for each in fields(request)}
    due = life.due(request)
    return values | {
        "approvers": list(request.approvers),
        "escalation": list(request.escalation),
        "links": list(request.links),
        "outbox": sorted(request.outbox),
        table.DUE: due and table.DUE,
        table.DUE_AT: due and due[1],
        table.WHY: due and due[0].value,
    }


def why_due(item: Mapping[str, Any], now: float) -> Due:
    """For what a request is due that the index `due` has. Its deadline may have passed while it waited there
    for something else."""
    try:
        why = Due(item[table.WHY])
    except ValueError:
        why = Due.LOOK  # Of a newer version: what this one does when it looks at it does no harm.
    over = item[table.STATUS] == Status.OPEN and item[table.DEADLINE] <= now
    return Due.DEADLINE if over else why


def request_of(item: Mapping[str, Any]) -> Request:
    values = {key: value for key, value in item.items() if key not in _KEYS}
    values["status"] = Status(item["status"])
    values["outcome"] = Outcome(item["outcome"]) if item.get("outcome") else None
    values["approvers"] = tuple(item["approvers"])
    values["escalation"] = tuple(item["escalation"])
    values["links"] = tuple(item["links"])
    values["votes"] = {int(number): Outcome(vote) for number, vote in item["votes"].items()}
    values["outbox"] = frozenset(item["outbox"])
    return Request(**values)


def decision_row(decision: Decision) -> dict[str, Any]:
    # As JSON, because DynamoDB's numbers are not Python's.
    return {**vars(decision), "fields": json.dumps(decision.fields, ensure_ascii=True)}


def decision_of(item: Mapping[str, Any]) -> Decision:
    names = {each.name for each in fields(Decision)}
    values = {key: value for key, value in item.items() if key in names}
    return Decision(**{**values, "outcome": Outcome(item["outcome"]), "fields": json.loads(item["fields"])})


def precise_time(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03}Z"
