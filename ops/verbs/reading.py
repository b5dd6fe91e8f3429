"""The verbs that read: what waits, one request, what happened, and all that is on record."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from countersign_contract.approvals.addresses import addressed

from .. import executions, telling
from ..aws import Aws
from ..executions import States
from ..items import Row
from ..problems import Exit, Problem
from ..requests import OPEN, Requests, Told
from ..screen import Column, Line, Screen, age, last, left, line, value
from ..stack import Stack

WAITING: Final = (
    Column("Request", value("requestId"), 32),
    Column("What", value("subject")),
    Column("Who", value("approvers")),
    Column("Until", left("until"), 10, spare=True),
    Column("Since", age("since"), 7, spare=True),
    Column("Yes", lambda _, told: f"{told['approvals']}/{told['quorum']}", 5, spare=True),
    Column("Status", value("status"), 7, spare=True),
)
RUNNING: Final = (
    Column("Execution", last("executionArn"), whole=True),
    Column("Workflow", value("workflow"), 18, spare=True),
    Column("Since", age("since"), 7),
)
STATE: Final = Column("State", value("stateName"), 16)
HISTORY: Final = (
    Column("At", value("at"), 24),
    Column("What", value("what"), 12),
    Column("By", lambda _, told: told.get("approver") or told.get("by")),
    Column("Says", lambda _, told: told.get("reason") or told.get("decision"), spare=True),
)
REQUEST: Final = Column("Request", value("requestId"), 32)

APPROVALS, EXECUTIONS, ALL = "approvals", "executions", "all"
OWNER_ONLY: Final = 0o600
NO_APPROVALS: Final = "the stack's outputs name no ApprovalApi (url and tableName)"
NO_WORKFLOW: Final = "the stack's outputs name no workflow (stateMachineArn)"


@dataclass(frozen=True)
class Filters:
    """Which of what waits is asked for; without an approver, whoever is asked."""

    approver: str = ""
    older_than_seconds: int = 0
    kind: str = ALL

    def is_old(self, since: float, now: float) -> bool:
        """Whether it is old enough. An operator's clock may be behind: what is new is listed all the same."""
        return not self.older_than_seconds or now - since >= self.older_than_seconds

    def asks(self, approvers: Sequence[str]) -> bool:
        """Whether the approver is among these."""
        return not self.approver or addressed(self.approver) in map(addressed, approvers)


@dataclass(frozen=True)
class Period:
    """From when (inclusive) until when (exclusive), as times are on record."""

    since: str = ""
    until: str = "~"

    def takes(self, audit: Row) -> bool:
        return self.since <= str(audit.get("at", "")) < self.until


class Operations:
    """What an operator deals with: a stack, or of its workflows only the one with this ARN."""

    def __init__(self, stack: Stack, aws: Aws, screen: Screen, machine_arn: str = "") -> None:
        self.stack = stack
        self._machine_arn = machine_arn
        self.aws = aws
        self.screen = screen
        self.requests = [Requests(aws, each) for each in stack.approvals]
        self.workflows = {name: arn for name, arn in stack.workflows.items() if self.is_about(arn)}
        """Name → ARN of the state machine, of those that it is about."""

    def is_about(self, machine_arn: str) -> bool:
        """Whether it is about this state machine. Those of other stacks may ask for approval, too."""
        return self._machine_arn in ("", machine_arn)

    def waiting(self, filters: Filters, *, with_states: bool = False) -> int:
        """Print what waits: requests for approval, and executions that run without one; how many."""
        asked: set[str] = set()
        count = 0
        states = (STATE,) if with_states else ()
        if filters.kind != EXECUTIONS:
            pages = self._asked(filters, asked)
            nothing = "nothing waits for approval" if self.requests else NO_APPROVALS
            count += self.screen.rows((*WAITING, *states), pages, nothing)
        if filters.kind != APPROVALS and not filters.approver:
            if filters.kind == EXECUTIONS:
                asked |= self.executions_asked()
            rows = self._running(filters, asked, with_states=with_states)
            nothing = "no execution runs without a request" if self.stack.workflows else NO_WORKFLOW
            count += self.screen.rows((*RUNNING, *states), rows, nothing)
        return count

    def executions_asked(self) -> set[str]:
        """The ARNs of the executions that wait for approval."""
        pages = (page for requests in self.requests for page in requests.waiting())
        return {telling.execution_arn(row) for page in pages for row in page}

    def show(self, request_id: str) -> None:
        """Print one request."""
        told = self.found(request_id)
        shown = self._told(told) | {"decisions": [*telling.of_decisions(told)]}
        self.screen.one(shown, self._shown(shown, telling.time(told.request.get("remind_at"))))

    def history(self, request_id: str) -> None:
        """Print what happened to one request, from its audit."""
        audit = [*map(telling.of_audit, self.found(request_id).audit)]
        self.screen.rows(HISTORY, [audit], "nothing is on record")

    def history_of(self, period: Period) -> None:
        """Print what happened to all requests in a time, in order. Reads the whole table, and keeps what it
        prints."""
        found: list[Row] = []
        with self.screen.progress("reading") as tell:
            for requests in self.requests:
                for page in requests.audit():
                    found += filter(period.takes, page)
                    tell(f"{len(found)} found")
        found.sort(key=lambda row: str(row.get("at")))
        rows = [{"requestId": telling.request_id(row), **telling.of_audit(row)} for row in found]
        self.screen.rows((REQUEST, *HISTORY), [rows], "nothing happened in this time")

    def export(self, period: Period, file: str) -> None:
        """Write requests, decisions and audit of a time as JSON lines; to standard output without a file.

        A file is not overwritten, and it is not there unless it is whole.
        """
        if not file:
            self._export(period, sys.stdout, lambda _: None)
            return
        path = Path(file)
        try:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        except OSError as problem:
            why = "it is there already" if isinstance(problem, FileExistsError) else problem.strerror
            raise Problem(Exit.USAGE, f"--file must be a file that can be made, got {file}: {why}") from None
        try:
            with os.fdopen(opened, "w", encoding="utf-8") as out, self.screen.progress("reading") as tell:
                count = self._export(period, out, tell)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self.screen.note(f"{count} requests are in {file}")

    def found(self, request_id: str) -> Told:
        """One request, or `Problem`."""
        with self.screen.progress("reading"):
            told = next((told for each in self.requests if (told := each.one(request_id))), None)
        if told is None:
            raise Problem(Exit.NOT_SO, f"there is no request {request_id}, or its time is over")
        return told

    def _export(self, period: Period, out: TextIO, tell: Callable[[str], None]) -> int:
        count = 0
        for requests in self.requests:
            for told in requests.everything():
                if any(map(period.takes, told.audit)):
                    count += 1
                    tell(f"{count} requests")
                    out.writelines(line(each) for each in self._lines(told))
        out.flush()
        return count

    def _lines(self, told: Told) -> Iterator[dict[str, Any]]:
        which = {"requestId": telling.request_id(told.request)}
        yield {"kind": "request", **self._told(told)}
        for decision in telling.of_decisions(told):
            yield {"kind": "decision", **which, **decision}
        for row in told.audit:
            yield {"kind": "audit", **which, **telling.of_audit(row)}

    def _told(self, told: Told) -> dict[str, Any]:
        return telling.of_request(told, self.stack.workflow(str(told.request.get("state_machine_arn"))))

    def _asked(self, filters: Filters, asked: set[str]) -> Iterator[Sequence[Row]]:
        for requests in self.requests:
            for page in requests.waiting():
                asked.update(map(telling.execution_arn, page))
                found = []
                for row in page:
                    is_old = filters.is_old(row["asked_at"], self.screen.now)
                    if is_old and self.is_about(row["state_machine_arn"]) and filters.asks(row["approvers"]):
                        found.append(telling.of_waiting(row, self.stack.workflow(row["state_machine_arn"])))
                yield found

    def _running(self, filters: Filters, asked: set[str], *, with_states: bool) -> Iterator[Sequence[Row]]:
        for name, machine_arn in self.workflows.items():
            states = States(self.aws, machine_arn) if with_states else None
            for page in executions.listed(self.aws, machine_arn):
                yield [
                    telling.of_running(each, name, states.of(each) if states else None)
                    for each in page
                    if each["executionArn"] not in asked
                    and filters.is_old(each["startDate"].timestamp(), self.screen.now)
                ]

    def _shown(self, told: Line, remind_at: str | None) -> Iterator[tuple[str, Any]]:
        when = self.screen.when
        yield "What", told["subject"]
        yield "Details", told["details"]
        yield "Status", told["status"]
        yield "Outcome", told["outcome"]
        yield "Workflow", told["workflow"]
        yield "State", told["stateName"]
        yield "Execution", told["executionArn"]
        yield "Requester", told["requester"]
        yield "Approvals", f"{told['approvals']} of {told['quorum']} needed"
        yield "Since", when(told["since"])
        yield "Until", when(told["until"])
        yield "Closed", when(told["closed"])
        for number, each in enumerate(told["approvers"]):
            yield f"Approver {number}", f"{each['approver']}: {each['stands']}"
        for decision in told["decisions"]:
            if decision["comment"]:
                yield "Comment", f"{decision['approver']}: {decision['comment']}"
        if told["status"] == OPEN:
            yield "Reminder", when(remind_at)
        yield "Not sent", told["unsent"]
