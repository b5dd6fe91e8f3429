"""What is told of requests, decisions, executions and of what happened: dicts for JSON.

In none of them is a token or a link.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from countersign_contract.approvals import table
from countersign_contract.approvals.text import timestamp

from .items import Row
from .requests import Told


def of_request(told: Told, workflow: str) -> dict[str, Any]:
    """A request, and where it stands."""
    request = told.request
    return {
        "requestId": request_id(request),
        "workflow": workflow,
        "executionArn": request.get("execution_arn"),
        "stateName": request.get("state_name"),
        "subject": told.asked.get("subject"),
        "details": _read(told.asked.get("details")),
        "requester": request.get("requester"),
        "status": request.get("status"),
        "outcome": request.get("outcome"),
        "approvals": _approvals(request),
        "quorum": request.get("quorum"),
        "since": time(request.get("asked_at")),
        "until": time(request.get("deadline")),
        "closed": time(request.get("closed_at")),
        "approvers": [
            {"approver": person, "stands": _stands(request, number)}
            for number, person in enumerate(_people(request))
        ],
        "unsent": sorted(request.get("unsent") or {}),
    }


def of_waiting(row: Row, workflow: str) -> dict[str, Any]:
    """A request, as the list of what waits has it."""
    return {
        "kind": "request",
        "requestId": row["request_id"],
        "workflow": workflow,
        "executionArn": execution_arn(row),
        "stateName": row["state_name"],
        "subject": row["subject"],
        "approvers": row["approvers"],
        "requester": row["requester"],
        "approvals": row["approvals"],
        "quorum": row["quorum"],
        "since": timestamp(row["asked_at"]),
        "until": timestamp(row["deadline"]),
        "status": row["waiting"],
    }


def of_running(execution: Mapping[str, Any], workflow: str, state: str | None) -> dict[str, Any]:
    """An execution that runs, as Step Functions lists it, and its state if somebody asked for it."""
    return {
        "kind": "execution",
        "workflow": workflow,
        "executionArn": execution["executionArn"],
        "since": timestamp(execution["startDate"].timestamp()),
        **({"stateName": state} if state else {}),
    }


def of_failed(execution: Mapping[str, Any], workflow: str) -> dict[str, Any]:
    """An execution that has failed, as Step Functions describes it."""
    return {
        "kind": "failed",
        "executionArn": execution["executionArn"],
        "workflow": workflow,
        "ended": timestamp(execution["stopDate"].timestamp()),
        "error": execution.get("error") or execution["status"],
    }


def of_decisions(told: Told) -> Iterator[dict[str, Any]]:
    """The decisions on a request, the first made first."""
    for row in told.decisions:
        yield {
            "approver": _person(told.request, row),
            "outcome": row.get("outcome"),
            "comment": row.get("comment"),
            "fields": _read(row.get("fields")),
            "at": time(row.get("at")),
        }


def of_audit(row: Row) -> dict[str, Any]:
    """One thing that happened."""
    names = ("at", "what", "by", "approver", "decision", "reason", "status", "source_address")
    told = {"sourceAddress" if name == "source_address" else name: row.get(name) for name in names}
    return {name: value for name, value in told.items() if value is not None}


def request_id(row: Row) -> str:
    """Of the request that an item belongs to."""
    return str(row[table.PARTITION_KEY]).removeprefix("R#")


def execution_arn(row: Row) -> str:
    """Of the execution whose list a row of what waits is of."""
    return str(row[table.PARTITION_KEY]).removeprefix("E#")


def _approvals(request: Row) -> int:
    """How many have approved."""
    return sum(vote == "approved" for vote in (request.get("votes") or {}).values())


def _people(request: Row) -> list[str]:
    """Those who are asked by now."""
    later = request.get("escalation") if request.get("escalated") else []
    return [*(request.get("approvers") or []), *(later or [])]


def _person(request: Row, decision: Row) -> str:
    """Who made a decision."""
    people = [*(request.get("approvers") or []), *(request.get("escalation") or [])]
    number = decision.get("approver")
    return people[number] if isinstance(number, int) and 0 <= number < len(people) else "nobody who is asked"


def _stands(request: Row, number: int) -> str:
    """What an approver has decided, or why they do not."""
    votes: Mapping[str, str] = request.get("votes") or {}
    missing: Mapping[str, str] = request.get("unreachable") or {}
    return votes.get(str(number)) or missing.get(str(number)) or "not decided"


def time(seconds: Any) -> str | None:
    """A time as JSON has it."""
    return timestamp(seconds) if isinstance(seconds, int | float) else None


def _read(text: Any) -> Any:
    """What is on record as JSON; the text itself if somebody else wrote what is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return text
