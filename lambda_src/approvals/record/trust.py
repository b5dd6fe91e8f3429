"""What of a request's items is believed: what carries our seal, and what follows from that.

Whom REQUEST asks and until when, its links, and ASK never change, and are sealed together. Each decision is
sealed with its request's seal, and so is an end without an outcome. Votes, status and outcome of REQUEST
change, so they carry no seal: they are believed as far as the decisions carry them. No seal helps against
somebody who deletes, or puts back what was before: who may write can keep a request from being answered, but
cannot answer it.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from countersign_runtime.message import task_id

from approvals.request import life
from approvals.request.model import Decision, Outcome, Record, Request, Status

from . import rows
from .attributes import from_item
from .seals import Seals, Unfamiliar

SEALED: Final = (
    "id", "execution_arn", "state_machine_arn", "state_name", "digest", "retry_count",
    "approvers", "escalation", "quorum", "requester",
    "asked_at", "deadline", "expires_at", "links", "remind_after_seconds",
)  # fmt: skip
"""What of a request is sealed. Its id is a hash of its token."""
_CLAIMS: Final = ("status", "outcome", "votes")
_TIMES: Final = ("remind_at", "escalate_at", "look_at", "closed_at", "send_at", "deliver_at", "unsure_since")


class Forged(Exception):
    """A request that our functions did not write as it is: nothing can be done with it."""


def request_seal(seals: Seals, request: Request, asked: Mapping[str, Any]) -> str:
    """The seal of a request and of what it asks."""
    return seals.seal("request", *_of_request(request, asked))


def decision_seal(seals: Seals, request: Request, decision: Decision) -> str:
    """The seal of a decision on a request."""
    return seals.seal("decision", request.seal, rows.decision_row(decision))


def end_seal(seals: Seals, request: Request) -> str:
    """The seal of the end of a request that ended without an outcome."""
    return seals.seal("end", request.seal, request.status)


def believed(request_id: str, items: Mapping[str, Mapping[str, Any]], seals: Seals) -> Record:
    """The record that a request's items (by sort key) are, with what is not believed of them in `forged`.

    Raises `Forged` if the request itself is not believed, and `Unfamiliar`.
    """
    stored, asked = items["REQUEST"], from_item(items.get("ASK", {}))
    try:
        request = rows.request_of(stored)
        _check_times(request)
        whole = seals.holds(request.seal, "request", *_of_request(request, asked))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        whole = False
    if not whole or request.id != request_id:
        raise Forged
    if "status" in stored and not rows.has_familiar_status(stored):
        raise Unfamiliar
    decisions: dict[int, Decision] = {}
    forged: dict[str, Any] = {}
    for key, item in items.items():
        if key.startswith("D#"):
            row = from_item(item)
            said = {name: row.get(name) for name in rows.DECISION}
            if rows.decision_key(row.get("approver")) == key and seals.holds(
                row.get("seal"), "decision", request.seal, said
            ):
                decisions[row["approver"]] = rows.decision_of(row)
            else:
                forged[key] = said
    ended = seals.holds(request.end_seal, "end", request.seal, request.status)
    carried = _carried(request, decisions, ended=ended)
    if carried is not request:
        forged["REQUEST"] = {name: from_item(stored).get(name) for name in _CLAIMS}
    if carried.status in (Status.OPEN, Status.DECIDED) and task_id(str(carried.token)) != request_id:
        raise Forged
    return Record(
        request=carried,
        subject=asked["subject"],
        details=json.loads(asked["details"]),
        fields=tuple(json.loads(asked["fields"])),
        decisions=decisions,
        forged=forged,
    )


def _carried(request: Request, decisions: Mapping[int, Decision], *, ended: bool) -> Request:
    """A request as far as the decisions on record carry it; the same if they do. `ended` says whether our
    functions ended it, if it has ended without an outcome.

    An outcome that they do not carry is none, and one that they carry is: the request is open again, or
    decided, and due at once. Nothing is owed about a vote or an outcome that is none.
    """
    votes = {number: decision.outcome for number, decision in decisions.items()}
    after, outcome = replace(request, votes=votes), None
    is_false_end = request.status in life.UNDECIDED_ENDS and not ended
    if request.status not in life.UNDECIDED_ENDS or is_false_end:
        approved = Outcome.APPROVED if after.approvals >= request.quorum else None
        outcome = Outcome.REJECTED if Outcome.REJECTED in votes.values() else approved
    is_decided = request.status is not Status.OPEN and request.status not in life.UNDECIDED_ENDS
    carries = (votes, outcome, outcome is not None) == (request.votes, request.outcome, is_decided)
    if carries and not is_false_end:
        return request
    if (is_decided or is_false_end) and outcome is None:
        after = replace(after, status=Status.OPEN, closed_at=None, deliver_at=None, look_at=request.asked_at)
    elif outcome is not None and not is_decided:
        last = max(decision.at for decision in decisions.values())
        after = replace(after, status=Status.DECIDED, closed_at=last, deliver_at=last, look_at=None)
    true = {f"event:Decided:{number}" for number in votes} | {"event:Requested"}
    owed = {
        each for each in request.outbox if each in true or not each.startswith(("event:", "mail:outcome:"))
    }
    return replace(after, outcome=outcome, outbox=frozenset(owed))


def _check_times(request: Request) -> None:
    """Raises ValueError for what is not sealed, and is no time or number: it would stop whoever reckons."""
    numbers = (request.version, request.attempts, request.leased_until)
    times = [time for name in _TIMES if (time := getattr(request, name)) is not None]
    never = request.remind_at is not None and not request.remind_after_seconds
    if never or not all(isinstance(each, int | float) for each in (*numbers, *times)):
        raise ValueError


def _of_request(request: Request, asked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {name: getattr(request, name) for name in SEALED}, {name: asked[name] for name in rows.ASK}
