"""Plays a history in a world, and lets it settle afterwards."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from approvals.request.model import Record
from countersign_runtime.message import Task, parse, task_id

from countersign_contract.approvals.table import DUE
from tests.approvals.processes import Crash, Process, interleave
from tests.approvals.world import ANN, BOB, CAT, FORM, World

from .steps import Step
from .trouble import Fault, Trouble

MINUTE = 60
HOUR = 3_600
PATIENCE = 5 * MINUTE
"""How often the schedule runs when all is well: rarer than it does, so that more histories fit
into the same time."""
JSON = "application/json"
Job = Callable[[Process], object]


@dataclass(frozen=True)
class Click:
    """A decision that somebody sent, and the status of the answer; None if there was none."""

    request_id: str
    approver: int
    outcome: str
    comment: str
    status: int | None = None


@dataclass
class End:
    """That an execution ended; `at` is what its event says."""

    execution: str
    at: float
    lost: bool
    heard: bool = False


class Log(logging.Handler):
    """Keeps what the functions log, all of it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {vars(record)}")


@dataclass
class Story:
    """A world, what was sent into it, and what its users were told."""

    approvers: int
    quorum: int
    remind_after_seconds: int
    escalate_after_seconds: int
    messages: list[dict[str, Any]] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    """When each message was sent, as its queue knows it."""
    undelivered: set[int] = field(default_factory=set)
    ends: list[End] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    raised: list[BaseException] = field(default_factory=list)
    called_off: set[str] = field(default_factory=set)
    """Requests of which an operator was told that they are cancelled."""
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        self.world = World(
            approvers=(ANN, BOB, CAT)[: self.approvers],
            quorum=self.quorum,
            remind_after_seconds=self.remind_after_seconds,
            escalate_after_seconds=self.escalate_after_seconds,
        )
        self.trouble = Trouble(self.world)
        self.healthy_since = 0.0

    def play(self, history: Iterable[Step]) -> None:
        """All of it; the first request is there from the beginning."""
        self.ask(0, 0, 86_400)
        for name, *about in [("at once", [(("take", 0), (None, False))], 0), *history]:
            getattr(self, name.replace(" ", "_"))(*about)

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Everything that is logged meanwhile is kept, and shown nowhere."""
        logger = logging.getLogger("countersign")
        before = logger.level, logger.propagate
        logger.addHandler(self.log)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            yield
        finally:
            logger.removeHandler(self.log)
            logger.level, logger.propagate = before

    def records(self) -> list[Record]:
        """Of all that was asked, what is on record."""
        store = self.world.store()
        found = [store.load(task_id(message["TaskToken"])) for message in self.messages]
        return [record for record in found if record is not None]

    def link(self, record: Record, approver: int) -> str:
        """The last part of an approver's link."""
        (task,) = (task for task, _ in map(parse, self.messages) if task.id == record.request.id)
        return self.world.link(task, approver)

    def task(self, number: int) -> Task:
        return parse(self._message(number))[0]

    def _message(self, number: int) -> dict[str, Any]:
        return self.messages[number % len(self.messages)]

    # What happens around the functions.

    def ask(self, execution: int, what: int, timeout_seconds: float) -> None:
        """A state waits: branches of a Map can ask the same."""
        request = {"subject": f"Release {what}"}
        self._send(f"run-{execution}", request, timeout_seconds=timeout_seconds)

    def _send(
        self, execution: str, request: Any, again: dict[str, Any] | None = None, **message: Any
    ) -> None:
        world = self.world
        if world.execution_arn(execution) in world.states.ended:
            return
        made = world.wait(request, execution=execution, **message)
        if again:  # A state keeps the time at which it was entered first.
            made["EnteredTime"] = again["EnteredTime"]
        self.messages.append(made)
        self.sent_at.append(world.now())
        self.undelivered.add(len(self.messages) - 1)

    def _ask_again(self, message: dict[str, Any], retry_count: int) -> None:
        self._send(
            message["ExecutionArn"].rpartition(":")[2],
            message["Request"],
            again=message,
            timeout_seconds=message["TimeoutSeconds"],
            retry_count=retry_count,
        )

    def retry(self, number: int) -> None:
        """A task fails without an answer (its message was not sent, or it timed out), and is tried again."""
        message = self._message(number)
        if self.world.states.answers(message["TaskToken"]) or self._is_over(message):
            return
        self.world.states.forget(message["TaskToken"])
        self._ask_again(message, message["RetryCount"] + 1)

    def _is_over(self, message: dict[str, Any]) -> bool:
        return message["ExecutionArn"] in self.world.states.ended

    def cancel(self, number: int) -> None:
        """A branch is cancelled, because another one failed: no event says so."""
        token = self._message(number)["TaskToken"]
        if self.world.states.is_waiting(token):
            self.world.states.forget(token)

    def stop(self, execution: int, lost: bool) -> None:
        """An execution ends, and its event comes some time, or never."""
        arn = self.world.execution_arn(f"run-{execution}")
        if arn not in self.world.states.ended:
            self.world.states.end(arn)
            self.ends.append(End(arn, self.world.now(), lost))

    def redrive(self, execution: int, number: int) -> None:
        """An execution that has ended goes on, and asks again what it waited for."""
        self.stop(execution, lost=False)
        arn = self.world.execution_arn(f"run-{execution}")
        mine = [each for each in self.messages if each["ExecutionArn"] == arn]
        if mine:
            self.world.advance(1)
            self.world.states.redrive(arn)
            self._ask_again(mine[number % len(mine)], 0)

    def jump(self, seconds: float) -> None:
        """Time passes, and no function runs. What lasts for so long is over then."""
        if seconds > HOUR:
            self.trouble.calm()
        self.world.advance(seconds)

    def run(self, minutes: int) -> None:
        """The schedule runs."""
        for _ in range(minutes):
            self.world.advance(MINUTE)
            self.at_once([(("sweep",), (None, False))], 0)

    def forget_nudges(self) -> None:
        self.world.nudged.clear()

    # What goes wrong.

    def fault(self, service: str, fault: str) -> None:
        """The next call to a service goes wrong."""
        self.trouble.inject(service, Fault(fault))

    def outage(self, service: str, fault: str) -> None:
        """Every call does, until all is calm."""
        self.trouble.outage(service, Fault(fault))

    def refuse(self, approver: int) -> None:
        self.world.sns.refuses.add((ANN, BOB, CAT, ANN)[approver])

    def lag(self) -> None:
        """The table's index and the histories of executions show nothing new for a while."""
        self.trouble.lag()

    def calm(self) -> None:
        self.trouble.calm()

    # What the functions do.

    def at_once(self, work: list[tuple[Step, tuple[int | None, bool]]], order: int) -> None:
        """Functions run at the same time; `order` says whose turn it is."""
        jobs = [getattr(self, f"_{name}")(*about) for (name, *about), _ in work]
        for end in interleave(jobs, [death for _, death in work], order, self.trouble.way):
            if end is None or isinstance(end, Crash):
                continue
            if isinstance(end, AssertionError) or not isinstance(end, Exception):
                raise end
            self.raised.append(end)  # Lambda counts an error, and the message or the event comes again.

    def _take(self, number: int) -> Job:
        index = number % len(self.messages)

        def job(process: Process) -> None:
            self.world.take(self.messages[index], process, self.sent_at[index])
            self.undelivered.discard(index)

        return job

    def _decide(self, number: int, approver: int, approve: bool, as_json: bool) -> Job:
        people = self.approvers + (self.escalate_after_seconds > 0)
        task, approver = self.task(number), approver % people
        outcome = "approved" if approve else "rejected"
        comment = f"because I {outcome} it" + (" by a program" if as_json else "")

        def job(process: Process) -> None:
            click = Click(task.id, approver, outcome, comment)
            self.clicks.append(click)
            place = len(self.clicks) - 1
            form = urlencode({"outcome": outcome, "comment": comment})
            headers = {"content_type": FORM} | ({"accept": JSON} if as_json else {})
            answer = self.world.call(self.world.link(task, approver), "POST", form, process, **headers)
            self.clicks[place] = replace(click, status=answer["statusCode"])

        return job

    def _look(self, number: int) -> Job:
        task = self.task(number)

        def job(process: Process) -> None:
            answer = self.world.call(self.world.link(task), process=process, accept=JSON)
            if '"state": "delivered"' in answer["body"]:
                assert self.world.states.answers(task.token), "the page said done before it was"

        return job

    def _sweep(self) -> Job:
        return lambda process: self.world.follow_up(process).sweep()

    def _nudge(self, again: bool) -> Job:
        """What the page asked the follow-up for last happens. Lambda may call it once more for the same, even
        at the same time, and then something may be sent twice."""
        nudged = self.world.nudged

        def job(process: Process) -> None:
            if nudged and again:
                self.trouble.excuse(process)
                self.world.follow_up(process).look_after(nudged[-1])
            elif nudged:
                self.world.follow_up(process).look_after(nudged.pop())

        return job

    def _remind(self, number: int) -> Job:
        task = self.task(number)
        return lambda process: self.world.remind(task.id, process)

    def _call_off(self, number: int) -> Job:
        """An operator cancels a request."""
        task = self.task(number)

        def job(process: Process) -> None:
            if self.world.cancel(task.id, "called off", process).done:
                self.called_off.add(task.id)

        return job

    def _wish(self, number: int, wanted: int, approver: int) -> Job:
        """An approver has the link to one request mailed again, with that to another."""
        people = self.approvers + (self.escalate_after_seconds > 0)
        link, body = (
            self.world.link(self.task(number), approver % people),
            f"requestId={self.task(wanted).id}",
        )

        def job(process: Process) -> None:
            self.world.call(f"{link}?mine", "POST", body, process, content_type=FORM)

        return job

    def _hear(self, execution: int) -> Job:
        """The event of an execution's last end comes, perhaps again, perhaps after it was redriven."""
        arn = self.world.execution_arn(f"run-{execution}")
        ends = [end for end in self.ends if end.execution == arn and not end.lost]

        def job(process: Process) -> None:
            for end in ends[-1:]:
                if self.world.follow_up(process).execution_ended(arn, end.at) == 0:
                    end.heard = True

        return job

    # In the end.

    def settle(self) -> None:
        """The services recover, what is on its way arrives, and the schedule goes on for an hour."""
        world = self.world
        self.trouble.calm()
        for index in sorted(self.undelivered):
            self._take(index)(self._process())
        for end in self.ends:
            if not (end.lost or end.heard):
                assert world.follow_up(self._process()).execution_ended(end.execution, end.at) == 0
        self.healthy_since = world.now()
        while world.now() <= self.healthy_since + HOUR:
            self._run_well()

    def finish(self) -> None:
        """All deadlines pass, and the schedule goes on until nothing is left to do."""
        last = max((record.request.deadline for record in self.records()), default=0)
        self.world.advance(max(0, last - self.world.now()))
        for _ in range(30):
            if all(each.request.is_closed and not each.request.outbox for each in self.records()):
                break
            self._run_well()
        assert not any(DUE in item for item in self.world.dynamodb.items.values()), "something is always due"

    def _process(self) -> Process:
        return Process(way=self.trouble.way)

    def _run_well(self) -> None:
        self.world.advance(PATIENCE)
        assert self.world.follow_up(self._process()).sweep() == 0, "all is well, and something fails"
