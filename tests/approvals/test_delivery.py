"""Answers that do not arrive, or whose reply does not: the right final record in each case."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from unittest.mock import Mock

import pytest
from approvals.answering import delivery
from approvals.asking.follow_up import StillUndelivered
from approvals.request import life
from approvals.request.due import due
from approvals.request.model import Decision, Outcome, Status
from countersign_runtime.message import Task

from tests.support.step_functions import Fault, client_error

from .processes import Crash, Process
from .world import World, asked

TRANSIENT = (
    Fault.THROTTLED,
    Fault.SERVER_ERROR,
    Fault.LOST_REQUEST,
    Fault.ACCESS_DENIED,
    Fault.KMS_ACCESS_DENIED,
    Fault.KMS_INVALID_STATE,
    Fault.KMS_THROTTLING,
)


def follow_up_later(world: World, seconds: float = life.PAGE_GRACE_SECONDS + 1) -> None:
    world.advance(seconds)
    assert world.follow_up().sweep() == 0


@pytest.mark.parametrize("fault", TRANSIENT)
def test_an_answer_that_did_not_arrive_is_delivered_by_the_follow_up(fault: Fault) -> None:
    world, task = asked()
    world.states.inject(fault, answers=True)
    answer = world.post(world.link(task), outcome="approved")
    assert answer["statusCode"] == 303
    assert world.record(task).request.status is Status.DECIDED
    page = world.call(world.link(task))["body"]
    assert "Recorded, and on its way" in page
    assert "has gone on" not in page
    follow_up_later(world)
    assert world.record(task).request.status is Status.DELIVERED
    assert len(world.states.answers(task.token)) == 1


def test_while_the_history_lags_nothing_is_said_and_then_the_truth() -> None:
    world, task = asked()
    world.states.inject(Fault.LOST_REPLY, answers=True)
    world.states.lags = True
    world.post(world.link(task), outcome="rejected", comment="no")
    assert world.record(task).request.status is Status.DECIDED, "nobody knows yet"
    follow_up_later(world)
    calls = [name for name, _ in world.states.calls if name != "SendTaskHeartbeat"]
    assert calls == ["SendTaskFailure"] * 2
    assert "on its way" in world.call(world.link(task))["body"]
    world.states.lags = False
    follow_up_later(world, 31)
    assert world.record(task).request.status is Status.DELIVERED


def test_the_end_of_an_execution_before_it_was_redriven_says_nothing_of_an_answer_after_it() -> None:
    world = World()
    world.states.end(world.execution_arn(), "ExecutionFailed")
    world.states.redrive(world.execution_arn())
    task = world.take(world.wait())
    world.states.inject(Fault.LOST_REPLY, answers=True)
    world.states.lags = True
    world.post(world.link(task), outcome="approved")
    follow_up_later(world)
    assert world.record(task).request.status is Status.DECIDED, "nobody knows yet"
    world.states.lags = False
    follow_up_later(world, 31)
    assert world.record(task).request.status is Status.DELIVERED


def test_nobody_decides_on_what_nobody_waits_for() -> None:
    """A branch that was cancelled, of which no event tells."""
    world, task = asked()
    world.states.forget(task.token)
    answer = world.post(world.link(task), outcome="approved")
    assert answer["statusCode"] == 410
    assert "No longer needed" in answer["body"]
    world.nudges()
    assert world.record(task).decisions == {}
    assert world.types() == ["Requested", "Cancelled"]


def test_a_task_that_ended_before_is_too_late_as_soon_as_the_history_can_tell() -> None:
    """It ended while Step Functions did not say whether it waits."""
    world, task = asked()
    world.states.end(task.execution_arn)
    world.states.inject(Fault.THROTTLED, token=task.token)
    world.post(world.link(task), outcome="approved")
    world.nudges()
    assert world.record(task).request.status is Status.TOO_LATE
    assert world.types() == ["Requested", "Decided", "Expired"]
    assert "Decided too late" in world.call(world.link(task))["body"]


def test_a_task_that_timed_out_in_a_running_execution_is_too_late_once_the_history_is_sure() -> None:
    """Nobody is called while it is waited for."""
    world, task = asked()
    world.advance(3599)
    world.states.inject(Fault.THROTTLED, answers=True)
    world.post(world.link(task), outcome="approved")
    follow_up_later(world)
    assert world.record(task).request.status is Status.DECIDED
    for _ in range(4):
        follow_up_later(world, life.UNSURE_SECONDS)
    record = world.record(task)
    assert (record.request.status, record.request.outcome) == (Status.TOO_LATE, Outcome.APPROVED)
    assert not world.states.accepted


def test_a_page_that_dies_after_recording_leaves_the_delivery_to_the_follow_up() -> None:
    seen, (probe, first) = Process(), asked()
    probe.post(probe.link(first), seen, outcome="approved")
    for dies_at, after in product(range(seen.calls), (False, True)):
        world, task = asked()
        with pytest.raises(Crash):
            world.post(world.link(task), Process(dies_at, after=after), outcome="approved")
        follow_up_later(world)
        request = world.record(task).request
        assert bool(request.votes) == bool(world.states.answers(task.token))
        assert request.status is (Status.DELIVERED if request.votes else Status.OPEN)


def test_an_execution_that_ends_with_our_answer_is_delivered_and_without_it_too_late() -> None:
    for fault, status in ((Fault.LOST_REPLY, Status.DELIVERED), (Fault.THROTTLED, Status.TOO_LATE)):
        world, task = asked()
        world.states.inject(fault, answers=True)
        world.post(world.link(task), outcome="approved")
        world.states.end(task.execution_arn, "ExecutionSucceeded")
        world.follow_up().execution_ended(task.execution_arn)
        assert world.record(task).request.status is status


def refused(world: World, operation: str, code: str) -> None:
    """Step Functions refuses these calls."""
    refusal = Mock(side_effect=client_error(operation, code))
    setattr(world.states, operation, refusal)


def test_without_leave_to_read_the_history_it_stays_open_what_became_of_it_and_in_the_end_unconfirmed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, task = asked()
    world.states.inject(Fault.LOST_REPLY, answers=True)
    world.post(world.link(task), outcome="approved")
    refused(world, "get_execution_history", "AccessDeniedException")
    failed = []
    for _ in range(5):
        world.advance(1000)
        failed.append(world.follow_up().sweep())
    assert failed == [0, 1, 1, 1, 1], "somebody is called"
    assert world.record(task).request.status is Status.DECIDED
    assert "cannot read the execution history" in caplog.text
    assert "AccessDeniedException" in caplog.text
    world.advance(life.GIVE_UP_SECONDS)
    caplog.clear()
    assert world.follow_up().sweep() == 1
    assert_unconfirmed(world, task, caplog)


def test_a_history_that_is_gone_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    world, task = asked()
    world.states.inject(Fault.LOST_REPLY, answers=True)
    world.post(world.link(task), outcome="approved")
    refused(world, "get_execution_history", "ExecutionDoesNotExist")
    with pytest.raises(StillUndelivered):
        world.nudges()
    assert_unconfirmed(world, task, caplog)


def assert_unconfirmed(world: World, task: Task, caplog: pytest.LogCaptureFixture) -> None:
    request = world.record(task).request
    assert (request.status, request.outcome) == (Status.UNCONFIRMED, Outcome.APPROVED)
    assert (request.token, due(request)) == ("", None)
    (error,) = [
        each for each in caplog.records if each.message == f"the answer of request {task.id}: unconfirmed"
    ]
    assert error.levelname == "ERROR"
    assert [(each, vars(each)["rings"]) for each in caplog.records if "rings" in vars(each)] == [
        (error, "unconfirmed")
    ], "and nothing else rings"
    assert world.dynamodb.of(task.id, "A#")[-1]["what"]["S"] == "unconfirmed"
    assert world.types() == ["Requested", "Decided", "Unconfirmed"]
    assert world.events.events[-1]["detail"]["status"] == "unconfirmed"
    assert len(world.mails("Not confirmed")) == 3
    assert not world.mails("Approved")
    page = world.call(world.link(task))
    assert page["statusCode"] == 200
    assert "Recorded, but not confirmed" in page["body"]
    assert "has gone on" not in page["body"]
    assert "확인되지 않았습니다" in world.call(world.link(task), accept_language="ko")["body"]
    assert world.post(world.link(task, 1), outcome="approved")["statusCode"] == 409


def test_a_token_that_is_none_is_too_late_at_once_if_it_was_decided_on() -> None:
    world = World()
    message = world.wait()
    message["TaskToken"] = "no token of theirs" * 10
    task = world.take(message)
    world.states.inject(Fault.THROTTLED, token=task.token)
    world.post(world.link(task), outcome="approved")
    world.nudges()
    assert world.record(task).request.status is Status.TOO_LATE


def test_delivery_is_tried_more_and_more_rarely_and_not_for_ever_and_somebody_is_called() -> None:
    world, task = asked()
    world.states.inject(*[Fault.ACCESS_DENIED] * 10_000, answers=True)
    world.post(world.link(task), outcome="approved")
    failed = []
    for _ in range(400):
        world.advance(300)
        failed.append(world.follow_up().sweep())
        if world.record(task).request.status is not Status.DECIDED:
            break
    assert world.record(task).request.status is Status.TOO_LATE
    assert len(world.states.calls) < 130
    assert failed[:4] == [0, 1, 1, 1]
    assert sum(failed) > 90


@pytest.mark.parametrize("back_seconds_before", [60, 300, 840, 1800])
@pytest.mark.parametrize("decided_after", [0, 240, 1500])
def test_an_outage_that_ends_before_the_deadline_does_not_make_an_answer_late(
    decided_after: float, back_seconds_before: float
) -> None:
    world, task = asked()
    deadline = world.now() + 3600
    world.advance(decided_after)
    world.states.inject(*[Fault.SERVER_ERROR] * 1_000, answers=True)
    world.post(world.link(task), outcome="approved")
    world.nudges()
    while world.now() < deadline:
        world.advance(15)
        if world.now() >= deadline - back_seconds_before:
            world.states.recover()
        world.follow_up().sweep()
    assert world.record(task).request.status is Status.DELIVERED


@pytest.mark.parametrize("outcome", ["approved", "rejected"])
def test_a_token_that_somebody_types_is_not_in_the_answer(outcome: str) -> None:
    world, task = asked()
    world.post(world.link(task), outcome=outcome, comment=f"see {task.token}")
    (accepted,) = world.states.accepted
    assert accepted.error == ("" if outcome == "approved" else "ApprovalRejected")
    said = accepted.output or json.loads(accepted.cause)
    assert said["decisions"][0]["comment"] == "see [task token]"
    world.nudges()
    assert world.record(task).request.status is Status.DELIVERED


def test_an_approval_that_is_refused_as_a_result_fails_its_task_and_is_not_called_approved(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, task = asked()
    refused(world, "send_task_success", "InvalidOutput")
    world.states.inject(Fault.THROTTLED, answers=True)
    world.post(world.link(task), outcome="approved")
    assert world.record(task).request.status is Status.DECIDED, "the task waits on"
    with pytest.raises(StillUndelivered):
        world.nudges()
    (accepted,) = world.states.accepted
    assert (accepted.operation, accepted.error) == ("SendTaskFailure", "CallbackQueue.InvalidOutput")
    assert_unconfirmed(world, task, caplog)


OURS = json.dumps({"requestId": "a" * 32})
QUOTING = json.dumps({"requestId": "other", "decisions": [{"comment": "a" * 32}]})


@pytest.mark.parametrize(
    ("kind", "details", "content", "ours"),
    [
        ("TaskSucceeded", "taskSucceededEventDetails", {"output": OURS}, True),
        ("TaskFailed", "taskFailedEventDetails", {"error": "ApprovalRejected", "cause": OURS}, True),
        ("TaskFailed", "taskFailedEventDetails", {"error": "States.Timeout"}, False),
        ("TaskSucceeded", "taskSucceededEventDetails", {"output": QUOTING}, False),
        ("TaskSucceeded", "taskSucceededEventDetails", {"output": "a" * 32}, False),
        ("TaskStateExited", "stateExitedEventDetails", {"output": OURS}, False),
        ("TaskTimedOut", "taskTimedOutEventDetails", {"cause": OURS}, False),
    ],
)
def test_only_the_answer_itself_counts_as_the_answer_in_a_history(
    kind: str, details: str, content: dict[str, str], ours: bool
) -> None:
    assert delivery.carries({"type": kind, details: content}, "a" * 32) is ours


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_answer_always_fits_whatever_fifty_approvers_write(outcome: Outcome) -> None:
    people = tuple(f"approver{number}@example.test" for number in range(50))
    world, task = asked(approvers=people, quorum=50)
    asked_for = world.record(task)
    wordy = {
        number: Decision(
            number, Outcome.APPROVED, number, "\U0001f600" * 2000, {"text": "\U0001f600" * 16_000}
        )
        for number in range(49)
    }
    decisions = {**wordy, 49: Decision(49, outcome, 49, "last", {"text": "kept whole"})}
    votes = {number: decision.outcome for number, decision in decisions.items()}
    request = replace(asked_for.request, votes=votes, outcome=outcome, status=Status.DECIDED)
    world.delivery().deliver(replace(asked_for, request=request, decisions=decisions))
    (accepted,) = world.states.accepted
    if outcome is Outcome.APPROVED:
        assert accepted.output["fields"] == {"text": "kept whole"}
        said = accepted.output
    else:
        assert accepted.error == "ApprovalRejected"
        said = json.loads(accepted.cause)
    assert [each["approver"] for each in said["decisions"]] == list(people)
    assert said["decisions"][49]["comment"] == "last"


def test_the_page_reads_no_more_of_a_long_history_than_it_has_time_for() -> None:
    world, task = asked()
    moment = datetime.fromtimestamp(world.now(), UTC)
    page = {"events": [{"type": "TaskStateEntered", "timestamp": moment}], "nextToken": "more"}
    client = Mock()
    client.send_task_success.side_effect = client_error("SendTaskSuccess", "TaskTimedOut")
    client.get_execution_history.return_value = page
    decided = replace(world.record(task).request, status=Status.DECIDED, outcome=Outcome.APPROVED)
    record = replace(world.record(task), request=decided)
    change = delivery.Delivery(client, world.now, most_pages=1).deliver(record)(decided)
    assert change is not None
    assert (change.request.status, change.request.unsure_since) == (Status.DECIDED, world.now())
    assert client.get_execution_history.call_count == 1
