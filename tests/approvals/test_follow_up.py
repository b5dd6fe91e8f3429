"""What time and the end of executions bring: reminders, escalation, expiry, cancellation."""

from itertools import pairwise
from typing import Any

import pytest
from approvals.request import life
from approvals.request.due import due
from approvals.request.model import Status

from countersign_contract.approvals.table import DUE
from tests.support.step_functions import Fault

from .processes import interleave
from .world import ANN, BOB, CAT, EVE, World, asked


def later(world: World, seconds: float) -> None:
    world.advance(seconds)
    assert world.follow_up().sweep() == 0


def test_reminders_go_to_those_who_have_not_decided_until_it_is_closed() -> None:
    world = World(quorum=2, remind_after_seconds=600)
    task = world.take(world.wait(timeout_seconds=7200))
    later(world, 599)
    assert not world.mails("Reminder")
    world.post(world.link(task, 1), outcome="approved")
    world.nudges()
    later(world, 2)
    assert [mail["to"] for mail in world.mails("Reminder")] == [ANN, CAT]
    assert world.link(task, 0) in world.mails("Reminder")[0]["body"], "the same link again"
    assert "Approvals: 1 of 2 needed" in world.mails("Reminder")[0]["body"]
    later(world, 60)
    assert len(world.mails("Reminder")) == 2
    later(world, 540)
    assert len(world.mails("Reminder")) == 4
    later(world, 3000)
    assert len(world.mails("Reminder")) == 6, "once, however late"
    world.post(world.link(task, 0), outcome="approved")
    later(world, 2000)
    assert len(world.mails("Reminder")) == 6


def test_escalation_asks_others_who_then_may_decide_and_hear_of_the_outcome() -> None:
    world = World(escalate_after_seconds=900)
    early, task = world.take(world.wait(execution="a")), world.take(world.wait())
    world.post(world.link(early), outcome="rejected", comment="no")
    world.nudges()
    assert sorted(mail["to"] for mail in world.mails("Rejected")) == [ANN, BOB, CAT]
    assert "no" in world.mails("Rejected")[0]["body"]
    later(world, 901)
    assert [mail["to"] for mail in world.sns.mails if mail["to"] == EVE] == [EVE]
    assert len(world.mails("Escalated", EVE)) == 1
    assert world.post(world.link(task, 3), outcome="approved")["statusCode"] == 303
    world.nudges()
    assert sorted(mail["to"] for mail in world.mails("Approved")) == [ANN, BOB, CAT, EVE]


@pytest.mark.parametrize("heard", [False, True])
def test_expiry_closes_tells_everybody_and_removes_the_token(heard: bool) -> None:
    """Also where the execution that timed out with it is heard of first."""
    world, task = asked()
    world.advance(3600)
    if heard:
        world.states.end(task.execution_arn, "ExecutionTimedOut")
        world.follow_up().execution_ended(task.execution_arn)
    else:
        later(world, 1)
    request = world.record(task).request
    assert (request.status, request.token) == (Status.EXPIRED, "")
    assert [mail["to"] for mail in world.mails("Expired")] == [ANN, BOB, CAT]
    assert world.types() == ["Requested", "Expired"]


def test_the_end_of_an_execution_cancels_all_it_asked_and_nothing_else() -> None:
    world = World()
    mine = [world.take(world.wait({"subject": f"part {n}"}, execution="a")) for n in range(3)]
    other = world.take(world.wait(execution="b"))
    world.states.end(world.execution_arn("a"))
    for _ in range(2):
        assert world.follow_up().execution_ended(world.execution_arn("a")) == 0
    assert {world.record(task).request.status for task in mine} == {Status.CANCELLED}
    assert world.record(other).request.status is Status.OPEN
    assert len(world.mails("No longer needed")) == 9
    assert world.types().count("Cancelled") == 3
    assert world.follow_up().execution_ended("arn:of:another:execution") == 0


def test_an_end_that_is_heard_of_after_the_execution_was_redriven_closes_nothing_it_asks_since() -> None:
    world = World()
    before = world.take(world.wait())
    world.advance(10)
    ended_at = world.now()
    world.states.end(world.execution_arn(), "ExecutionFailed")
    world.states.redrive(world.execution_arn())
    world.advance(10)
    since = world.take(world.wait())
    for _ in range(2):
        assert world.follow_up().execution_ended(world.execution_arn(), ended_at) == 0
    assert world.record(before).request.status is Status.CANCELLED
    assert world.record(since).request.status is Status.OPEN
    world.post(world.link(since), outcome="approved")
    world.nudges()
    assert world.record(since).request.status is Status.DELIVERED


def test_what_is_asked_a_moment_after_the_execution_ended_is_closed_with_it() -> None:
    world = World()
    message = world.wait()
    world.states.end(world.execution_arn())
    ended_at = world.now()
    world.advance(1)
    task = world.take(message)
    assert world.follow_up().execution_ended(world.execution_arn(), ended_at) == 0
    assert world.record(task).request.status is Status.CANCELLED


def test_a_request_that_fails_does_not_keep_the_others_from_being_looked_after() -> None:
    world = World(remind_after_seconds=600)
    broken, fine = world.take(world.wait(execution="a")), world.take(world.wait(execution="b"))
    world.dynamodb.items[(f"R#{broken.id}", "REQUEST")]["seal"] = {"S": f"1.{'0' * 16}.{'0' * 64}"}
    world.advance(601)
    assert world.follow_up().sweep() == 1
    assert len(world.mails("Reminder")) == 3
    assert world.record(fine).request.outbox == frozenset()


def broken_topic(world: World) -> list[float]:
    """SNS refuses for good; the times of the calls."""
    calls: list[float] = []

    def refuse(**_: object) -> None:
        calls.append(world.now())
        raise RuntimeError

    world.sns.publish_batch = refuse  # type: ignore[assignment, method-assign]
    return calls


def test_mails_of_a_closed_request_that_cannot_be_sent_are_given_up_after_a_day(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, task = asked()
    calls = broken_topic(world)
    world.post(world.link(task), outcome="approved")
    failed = []
    for _ in range(2 * 1440):
        world.advance(60)
        failed.append(world.follow_up().sweep())
    assert all(failed[:3]), "somebody is called"
    assert not any(failed[1460:]), "and not for ever"
    assert len(calls) < 3 * 130
    assert max(later - earlier for earlier, later in pairwise(sorted(set(calls)))) <= 960
    request = world.record(task).request
    assert (request.outbox, request.unsent, due(request)) == (frozenset(), {}, None)
    (rang,) = [record for record in caplog.records if vars(record).get("rings") == "unsent"]
    assert rang.message == "never sent: mail:outcome:0, mail:outcome:1, mail:outcome:2"
    assert world.dynamodb.of(task.id, "A#")[-1]["what"]["S"] == "unsent"
    assert world.types() == ["Requested", "Decided", "Delivered"]


def test_who_is_asked_is_asked_as_soon_as_mails_can_be_sent_again_while_there_is_time() -> None:
    world = World()
    publish = world.sns.publish_batch
    broken_topic(world)
    task = world.take(world.wait(timeout_seconds=30 * 86_400))
    for _ in range(3 * 24):
        world.advance(3600)
        assert world.follow_up().sweep() == 1
    world.sns.publish_batch = publish  # type: ignore[method-assign]
    later(world, life.LONGEST_PAUSE_SECONDS)
    assert len(world.mails("Approval needed")) == 3
    assert world.record(task).request.unsent == {}


def test_closed_requests_leave_the_index_and_everything_expires_with_the_retention() -> None:
    world, task = asked()
    world.post(world.link(task), outcome="approved")
    world.nudges()
    items = world.dynamodb.items.values()
    assert not any(DUE in item for item in items)
    assert {item["expires_at"]["N"] for item in items} == {str(1_800_000_000 + 3600 + 30 * 86_400)}


def test_events_say_what_happened_without_comment_token_or_link() -> None:
    world, task = asked({"subject": "Release", "requester": "dan"}, quorum=2)
    world.post(world.link(task, 0), outcome="approved", comment="secret remark")
    world.nudges()
    world.post(world.link(task, 1), outcome="approved")
    world.nudges()
    assert world.types() == ["Requested", "Decided", "Decided", "Delivered"]
    detail = world.events.events[1]["detail"]
    assert detail == {
        "requestId": task.id,
        "executionArn": task.execution_arn,
        "stateMachineArn": task.state_machine_arn,
        "stateName": "Ask",
        "subject": "Release",
        "requester": "dan",
        "status": "open",
        "outcome": None,
        "approvals": 1,
        "quorum": 2,
        "deadline": "2027-01-15T09:00:00Z",
        "decision": {"approver": ANN, "outcome": "approved", "at": "2027-01-15T08:00:00Z"},
    }
    text = str(world.events.events)
    assert "secret remark" not in text
    assert task.token not in text
    assert not any(link in text for link in world.links_mailed())


def test_two_follow_ups_at_once_send_each_mail_once() -> None:
    for seed in range(20):
        world = World(remind_after_seconds=600)
        world.take(world.wait())
        world.advance(601)
        sweeps = [lambda process, on=world: on.follow_up(process).sweep()] * 2
        assert interleave(sweeps, [(None, False)] * 2, seed) == [None, None]
        assert len(world.mails("Reminder")) == 3


def test_a_branch_that_was_cancelled_is_found_within_the_hour_and_nobody_is_reminded_of_it() -> None:
    """Its token is dead, and no event says so."""
    world = World(remind_after_seconds=600, escalate_after_seconds=900)
    rejected, sibling = (
        world.take(world.wait({"subject": f"part {n}"}, timeout_seconds=30 * 86_400)) for n in (1, 2)
    )
    world.post(world.link(rejected), outcome="rejected", comment="no")
    world.states.forget(sibling.token)
    mails = len(world.sns.mails)
    later(world, 601)
    assert world.record(sibling).request.status is Status.CANCELLED
    assert not world.mails("Reminder")
    assert not world.mails("Escalated")
    assert world.call(world.link(sibling))["statusCode"] == 410
    assert len(world.sns.mails) == mails + 6, "all are told of both"


@pytest.mark.parametrize("outage", [False, True])
def test_an_execution_whose_end_nobody_heard_of_is_found_within_the_hour(outage: bool) -> None:
    """Its event was lost, or came while the table could not be read."""
    world = World()
    tasks = [world.take(world.wait({"subject": f"s{n}"}, timeout_seconds=30 * 86_400)) for n in range(20)]
    world.advance(10)
    world.states.end(world.execution_arn())
    if outage:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world.dynamodb, "query", lambda **_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                world.follow_up().execution_ended(world.execution_arn())
    for _ in range(12):
        later(world, 300)
    assert {world.record(task).request.status for task in tasks} == {Status.CANCELLED}


def test_an_open_request_costs_one_look_an_hour_at_a_time_of_its_own() -> None:
    world = World()
    for number in range(40):
        world.take(world.wait({"subject": str(number)}, timeout_seconds=30 * 86_400))
    world.states.heartbeats.clear()
    beats = []
    for _ in range(60):
        before = len(world.states.heartbeats)
        later(world, 60)
        beats.append(len(world.states.heartbeats) - before)
    assert 40 <= sum(beats) <= 60
    assert max(beats) <= 12, "spread"


def test_nobody_is_reminded_while_step_functions_does_not_say_whether_it_waits() -> None:
    world = World(remind_after_seconds=600)
    task = world.take(world.wait())
    world.states.inject(Fault.THROTTLED, token=task.token)
    world.advance(601)
    assert world.follow_up().sweep() == 1
    assert not world.mails("Reminder")
    world.states.inject(Fault.ACCESS_DENIED, token=task.token)
    assert world.follow_up().sweep() == 0
    assert len(world.mails("Reminder")) == 3, "what only an operator can mend keeps nobody from being asked"


def test_decisions_are_delivered_first_and_what_does_not_fit_goes_on_in_the_next_sweep() -> None:
    """Each mail takes ten seconds of a sweep's sixty."""
    world = World(remind_after_seconds=600)
    for number in range(12):
        world.take(world.wait({"subject": f"due {number}"}, timeout_seconds=30 * 86_400))
    decided = world.take(world.wait({"subject": "decided"}, timeout_seconds=30 * 86_400))
    world.states.inject(Fault.THROTTLED, token=decided.token, answers=True)
    world.post(world.link(decided), outcome="approved")
    world.nudged.clear()
    publish = world.sns.publish_batch

    def slow(**batch: Any) -> Any:
        world.advance(10)
        return publish(**batch)

    world.sns.publish_batch = slow  # type: ignore[method-assign]
    world.advance(601)
    began = world.now()
    assert world.follow_up().sweep(60) == 0
    assert world.record(decided).request.status is Status.DELIVERED
    assert world.now() - began <= 70
    assert 0 < len(world.mails("Reminder")) < 36
    for _ in range(2):
        assert world.follow_up().sweep(60) == 0
    assert len(world.mails("Reminder")) >= 36


def test_a_deadline_that_passes_behind_a_backlog_of_mails_does_not_wait_for_them() -> None:
    """The index has it for its reminder, which was due before; each mail takes ten seconds of a sweep."""
    world = World(remind_after_seconds=600)
    for number in range(12):
        world.take(world.wait({"subject": f"due {number}"}, timeout_seconds=30 * 86_400))
    over = world.take(world.wait({"subject": "over"}, timeout_seconds=660))
    publish = world.sns.publish_batch

    def slow(**batch: Any) -> Any:
        world.advance(10)
        return publish(**batch)

    world.sns.publish_batch = slow  # type: ignore[method-assign]
    world.advance(661)
    assert world.follow_up().sweep(60) == 0
    assert world.record(over).request.status is Status.EXPIRED
    assert 0 < len(world.mails("Reminder")) < 36
