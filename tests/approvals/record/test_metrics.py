"""What approvals count: each step of a request's life once, however often it is taken, and of nobody."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from approvals.answering.nudge import Nudge
from approvals.request.model import Status
from botocore.exceptions import ConnectionClosedError
from countersign_runtime.message import Task
from countersign_runtime.metrics import Counts

from countersign_contract import metrics
from tests.approvals.processes import Process
from tests.approvals.world import ANN, BOB, World
from tests.support.emf import counted, written
from tests.support.step_functions import Fault


class Counting(World):
    """A world whose store counts."""

    def __init__(self, log: pytest.LogCaptureFixture, **settings: Any) -> None:
        super().__init__(**settings)
        self.counts = Counts(metrics.OF_TABLE, "requests", self.now)
        self._log = log
        log.set_level(logging.INFO)

    def new(self) -> list[dict[str, float]]:
        """What was counted since it was last asked."""
        found = counted(self._log.records, metrics.OF_TABLE, "requests")
        self._log.clear()
        return found

    def asked(self, **more: Any) -> Task:
        """A request that was asked, and counted."""
        task = self.take(self.wait(**more))
        assert self.new() == [{"Requested": 1}]
        return task


@pytest.fixture
def world(caplog: pytest.LogCaptureFixture) -> Counting:
    return Counting(caplog)


def test_the_same_message_again_is_the_same_request(world: Counting) -> None:
    message = world.wait()
    for _ in range(3):
        world.take(message)
    assert world.new() == [{"Requested": 1}]


@pytest.mark.parametrize("outcome", ["approved", "rejected"])
def test_a_decision_counts_once_with_the_time_it_took(world: Counting, outcome: str) -> None:
    task = world.asked()
    world.advance(90)
    for _ in range(2):  # A double click.
        world.post(world.link(task), outcome=outcome, comment="as discussed")
    world.nudges()
    world.post(world.link(task, 1), outcome="approved")  # Too late.
    world.follow_up().look_after(Nudge(task.id))
    assert world.new() == [{outcome.capitalize(): 1, "DecidedSeconds": 90}]


def test_an_approval_short_of_the_quorum_decides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = Counting(caplog, quorum=2)
    task = world.asked()
    world.post(world.link(task), outcome="approved")
    assert world.new() == []
    world.advance(30)
    world.post(world.link(task, 1), outcome="approved")
    assert world.new() == [{"Approved": 1, "DecidedSeconds": 30}]


def test_expiry_counts_once_for_whoever_notices_it(world: Counting) -> None:
    task = world.asked(timeout_seconds=60)
    world.advance(61)
    for _ in range(2):
        world.follow_up().look_after(Nudge(task.id))
        world.follow_up().execution_ended(world.execution_arn())
    assert world.new() == [{"Expired": 1}]


def test_an_operator_cancels_it_once(world: Counting) -> None:
    task = world.asked()
    for _ in range(2):
        world.cancel(task.id, "no longer needed")
    world.nudges()
    assert world.new() == [{"Cancelled": 1}]


def test_an_answer_that_comes_too_late_is_undelivered_once(world: Counting) -> None:
    """Step Functions took none for an hour, and has ended the task since."""
    task = world.asked(timeout_seconds=60)
    world.states.inject(*[Fault.THROTTLED] * 20, answers=True)
    world.post(world.link(task), outcome="approved")
    assert world.new() == [{"Approved": 1, "DecidedSeconds": 0}]
    world.states.recover()
    world.advance(3600)
    for _ in range(3):
        world.follow_up().look_after(Nudge(task.id))
        world.advance(3600)
    assert world.new() == [{"Undelivered": 1}]


def test_approvers_who_get_no_mail_are_counted_when_that_is_found(world: Counting) -> None:
    world.sns.unsubscribe(ANN)
    world.sns.unsubscribe(BOB)
    world.take(world.wait())
    assert world.new() == [{"Requested": 1, "Unreachable": 2}]


def test_each_sweep_says_how_many_are_open_by_the_query_that_it_makes_anyway(world: Counting) -> None:
    tasks = [world.asked(execution=f"run-{number}") for number in range(3)]
    world.post(world.link(tasks[0]), outcome="approved")
    world.nudges()
    world.new()
    process = Process()
    assert world.follow_up(process).sweep() == 0
    assert process.calls == 1, "nothing is due"
    assert world.new() == [{"Open": 2}]


def test_whatever_is_open_says_its_age_within_the_hour(world: Counting) -> None:
    world.asked(timeout_seconds=86_400)
    ages = []
    for _ in range(180):
        world.advance(60)
        world.follow_up().sweep()
        ages += [age for line in world.new() if (age := line.get("OpenSeconds"))]
    assert len(ages) in (3, 4)
    assert all(later - age <= 3_600 for age, later in zip([0, *ages], ages, strict=False))


def test_a_write_whose_answer_is_lost_is_not_counted_twice(world: Counting) -> None:
    """Nor once: nobody knows whether it was made, and who finds it made did not make it."""

    def lost(process: Process, method: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        answer = method(**parameters)
        if "TransactItems" in parameters:
            raise ConnectionClosedError(endpoint_url="https://dynamodb.test")
        return answer

    task = world.asked()
    assert world.post(world.link(task), Process(way=lost), outcome="approved")["statusCode"] == 503
    assert world.record(task).request.status is Status.DECIDED
    world.advance(60)
    assert world.follow_up().sweep() == 0
    assert world.record(task).request.status is Status.DELIVERED
    assert world.new() == [{"Open": 0}]


def test_no_line_names_a_request_a_person_or_an_execution(
    world: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    task = world.take(world.wait())
    world.sns.unsubscribe(ANN)
    link = world.link(task)
    world.follow_up().sweep()
    world.post(link, outcome="rejected", comment="no")
    lines = [written(each) for each in caplog.records if hasattr(each, "_aws")]
    assert len(lines) == 3
    secrets = (task.id, task.token, link, "@", "arn:", "Release")
    assert not any(secret in line for line in lines for secret in secrets)


def test_without_counts_nothing_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    world = World()
    world.take(world.wait())
    world.follow_up().sweep()
    assert not any(hasattr(each, "_aws") for each in caplog.records)
