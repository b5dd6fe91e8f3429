"""While a stack is updated, functions of two versions use one table; open requests outlive each update."""

import json
from typing import Any

import pytest
from approvals.request import life
from approvals.request.model import Status

from tests.approvals.world import World, asked
from tools.generate.stored import FILE

from .stored import lost, stored

NEWER: dict[str, dict[str, Any]] = {
    "newer": {"M": {"a": {"L": [{"N": "1.50"}, {"NULL": True}]}}},
    "newer_names": {"SS": ["one", "two"]},
    "newer_bytes": {"B": b"\x00\xff"},
}
"""What this version does not know, of types that it does not use."""


def test_what_a_newer_version_put_on_record_survives_the_life_of_a_request() -> None:
    world = World(quorum=2, remind_after_seconds=600, escalate_after_seconds=900)
    task = world.take(world.wait(timeout_seconds=7200))
    items = world.dynamodb.items

    def as_newer() -> None:
        for key in items:
            items[key] = items[key] | NEWER

    as_newer()
    world.advance(901)
    assert world.follow_up().sweep() == 0
    for approver in (0, 3):
        assert world.post(world.link(task, approver), outcome="approved")["statusCode"] == 303
        as_newer()
        world.nudges()
    record = world.record(task)
    assert (record.request.status, record.forged) == (Status.DELIVERED, {})
    kept = {key: {name: item.get(name) for name in NEWER} for key, item in items.items()}
    # Audit items are new with each change.
    assert [key for key, found in kept.items() if found != NEWER and not key[1].startswith("A#")] == []
    assert len(world.mails("Approved")) == 4


def test_what_an_older_version_did_not_put_on_record_is_as_in_a_new_request() -> None:
    world, task = asked()
    request = world.dynamodb.items[(f"R#{task.id}", "REQUEST")]
    for name in ("unsent", "leased_until", "attempts", "escalated", "votes", "outbox", "status"):
        request.pop(name)
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303
    world.nudges()
    assert world.record(task).request.status is Status.DELIVERED
    assert len(world.mails("Approved")) == 3


@pytest.mark.parametrize(
    ("name", "value"), [("status", "paused"), ("seal", f"2.{'0' * 16}.{'0' * 64}")], ids=["status", "seal"]
)
def test_what_a_newer_version_alone_can_judge_is_left_to_it(name: str, value: str) -> None:
    world = World(remind_after_seconds=600)
    task = world.take(world.wait())
    request = world.dynamodb.items[(f"R#{task.id}", "REQUEST")]
    before = request[name]
    request[name] = {"S": value}
    world.advance(601)
    for _ in range(2):
        assert world.call(world.link(task))["statusCode"] == 503
        assert world.post(world.link(task), outcome="approved")["statusCode"] == 503
        assert world.follow_up().sweep() == 1
    assert len(world.dynamodb.of(task.id)) == 3
    request[name] = before
    assert world.follow_up().sweep() == 0
    assert len(world.mails("Reminder")) == 3
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303


def test_what_a_newer_version_owes_stays_owed_and_keeps_nothing_else_back() -> None:
    world = World(remind_after_seconds=600)
    task = world.take(world.wait())
    request = world.dynamodb.items[(f"R#{task.id}", "REQUEST")]
    owed = ("chat:ask:0", "mail:nag:0", "event:Paused", "event:Paused:1")
    request["outbox"] = {"L": [*request["outbox"]["L"], *({"S": entry} for entry in owed)]}
    request["why"] = {"S": "chat"}
    world.advance(601)
    assert world.follow_up().sweep() == 0
    assert len(world.mails()) == 6
    assert world.types() == ["Requested"]
    assert world.record(task).request.outbox == {*owed}
    world.post(world.link(task), outcome="approved")
    world.nudges()
    assert world.record(task).request.outbox == {*owed}
    assert len(world.mails("Approved")) == 3
    for _ in range(2):
        world.advance(life.GIVE_UP_SECONDS)
        world.follow_up().sweep()
    assert world.record(task).request.outbox == frozenset(), "not for ever"


def test_nothing_is_lost_that_the_version_before_put_on_record() -> None:
    """Until the first release: nothing of what a commit before put there.

    When a version is before, `python -m tools.generate stored` writes what it puts on record.
    """
    assert lost(json.loads(FILE.read_text()), stored()) == []


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"ASK": {"subject": ["S"]}}, []),
        ({"ASK": {"subject": ["S"], "more": ["N"]}, "B": {}}, []),
        ({"ASK": {"subject": ["N", "S"]}}, []),
        ({"ASK": {"subject": ["M"]}}, ["ASK: subject was S, is M"]),
        ({"ASK": {}}, ["ASK: subject was S, is nothing"]),
        ({}, ["ASK: subject was S, is nothing"]),
    ],
)
def test_what_open_requests_would_lose_is_told(now: Any, told: list[str]) -> None:
    assert lost({"ASK": {"subject": ["S"]}}, now) == told
