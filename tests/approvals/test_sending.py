"""Mails and events go in batches: each once, whatever hangs or dies meanwhile."""

from typing import Any
from unittest.mock import Mock

import pytest
from approvals.request import life
from botocore.exceptions import ReadTimeoutError
from countersign_runtime.answers import Undelivered

from .processes import Crash
from .world import World


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
