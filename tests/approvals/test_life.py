"""The life of requests under everything that can happen to them, in any order, with functions dying anywhere.

Proved for every run: at most one answer per token; the record says what Step Functions accepted; a decision
whose sender was told that it is recorded is on record; a page that says "delivered" is right; and in the end
nothing is left to do. The runs interleave functions call by call, and let them die before or after any call.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from approvals.request import life
from approvals.request.model import Outcome, Status
from countersign_runtime.message import Task, parse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.step_functions import Fault

from .processes import Crash, Process, interleave
from .world import World

ENDS = (Status.DELIVERED, Status.TOO_LATE, Status.EXPIRED, Status.SUPERSEDED, Status.CANCELLED)
"""Not `unconfirmed`: every history can be read in the end."""
FAULTS = (Fault.THROTTLED, Fault.SERVER_ERROR, Fault.ACCESS_DENIED, Fault.LOST_REPLY, Fault.LOST_REQUEST)

EXAMPLES = 100 if settings().derandomize else 1_000
"""Three times as many, repeated, found no more of the faults that were put in to try it."""

Job = Callable[[Process], object]


@dataclass
class Life:
    """A world, what was sent into it, and what its users were told."""

    world: World
    messages: list[dict[str, Any]] = field(default_factory=list)
    unacknowledged: set[int] = field(default_factory=set)
    told: list[tuple[str, int, str]] = field(default_factory=list)
    """Request, approver and outcome of every decision whose sender heard that it is recorded."""

    def task(self, number: int) -> Task:
        return parse(self.messages[number % len(self.messages)])[0]

    # What happens outside.

    def wait(self, execution: int, again: bool) -> None:
        if f"run-{execution}" in {arn.rpartition(":")[2] for arn in self.world.states.ended}:
            return
        self.messages.append(
            self.world.wait(execution=f"run-{execution}", timeout_seconds=3600, retry_count=int(again))
        )
        self.unacknowledged.add(len(self.messages) - 1)

    def retry(self, number: int) -> None:
        """A task fails without an answer (its message was not sent, or the reply to it was lost), and is
        tried again."""
        message = self.messages[number % len(self.messages)]
        token, states = message["TaskToken"], self.world.states
        if states.answers(token) or message["ExecutionArn"] in states.ended:
            return
        states.forget(token)
        again = self.world.wait(
            execution=message["ExecutionArn"].rpartition(":")[2], retry_count=message["RetryCount"] + 1
        )
        self.messages.append(again)
        self.unacknowledged.add(len(self.messages) - 1)

    # What the functions do.

    def take(self, number: int) -> Job:
        index = number % len(self.messages)

        def job(process: Process) -> None:
            self.world.take(self.messages[index], process)
            self.unacknowledged.discard(index)

        return job

    def decide(self, number: int, approver: int, approve: bool) -> Job:
        task = self.task(number)
        outcome = "approved" if approve else "rejected"

        def job(process: Process) -> None:
            link = self.world.link(task, approver)
            answer = self.world.post(link, process, outcome=outcome, comment="because")
            if answer["statusCode"] == 303:
                self.told.append((task.id, approver, outcome))

        return job

    def look(self, number: int) -> Job:
        task = self.task(number)

        def job(process: Process) -> None:
            answer = self.world.call(self.world.link(task), process=process, accept="application/json")
            if '"state": "delivered"' in answer["body"]:
                assert self.world.states.answers(task.token), "the page said done before it was"

        return job

    def sweep(self, process: Process) -> None:
        self.world.follow_up(process).sweep()

    def nudge(self, process: Process) -> None:
        if self.world.nudged:
            self.world.follow_up(process).look_after(self.world.nudged.pop())

    def hear(self, execution: int) -> Job:
        arn = self.world.execution_arn(f"run-{execution}")

        def job(process: Process) -> None:
            if arn in self.world.states.ended:
                self.world.follow_up(process).execution_ended(arn)

        return job

    # In the end.

    def settle(self) -> None:
        """The services recover, queues deliver again, the schedule goes on, all deadlines pass."""
        world = self.world
        world.states.lags = False
        world.states.recover()
        for index in sorted(self.unacknowledged):
            self.take(index)(Process())
        for execution in range(2):
            self.hear(execution)(Process())
        for _ in range(200):
            if not any("due_at" in item for item in world.dynamodb.items.values()):
                return
            world.advance(601)
            assert world.follow_up().sweep() == 0
        raise AssertionError("there is always something left to do")

    def check(self) -> None:
        for message in self.messages:
            task = parse(message)[0]
            answers = self.world.states.answers(task.token)
            if self.world.store().load(task.id) is None:
                assert not self.world.states.is_waiting(task.token), "nobody was asked, and somebody waits"
                assert answers == []
                continue
            record = self.world.record(task)
            request = record.request
            assert request.status in ENDS
            assert len(answers) <= 1
            assert (request.status is Status.DELIVERED) == bool(answers), "the record is what was accepted"
            if request.status is Status.SUPERSEDED:
                waited = self.world.states._tasks[task.token]
                assert waited.state == "gone" or (request.closed_at or 0) >= (waited.deadline or 0), (
                    "somebody still waited"
                )
            if answers:
                approved = answers[0].operation == "SendTaskSuccess"
                assert request.outcome is (Outcome.APPROVED if approved else Outcome.REJECTED)
                said = answers[0].output if approved else json.loads(answers[0].cause)
                deciders = {request.people[number] for number in request.votes}
                assert {each["approver"] for each in said["decisions"]} == deciders, "the answer says it all"
            decided = request.outcome is not None
            assert decided == (request.status in (Status.DELIVERED, Status.TOO_LATE))
            assert decided == (
                Outcome.REJECTED in request.votes.values() or request.approvals >= request.quorum
            )
            assert set(record.decisions) == set(request.votes)
            assert request.outbox == frozenset()
            assert life.due(request) is None
            assert request.token == ""
            whats = [item["what"]["S"] for item in self.world.dynamodb.of(request.id, "A#")]
            assert whats.count("decided") == len(request.votes)
            assert whats[0] == "requested"
            assert whats[-1] == request.status.value
        for request_id, approver, outcome in self.told:
            found = self.world.store().load(request_id)
            assert found is not None
            assert found.decisions[approver].outcome.value == outcome, "a decision was lost"


def jobs() -> st.SearchStrategy[tuple[Any, ...]]:
    number = st.sampled_from([0, 0, 0, 1, 2])
    decide = st.tuples(st.just("decide"), number, st.integers(0, 2), st.booleans())
    return st.one_of(
        st.tuples(st.just("take"), number),
        decide,
        decide,
        decide,
        st.tuples(st.just("look"), number),
        st.tuples(st.just("sweep")),
        st.tuples(st.just("nudge")),
        st.tuples(st.just("hear"), st.integers(0, 1)),
    )


def deaths() -> st.SearchStrategy[tuple[int | None, bool]]:
    return st.tuples(st.one_of(st.none(), st.none(), st.integers(0, 9)), st.booleans())


def happenings() -> st.SearchStrategy[tuple[Any, ...]]:
    return st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 1), st.booleans()),
        st.tuples(st.just("advance"), st.sampled_from([1, 25, 25, 61, 600, 3500, 100_000])),
        st.tuples(st.just("end"), st.integers(0, 1)),
        st.tuples(st.just("retry"), st.integers(0, 2)),
    )


def runs() -> st.SearchStrategy[list[Any]]:
    at_once = st.tuples(
        st.just("jobs"),
        st.lists(st.tuples(jobs(), deaths()), min_size=1, max_size=4),
        st.integers(0, 2**32),
        st.one_of(st.just([]), st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2)),
        st.booleans(),
    )
    return st.lists(st.one_of(at_once, at_once, happenings()), min_size=1, max_size=12)


DIED_WITH_THE_ANSWER_SENT: tuple[Any, ...] = ("jobs", [(("decide", 0, 0, False), (4, False))], 0, [], False)
A_DAY_LATER_AND_THE_HISTORY_LAGS: list[Any] = [
    ("advance", 100_000),
    ("jobs", [(("sweep",), (None, False))], 0, [], True),
]


@example(quorum=1, run=[DIED_WITH_THE_ANSWER_SENT, *A_DAY_LATER_AND_THE_HISTORY_LAGS])
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(quorum=st.integers(1, 2), run=runs())
def test_whatever_happens_ends_with_one_answer_and_the_record_equal_to_it(
    quorum: int, run: list[Any]
) -> None:
    story = Life(World(quorum=quorum, remind_after_seconds=900, escalate_after_seconds=1800))
    story.wait(0, again=False)
    story.take(0)(Process())
    for kind, *rest in run:
        if kind == "jobs":
            asked, order, faults, lags = rest
            story.world.states.inject(*faults)
            story.world.states.lags = lags
            work = [
                getattr(story, name) if name in ("sweep", "nudge") else getattr(story, name)(*arguments)
                for (name, *arguments), _ in asked
            ]
            for end in interleave(work, [death for _, death in asked], order):
                if end is not None and not isinstance(end, Crash):
                    # A fault is what the runtime sees: the message comes back.
                    assert not isinstance(end, AssertionError), end
        elif kind == "advance":
            story.world.advance(rest[0])
        elif kind == "end":
            story.world.states.end(story.world.execution_arn(f"run-{rest[0]}"))
        elif kind == "retry":
            story.retry(rest[0])
        else:
            story.wait(*rest)
    story.settle()
    story.check()
