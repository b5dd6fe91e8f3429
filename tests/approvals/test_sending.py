"""Mails and events go in batches: each once, whatever hangs or dies meanwhile."""

from contextlib import nullcontext
from itertools import product
from typing import Any
from unittest.mock import Mock

import pytest
from approvals.asking.sender import LEFT_SECONDS
from approvals.request import life
from approvals.request.model import Status
from approvals.request.outbox import UNSENT_PAUSE_SECONDS
from botocore.exceptions import ReadTimeoutError
from countersign_runtime.answers import Undelivered
from countersign_runtime.message import Task

from .processes import Crash, Process
from .world import ANN, BOB, CAT, World, asked


def test_while_mails_hang_nobody_is_mailed_twice_and_nobody_is_forgotten() -> None:
    """The function dies in the second batch, again and again; then mails go out again."""
    world = World(approvers=tuple(f"p{number:02}@example.test" for number in range(50)))
    publish, calls = world.sns.publish_batch, 0

    def dies(**batch: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            return publish(**batch)
        raise Crash

    world.sns.publish_batch = dies  # type: ignore[method-assign]
    with pytest.raises(Crash):
        world.take(world.wait(timeout_seconds=86_400))
    for _ in range(10):
        world.advance(61)
        with pytest.raises(Crash):
            world.follow_up().sweep()
    world.sns.publish_batch = publish  # type: ignore[method-assign]
    world.advance(61)
    assert world.follow_up().sweep() == 0
    assert sorted(mail["to"] for mail in world.mails()) == [f"p{n:02}@example.test" for n in range(50)]


def test_what_one_function_still_sends_no_other_one_sends() -> None:
    """Each of five batches takes 50 s, longer in all than an outbox is lent."""
    world = World(approvers=tuple(f"p{number:02}@example.test" for number in range(50)))
    publish = world.sns.publish_batch

    def slow(**batch: Any) -> Any:
        world.advance(50)
        world.sns.publish_batch = publish  # type: ignore[method-assign]
        world.follow_up().sweep()
        world.sns.publish_batch = slow  # type: ignore[method-assign]
        return publish(**batch)

    world.sns.publish_batch = slow  # type: ignore[method-assign]
    world.take(world.wait(timeout_seconds=86_400))
    assert len(world.mails()) == 50


def test_one_that_takes_over_an_outbox_keeps_it() -> None:
    """A call that takes longer than the outbox is lent: what is sent meanwhile is sent twice, and no more."""
    world = World(remind_after_seconds=600)
    task = world.take(world.wait(timeout_seconds=86_400))
    publish = world.sns.publish_batch

    def slow(**batch: Any) -> Any:
        world.advance(life.LEASE_SECONDS + 1)
        world.sns.publish_batch = publish  # type: ignore[method-assign]
        world.follow_up().sweep()
        return publish(**batch)

    world.sns.publish_batch = slow  # type: ignore[method-assign]
    world.advance(601)
    world.follow_up().sweep()
    assert len(world.mails("Reminder")) == 6
    request = world.record(task).request
    assert (request.outbox, request.leased_until) == (frozenset(), 0)


@pytest.mark.parametrize("subject", ["Re\u00adlease 1.4", "\u200bRelease", "Release \U000e0041"])
def test_a_subject_with_what_cannot_be_seen_is_mailed(subject: str) -> None:
    world = World()
    world.take(world.wait({"subject": subject}))
    assert len(world.mails("Approval needed")) == 3


def test_what_kms_does_not_answer_comes_again() -> None:
    world = World()
    message, made = world.wait(), world.kms.generate_mac
    world.kms.generate_mac = Mock(side_effect=ReadTimeoutError(endpoint_url="https://kms.test"))  # type: ignore[method-assign]
    with pytest.raises(Undelivered) as undelivered:
        world.take(message)
    assert undelivered.value.passing
    assert not world.dynamodb.items
    world.kms.generate_mac = made  # type: ignore[method-assign]
    world.take(message)
    assert len(world.mails("Approval needed")) == 3


def nudged(dies_at: int | None = None, *, after: bool = False) -> tuple[World, Task, int]:
    """A world in which one approval was decided, and the follow-up function that was told of it died."""
    world, task = asked()
    world.post(world.link(task), outcome="approved")
    process = Process(dies_at, after=after)
    with pytest.raises(Crash) if dies_at is not None else nullcontext():
        world.follow_up(process).look_after(world.nudged[-1])
    return world, task, process.calls


def outcome_mails(world: World) -> list[str]:
    return sorted(mail["to"] for mail in world.mails("Approved"))


def test_what_the_page_left_is_done_wherever_the_follow_up_dies() -> None:
    _, _, calls = nudged()
    for dies_at, after in product(range(calls), (False, True)):
        world, task, _ = nudged(dies_at, after=after)
        for _ in range(2):
            world.advance(61)
            assert world.follow_up().sweep() == 0
        request = world.record(task).request
        assert (request.status, request.outbox) == (Status.DELIVERED, frozenset())
        assert set(outcome_mails(world)) == {ANN, BOB, CAT}
        assert len(world.states.accepted) == 1
        # Only one that died after sending them, and before writing that down, has them sent twice.
        published, written = calls - 2, calls - 1
        died_between = (dies_at, after) in ((published, True), (written, False))
        assert len(outcome_mails(world)) == (6 if died_between else 3)


@pytest.mark.parametrize("seconds", [0, LEFT_SECONDS - 1, LEFT_SECONDS, life.LEASE_SECONDS, 10_000])
def test_a_nudge_that_comes_late_and_again_sends_nothing_twice(seconds: float) -> None:
    world, task = asked()
    world.post(world.link(task), outcome="approved")
    (nudge,) = world.nudged
    world.advance(seconds)
    for _ in range(2):
        world.follow_up().look_after(nudge)
    world.advance(life.LEASE_SECONDS)
    world.follow_up().sweep()
    world.follow_up().look_after(nudge)
    assert outcome_mails(world) == [ANN, BOB, CAT]
    assert world.types() == ["Requested", "Decided", "Delivered"]
    assert world.record(task).request.status is Status.DELIVERED


def test_a_nudge_that_comes_when_little_is_left_of_what_was_lent_leaves_it_to_the_next() -> None:
    """Sending takes longer than the rest of the loan, and a sweep comes by."""
    for left in (LEFT_SECONDS + 1, LEFT_SECONDS - 1, 1):
        world, task = asked()
        world.post(world.link(task), outcome="approved")
        publish = world.sns.publish_batch

        def slow(world: World = world, publish: Any = publish, **batch: Any) -> Any:
            world.advance(LEFT_SECONDS)
            world.sns.publish_batch = publish  # type: ignore[method-assign]
            assert world.follow_up().sweep() == 0
            return publish(**batch)

        world.sns.publish_batch = slow  # type: ignore[method-assign]
        world.advance(life.LEASE_SECONDS - left)
        world.nudges()
        world.advance(life.LEASE_SECONDS)
        world.sns.publish_batch = publish  # type: ignore[method-assign]
        assert world.follow_up().sweep() == 0
        assert outcome_mails(world) == [ANN, BOB, CAT]


def test_while_events_hang_mails_go_out_and_while_mails_hang_events_do() -> None:
    for hangs, hangs_too in ((True, False), (False, True), (True, True)):
        world, task = asked()
        world.post(world.link(task), outcome="approved")
        hang = Mock(side_effect=ReadTimeoutError(endpoint_url="https://service.test"))
        with pytest.MonkeyPatch.context() as patch:
            if hangs:
                patch.setattr(world.events, "put_events", hang)
            if hangs_too:
                patch.setattr(world.sns, "publish_batch", hang)
            with pytest.raises(ReadTimeoutError):
                world.nudges()
        assert world.record(task).request.status is Status.DELIVERED, "that is written in any case"
        assert len(outcome_mails(world)) == (0 if hangs_too else 3)
        assert world.types() == (["Requested"] if hangs else ["Requested", "Decided", "Delivered"])
        world.advance(UNSENT_PAUSE_SECONDS)
        assert world.follow_up().sweep() == 0
        assert outcome_mails(world) == [ANN, BOB, CAT]
        assert world.types() == ["Requested", "Decided", "Delivered"]


def test_what_is_owed_to_nobody_there_is_keeps_nothing_else_back() -> None:
    """Nothing of an outbox is sealed."""
    world, task = asked()
    world.post(world.link(task), outcome="approved")
    request = world.dynamodb.items[f"R#{task.id}", "REQUEST"]
    request["outbox"] = {"L": [*request["outbox"]["L"], {"S": "mail:outcome:99"}]}
    with pytest.raises(IndexError):
        world.nudges()
    assert [mail["to"] for mail in world.mails("Approved")] == [ANN, BOB, CAT]
    assert world.record(task).request.outbox == {"mail:outcome:99"}
