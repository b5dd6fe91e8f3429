"""A decision that somebody else puts into the table is none: it is on record, rings, and blocks nobody."""

import copy
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from approvals.answering.nudge import Nudge
from approvals.record.attributes import to_attribute
from approvals.request import life
from approvals.request.model import Outcome, Status
from countersign_runtime.message import Task

from tests.approvals.processes import Crash, Process, interleave
from tests.approvals.record.forging import (
    audited,
    nothing_told,  # noqa: F401 (a fixture)
    own_link,
    put_decision,
    put_vote,
    row,
    rung,
)
from tests.approvals.world import ANN, BOB, World, asked


@pytest.mark.parametrize("voted", [False, True])
@pytest.mark.parametrize("number", [1, 2, 77])
def test_a_decision_that_somebody_put_into_the_table_is_none_and_is_taken_out(
    number: int, voted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world, task = asked()
    put_decision(world, task, number)
    if voted:
        put_vote(world, task, number)
    assert world.get_json(world.link(task))["state"] == "open", "it is not shown either"
    assert rung(caplog) == [task.id]
    world.advance(life.LOOK_SECONDS)
    assert world.follow_up().sweep() == 0
    assert not world.states.accepted
    assert world.types() == ["Requested"]
    assert not world.mails("Approved")
    assert not world.dynamodb.of(task.id, "D#")
    (said,) = audited(world, task)
    assert (said[f"D#{number:03}"]["approver"], said[f"D#{number:03}"]["comment"]) == (number, "of course")
    assert ("REQUEST" in said) == voted
    caplog.clear()
    # The true approver is not in the way of it.
    assert world.post(world.link(task, 1), outcome="rejected", comment="no")["statusCode"] == 303
    world.nudges()
    request = world.record(task).request
    assert (request.status, request.outcome) == (Status.DELIVERED, Outcome.REJECTED)
    assert rung(caplog) == []


def test_who_decides_at_that_moment_is_asked_to_try_again_and_then_may() -> None:
    world, task = asked()
    put_decision(world, task, 0, "rejected")
    answer = world.post(world.link(task), outcome="approved")
    assert answer["statusCode"] == 503
    assert "try again" in answer["body"]
    world.nudges()
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303
    assert world.record(task).decisions[0].outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    "claims",
    [
        {"status": "decided", "outcome": "approved"},
        {"status": "decided"},
        {"status": "delivered", "outcome": "approved"},
        {"outcome": "approved"},
        {"votes": {"0": "approved"}},
        {"votes": {"0": "rejected", "2": "approved"}, "status": "decided", "outcome": "rejected"},
    ],
)
def test_what_a_request_claims_is_believed_as_far_as_decisions_carry_it(
    claims: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    world, task = asked(quorum=2)
    world.post(world.link(task, 1), outcome="approved")
    world.nudges()
    row(world, task).update({name: to_attribute(value) for name, value in claims.items()})
    world.follow_up().look_after(Nudge(task.id))
    request = world.record(task).request
    assert (request.status, request.outcome) == (Status.OPEN, None)
    assert request.votes == {1: Outcome.APPROVED}
    assert not world.states.accepted
    assert world.types() == ["Requested", "Decided"]
    assert rung(caplog) == [task.id]
    (said,) = audited(world, task)
    assert said["REQUEST"].items() >= claims.items()
    world.post(world.link(task), outcome="approved")
    assert len(world.states.accepted) == 1


def test_a_decision_that_a_request_does_not_know_of_any_more_still_counts() -> None:
    """Somebody put back what REQUEST was before."""
    world, task = asked()
    before = copy.deepcopy(row(world, task))
    world.post(world.link(task), outcome="rejected", comment="no")
    world.nudged.clear()
    world.states.accepted.clear()
    world.dynamodb.items[(f"R#{task.id}", "REQUEST")] = before | {"version": {"N": "7"}}
    assert world.post(world.link(task, 1), outcome="approved")["statusCode"] == 409
    world.follow_up().look_after(Nudge(task.id))
    request = world.record(task).request
    assert (request.votes, request.outcome) == ({0: Outcome.REJECTED}, Outcome.REJECTED)
    assert "SendTaskSuccess" not in {name for name, _ in world.states.calls}


def test_a_decision_fits_no_other_approver_and_no_other_request() -> None:
    world = World(quorum=2)
    task, other = world.take(world.wait(execution="a")), world.take(world.wait(execution="b"))
    for each in (task, other):
        world.post(world.link(each, 0), outcome="approved")
    world.nudges()
    for of, changes in ((task, {}), (task, {"approver": {"N": "1"}}), (other, {"approver": {"N": "1"}})):
        world.dynamodb.items[(f"R#{task.id}", "D#001")] = {
            **row(world, of, "D#000"),
            **changes,
            "pk": {"S": f"R#{task.id}"},
            "sk": {"S": "D#001"},
        }
        assert world.store().load(task.id).decisions.keys() == {0}  # type: ignore[union-attr]
        world.follow_up().look_after(Nudge(task.id))
        assert world.record(task).request.status is Status.OPEN
        assert len(world.dynamodb.of(task.id, "D#")) == 1, "it is taken out"


@pytest.mark.parametrize("name", ["outcome", "comment", "at", "fields", "source_address", "user_agent"])
def test_nothing_of_a_decision_can_be_changed(name: str) -> None:
    world, task = asked(quorum=2)
    world.post(world.link(task), outcome="approved", comment="with care")
    world.nudges()
    other = {"outcome": {"S": "rejected"}, "at": {"N": "1"}, "fields": {"S": '{"a": 1}'}}
    row(world, task, "D#000")[name] = other.get(name, {"S": "something else"})
    assert world.store().load(task.id).request.votes == {}  # type: ignore[union-attr]
    world.follow_up().look_after(Nudge(task.id))
    assert len(audited(world, task)) == 1
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303, "they can decide again"


@pytest.mark.parametrize("seed", range(10))
def test_forging_while_others_decide_changes_no_outcome(seed: int) -> None:
    world, task = asked(quorum=2)

    def forge(process: Any) -> None:
        process.call(lambda: put_decision(world, task, 2), {})
        process.call(lambda: put_vote(world, task, 2), {})

    jobs = [
        lambda process: world.post(world.link(task, 0), process, outcome="approved"),
        lambda process: world.post(world.link(task, 1), process, outcome="approved"),
        forge,
        lambda process: world.follow_up(process).look_after(Nudge(task.id)),
    ]
    assert interleave(jobs, [(None, False)] * 4, seed) == [None] * 4
    for _ in range(3):
        world.nudges()
        for number in range(2):
            world.post(world.link(task, number), outcome="approved")
    world.nudges()
    record = world.record(task)
    assert (record.request.status, set(record.decisions)) == (Status.DELIVERED, {0, 1})
    (accepted,) = world.states.accepted
    assert [each["approver"] for each in accepted.output["decisions"]] in ([ANN, BOB], [BOB, ANN])


def forge(world: World, task: Task, *, whole: bool) -> None:
    """Somebody writes a link of their own into the request, or only a decision and its vote."""
    if whole:
        own_link(world, task)
    else:
        put_decision(world, task)
        put_vote(world, task)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_two_who_find_it_at_once_put_it_on_record_once(seed: int, whole: bool) -> None:
    world, task = asked()
    forge(world, task, whole=whole)
    jobs = [lambda process: world.follow_up(process).look_after(Nudge(task.id))] * 2
    assert interleave(jobs, [(None, False)] * 2, seed) == [None, None]
    assert len(audited(world, task)) == 1
    if not whole:
        assert world.record(task).request.status is Status.OPEN


@pytest.mark.parametrize("whole", [False, True])
def test_wherever_the_function_dies_that_finds_it_the_next_one_goes_on(whole: bool) -> None:
    for dies_at, after in product(range(6), (False, True)):
        world, task = asked()
        forge(world, task, whole=whole)
        with suppress(Crash):
            world.follow_up(Process(dies_at, after=after)).look_after(Nudge(task.id))
        world.advance(life.LOOK_SECONDS)
        assert world.follow_up().sweep() == 0
        assert len(audited(world, task)) == 1
        assert not world.dynamodb.of(task.id, "D#")
        assert world.call(world.link(task))["statusCode"] == (404 if whole else 200)
