"""The verbs that read: what waits, one request, and what happened to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from countersign_contract.approvals.addresses import addressed
from countersign_contract.approvals.text import timestamp

from . import executions
from .aws import Aws
from .problems import Exit, Problem
from .requests import OPEN, Requests, Row, Told, find
from .screen import Column, Screen
from .stack import Stack

WAITING: Final = (
    Column("id", "Request", 32),
    Column("subject", "What"),
    Column("people", "Who"),
    Column("approvals", "Yes", 5),
    Column("age", "Since", 7),
    Column("left", "Until", 10),
    Column("status", "Status", 7),
)
RUNNING: Final = (
    Column("id", "Execution"),
    Column("workflow", "Workflow"),
    Column("age", "Since", 7),
    Column("status", "Status", 7),
)
HISTORY: Final = (
    Column("at", "At", 24),
    Column("what", "What", 12),
    Column("who", "By"),
    Column("said", "Says"),
)

APPROVALS, EXECUTIONS, ALL = "approvals", "executions", "all"


@dataclass(frozen=True)
class Filters:
    """Which of what waits is asked for. `machine_arn` and `approver` may be empty."""

    machine_arn: str = ""
    approver: str = ""
    older_than_seconds: int = 0
    kind: str = ALL

    def takes(self, machine_arn: str, since: float, now: float) -> bool:
        return (not self.machine_arn or machine_arn == self.machine_arn) and (
            now - since >= self.older_than_seconds
        )


class Operations:
    """What an operator can look at."""

    def __init__(self, stack: Stack, aws: Aws, screen: Screen) -> None:
        self._stack = stack
        self._aws = aws
        self._screen = screen
        self._requests = [Requests(aws, each) for each in stack.approvals]

    def waiting(self, filters: Filters) -> None:
        """Print what waits: requests for approval, and executions that run without one."""
        # Hashes, because there may be very many, and an ARN has a hundred characters.
        asked: set[bytes] = set()
        if filters.kind != EXECUTIONS:
            self._screen.rows(WAITING, self._asked(filters, asked.add), "nothing waits for approval")
        if filters.kind != APPROVALS and not filters.approver:
            if filters.kind == EXECUTIONS:
                for requests in self._requests:
                    for page in requests.waiting():
                        asked.update(map(_execution, page))
            self._screen.rows(RUNNING, self._running(filters, asked), "no execution runs without a request")

    def show(self, request_id: str) -> None:
        """Print one request."""
        told = self.found(request_id)
        self._screen.one(_told(told), self._shown(told))

    def history(self, request_id: str) -> None:
        """Print what happened to one request, from its audit."""
        audit = [_audit(row) for row in self.found(request_id).audit]
        self._screen.rows(HISTORY, [audit], "nothing is on record")

    def found(self, request_id: str) -> Told:
        """One request, or `Problem`."""
        with self._screen.progress("reading"):
            told = find(self._requests, request_id)
        if told is None:
            raise Problem(Exit.NOT_SO, f"there is no request {request_id}, or its time is over")
        return told

    def _asked(self, filters: Filters, asked: Callable[[bytes], None]) -> Iterator[Sequence[Row]]:
        approver = addressed(filters.approver) if filters.approver else ""
        for requests in self._requests:
            for page in requests.waiting():
                found = []
                for row in page:
                    asked(_execution(row))
                    if not filters.takes(row["state_machine_arn"], row["asked_at"], self._screen.now):
                        continue
                    if not approver or approver in map(addressed, row["approvers"]):
                        found.append(self._row(row))
                yield found

    def _running(self, filters: Filters, asked: set[bytes]) -> Iterator[Sequence[Row]]:
        for name, machine_arn in self._stack.workflows.items():
            if filters.machine_arn not in ("", machine_arn):
                continue
            for page in executions.running(self._aws, machine_arn):
                yield [
                    {
                        "id": each["name"],
                        "workflow": name,
                        "age": self._screen.ago(each["startDate"].timestamp()),
                        "status": "running",
                        "told": {
                            "kind": "execution",
                            "workflow": name,
                            "executionArn": each["executionArn"],
                            "since": timestamp(each["startDate"].timestamp()),
                        },
                    }
                    for each in page
                    if _hashed(each["executionArn"]) not in asked
                    and filters.takes(machine_arn, each["startDate"].timestamp(), self._screen.now)
                ]

    def _row(self, row: Row) -> Row:
        """Of the list of what waits."""
        return {
            "id": row["request_id"],
            "subject": row["subject"],
            "people": row["approvers"],
            "approvals": f"{row['approvals']}/{row['quorum']}",
            "age": self._screen.ago(row["asked_at"]),
            "left": self._screen.until(row["deadline"]),
            "status": row["waiting"],
            "told": {
                "kind": "request",
                "requestId": row["request_id"],
                "workflow": self._stack.workflow(row["state_machine_arn"]),
                "executionArn": _arn(row),
                "stateName": row["state_name"],
                "subject": row["subject"],
                "approvers": row["approvers"],
                "requester": row["requester"],
                "approvals": row["approvals"],
                "quorum": row["quorum"],
                "since": timestamp(row["asked_at"]),
                "until": timestamp(row["deadline"]),
                "status": row["waiting"],
            },
        }

    def _shown(self, told: Told) -> Iterator[tuple[str, Any]]:
        request, screen = told.request, self._screen
        status = request.get("status")
        yield "What", told.asked.get("subject")
        yield "Details", told.asked.get("details")
        yield "Status", status
        yield "Outcome", request.get("outcome")
        yield "Workflow", self._stack.workflow(str(request.get("state_machine_arn")))
        yield "State", request.get("state_name")
        yield "Execution", request.get("execution_arn")
        yield "Requester", request.get("requester")
        yield "Approvals", f"{_approvals(request)} of {request.get('quorum')} needed"
        yield "Since", screen.when(request.get("asked_at"))
        yield "Until", screen.when(request.get("deadline"))
        yield "Closed", screen.when(request.get("closed_at"))
        for number, person in enumerate(_people(request)):
            yield "Approver", f"{person}: {_stands(request, number)}"
        for decision in told.decisions:
            if comment := decision.get("comment"):
                yield "Comment", f"{_person(request, decision)}: {comment}"
        if status == OPEN:
            yield "Reminder", screen.when(request.get("remind_at"))
        yield "Not sent", sorted(request.get("unsent") or {})


def _told(told: Told) -> dict[str, Any]:
    """What JSON has of a request."""
    request = told.request
    return {
        "requestId": request["pk"].removeprefix("R#"),
        "executionArn": request.get("execution_arn"),
        "stateName": request.get("state_name"),
        "subject": told.asked.get("subject"),
        "requester": request.get("requester"),
        "status": request.get("status"),
        "outcome": request.get("outcome"),
        "approvals": _approvals(request),
        "quorum": request.get("quorum"),
        "since": _time(request.get("asked_at")),
        "until": _time(request.get("deadline")),
        "closed": _time(request.get("closed_at")),
        "approvers": [
            {"approver": person, "stands": _stands(request, number)}
            for number, person in enumerate(_people(request))
        ],
        "decisions": [
            {
                "approver": _person(request, row),
                "outcome": row.get("outcome"),
                "comment": row.get("comment"),
                "at": _time(row.get("at")),
            }
            for row in told.decisions
        ],
        "unsent": sorted(request.get("unsent") or {}),
    }


def _audit(row: Row) -> Row:
    said = row.get("reason") or row.get("decision")
    told = {
        "at": row.get("at"),
        "what": row.get("what"),
        "by": row.get("by"),
        "approver": row.get("approver"),
        "decision": row.get("decision"),
        "reason": row.get("reason"),
        "status": row.get("status"),
    }
    who = row.get("approver") or row.get("by")
    shown = {"at": row.get("at"), "what": row.get("what"), "who": who, "said": said}
    return {**shown, "told": {name: value for name, value in told.items() if value is not None}}


def _approvals(request: Row) -> int:
    return sum(vote == "approved" for vote in (request.get("votes") or {}).values())


def _people(request: Row) -> list[str]:
    """Those who are asked by now."""
    later = request.get("escalation") if request.get("escalated") else []
    return [*(request.get("approvers") or []), *(later or [])]


def _person(request: Row, decision: Row) -> str:
    people = [*(request.get("approvers") or []), *(request.get("escalation") or [])]
    number = decision.get("approver")
    return people[number] if isinstance(number, int) and 0 <= number < len(people) else "nobody who is asked"


def _stands(request: Row, number: int) -> str:
    """What an approver has decided, or why they do not."""
    votes: Mapping[str, str] = request.get("votes") or {}
    missing: Mapping[str, str] = request.get("unreachable") or {}
    return votes.get(str(number)) or missing.get(str(number)) or "not decided"


def _time(seconds: Any) -> str | None:
    return timestamp(seconds) if isinstance(seconds, int | float) else None


def _arn(row: Row) -> str:
    return str(row["pk"]).removeprefix("E#")


def _execution(row: Row) -> bytes:
    return _hashed(_arn(row))


def _hashed(arn: str) -> bytes:
    return blake2b(arn.encode(), digest_size=12).digest()
