"""Who may write into the table, but makes no seals, shows nobody anything, and has nothing mailed."""

from typing import Any

import pytest
from approvals.record.attributes import to_attribute
from approvals.record.people import partition

from tests.approvals.world import ANN, BOB, World

from .asking import ask, mine, subjects, two, wish


@pytest.mark.parametrize(
    "forged",
    [
        {"subject": {"S": "Pay the bill"}},
        {"requester": {"S": "the boss"}},
        {"deadline": {"N": "1900000000"}},
        {"request_id": {"S": "0" * 32}},
        {"seal": {"S": "x"}},
        {"seal": {"S": f"2.{'0' * 16}.{'0' * 64}"}},
        {"seal": {"N": "1"}},
        {"subject": {"L": []}},
    ],
    ids=str,
)
def test_a_row_that_says_what_none_of_our_functions_wrote_is_not_shown(forged: dict[str, Any]) -> None:
    world, first, second = two()
    world.dynamodb.items[partition(ANN), second.id].update(forged)
    assert subjects(world, first) == ["first"]


def test_a_row_of_somebody_else_or_of_another_request_is_not_shown() -> None:
    world = World(approvers=(ANN, BOB))
    first, others = ask(world, "first"), ask(world, "others", approvers=[BOB])
    theirs = world.dynamodb.items[partition(BOB), others.id]
    for sort in (others.id, "0" * 32, f"D#{'0' * 15}#{others.id}"):
        copy = {**theirs, "pk": {"S": partition(ANN)}, "sk": {"S": sort}, "waiting": {"S": partition(ANN)}}
        world.dynamodb.items[partition(ANN), sort] = copy
    found = mine(world, first)
    assert ([each["subject"] for each in found["waiting"]], found["decided"]) == (["first"], [])


def test_a_row_that_is_put_back_opens_nothing_and_mails_nothing() -> None:
    """That it waits is not sealed: the button looks at the request."""
    world, first, second = two()
    world.post(world.link(second, 1), outcome="rejected", comment="no")
    world.nudges()
    world.dynamodb.items[partition(ANN), second.id]["waiting"] = {"S": partition(ANN)}
    assert subjects(world, first) == ["first", "second"]
    assert wish(world, first, second.id)["statusCode"] == 409
    assert world.nudged == []


def test_a_request_that_somebody_changed_is_not_mailed_and_leaves_the_list_once_it_is_set_aside() -> None:
    world, first, second = two()
    request = world.dynamodb.items[f"R#{second.id}", "REQUEST"]
    request["requester"] = {"S": "the boss"}
    assert wish(world, first, second.id)["statusCode"] == 409
    request["due_at"] = to_attribute(world.now())
    world.follow_up().sweep()
    assert [subjects(world, first, number) for number in range(3)] == [["first"]] * 3


@pytest.mark.parametrize("approvers", ["x", {"N": "1"}, {"L": [{"N": "1"}, {"S": ANN}, {"S": ANN.upper()}]}])
def test_whatever_is_said_of_whom_a_forged_request_asks_it_is_set_aside(approvers: Any) -> None:
    world, _, second = two()
    request = world.dynamodb.items[f"R#{second.id}", "REQUEST"]
    request["approvers"] = {"S": approvers} if isinstance(approvers, str) else approvers
    request["due_at"] = to_attribute(world.now())
    assert world.follow_up().sweep() == 0
    assert world.dynamodb.of(second.id, "REQUEST")[0]["status"] == {"S": "forged"}
