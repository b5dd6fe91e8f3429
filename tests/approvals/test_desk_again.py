"""Decisions that come twice, at once or late."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any
from unittest.mock import Mock, patch

import pytest
from approvals.page import visit
from approvals.request import life
from approvals.request.model import Outcome, Status
from botocore.exceptions import ReadTimeoutError

from tests.support.step_functions import Fault, client_error

from .processes import Process, interleave
from .world import ANN, World, asked, race


def test_a_decision_cannot_be_changed_and_sending_it_twice_is_no_error() -> None:
    world, task = asked(quorum=2)
    link = world.link(task)
    assert world.post(link, outcome="approved")["statusCode"] == 303
    assert world.post(link, outcome="approved")["statusCode"] == 303
    changed = world.post(link, outcome="rejected", comment="changed my mind")
    assert changed["statusCode"] == HTTPStatus.CONFLICT
    assert "cannot be changed" in changed["body"]
    assert world.record(task).request.votes == {0: Outcome.APPROVED}


def test_the_same_decision_with_other_content_is_told_what_is_recorded() -> None:
    world, task = asked({"subject": "s", "fields": [{"name": "percent", "type": "number"}]})
    link = world.link(task)
    first = {"outcome": "approved", "fields": {"percent": 100}, "comment": "all of it "}
    assert world.post_json(link, first)["statusCode"] == HTTPStatus.OK
    same = {"outcome": "approved", "fields": {"percent": "100.0", "other": 1}, "comment": "all of it"}
    assert world.post_json(link, same)["statusCode"] == HTTPStatus.OK, "the same, as it is read"
    for other in (
        {**first, "fields": {"percent": 1}},
        {**first, "fields": {}},
        {**first, "fields": {"percent": "many"}},
        {**first, "comment": "only 1 %"},
        {"outcome": "rejected", "comment": "all of it"},
        {"outcome": "rejected"},
        {},
    ):
        answer = world.post_json(link, other)
        assert (answer["statusCode"], answer["json"]["error"]) == (HTTPStatus.CONFLICT, "twice")
        (recorded,) = answer["json"]["decisions"]
        assert (recorded["fields"], recorded["comment"]) == ({"percent": 100}, "all of it")
    page = world.post(link, outcome="approved", field_percent="1")
    assert page["statusCode"] == HTTPStatus.CONFLICT
    banner = page["body"].partition('role="status"')[2].partition("<section")[0]
    assert "a decision cannot be changed. What you sent now was not taken" in banner
    for recorded in (ANN, "Approved", "Fri 15 Jan 2027, 08:00 UTC", "all of it", ">100<"):
        assert recorded in banner
    (accepted,) = world.states.accepted
    assert accepted.output["fields"] == {"percent": 100}


def test_two_clicks_at_once_with_other_content_record_one_of_them() -> None:
    world, task = asked({"subject": "s", "fields": [{"name": "note"}]}, quorum=2)

    def click(note: str) -> int:
        return int(world.post(world.link(task), outcome="approved", field_note=note)["statusCode"])

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(click, ("one", "two")))
    assert sorted(statuses) == [HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT]
    recorded = world.record(task).decisions[0].fields["note"]
    assert recorded == ("one", "two")[statuses.index(HTTPStatus.SEE_OTHER)]


@pytest.mark.parametrize("seed", range(10))
def test_two_who_decide_at_once_are_both_taken_or_told_of_the_other(seed: int) -> None:
    def decide_at_once(quorum: int, *outcomes: str) -> tuple[World, list[dict[str, Any]]]:
        world, task = asked(quorum=quorum)
        answers: list[dict[str, Any]] = [{}, {}]

        def click(approver: int, process: Process) -> None:
            form = {"outcome": outcomes[approver], "comment": "mine"}
            answers[approver] = world.post(world.link(task, approver), process, **form)

        jobs = [partial(click, approver) for approver in range(2)]
        assert interleave(jobs, [(None, False)] * 2, seed) == [None, None]
        return world, sorted(answers, key=lambda answer: int(answer["statusCode"]))

    world, answers = decide_at_once(2, "approved", "approved")
    assert [answer["statusCode"] for answer in answers] == [303, 303]
    assert len(world.states.accepted[0].output["decisions"]) == 2
    world, answers = decide_at_once(1, "approved", "rejected")
    assert [answer["statusCode"] for answer in answers] == [303, 409]
    assert "Somebody else decided before you" in answers[1]["body"]
    assert "<form" not in answers[1]["body"]


@pytest.mark.parametrize(
    ("state", "status", "text"),
    [
        ("expired", 410, "Too late to decide"),
        ("superseded", 410, "Replaced by a newer request"),
        ("cancelled", 410, "No longer needed"),
        ("delivered", 409, "Somebody else decided before you"),
        ("too_late", 409, "Decided too late"),
        ("on_its_way", 409, "on its way"),
    ],
)
def test_a_late_click_is_told_what_happened_and_changes_nothing(state: str, status: int, text: str) -> None:
    world, task = asked()
    if state == "expired":
        world.advance(3600)
    elif state == "superseded":
        world.states.forget(task.token)
        world.take(world.wait(retry_count=1))
    elif state == "cancelled":
        world.states.end(task.execution_arn)
        world.follow_up().execution_ended(task.execution_arn)
    else:
        if state == "too_late":
            world.states.end(task.execution_arn)
            world.states.inject(Fault.THROTTLED)
        if state == "on_its_way":
            world.states.inject(*[Fault.THROTTLED] * 3, answers=True)
        world.post(world.link(task, 1), outcome="approved")
        if state == "too_late":
            world.nudges()
    assert world.get_json(world.link(task))["state"] == state
    page = world.call(world.link(task))
    assert page["statusCode"] == (410 if status == 410 else 200)
    before = len(world.states.accepted)
    answer = world.post(world.link(task), outcome="rejected", comment="late")
    assert answer["statusCode"] == status
    assert text in answer["body"]
    assert "<form" not in answer["body"]
    assert len(world.states.accepted) == before
    assert 0 not in world.record(task).request.votes


def test_five_racing_contradictory_decisions_have_one_outcome(caplog: pytest.LogCaptureFixture) -> None:
    """And nothing of a link, nor a token, is in a log."""
    caplog.set_level("INFO", "countersign")
    world = World(approvers=tuple(f"approver{n}@example.test" for n in range(5)))
    race(world, requests=15)
    logged = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    links = [*world.links_mailed()]
    assert len(links) == 15 * 5
    assert "decision recorded" in logged
    assert not any(link.rpartition(".")[2] in logged for link in links)
    assert not any(answer.token in logged for answer in world.states.accepted)


def test_what_is_left_of_an_expired_request_is_none() -> None:
    """DynamoDB removes items one by one, within days: the link is unknown from the first moment on."""
    world, task = asked(retention_days=7)
    world.post(world.link(task), outcome="approved")
    kept = dict(world.dynamodb.items)
    world.advance(3600 + 7 * 86_400 - 1)
    assert world.call(world.link(task))["statusCode"] == HTTPStatus.OK
    world.advance(1)
    for left in ([], ["REQUEST"], ["ASK", "REQUEST"], ["D#000", "REQUEST"], ["ASK", "D#000", "REQUEST"]):
        world.dynamodb.items = {
            key: item for key, item in kept.items() if key == (f"R#{task.id}", key[1]) and key[1] in left
        }
        assert world.call(world.link(task))["statusCode"] == HTTPStatus.NOT_FOUND, left


HANGING = ReadTimeoutError(endpoint_url="https://service.test")


def test_a_decision_whose_write_gets_no_answer_may_be_recorded_and_is_looked_at_again() -> None:
    """Written or not: the page does not know, and the same once more does no harm."""
    for written in (False, True):
        world, task = asked()
        write = world.dynamodb.transact_write_items

        def hang(written: bool = written, write: Any = write, **parameters: Any) -> None:
            if written:
                write(**parameters)
            raise HANGING

        world.dynamodb.transact_write_items = hang  # type: ignore[method-assign, assignment]
        answer = world.post(world.link(task), outcome="approved")
        assert answer["statusCode"] == 503
        assert "We do not know whether your decision was recorded" in answer["body"]
        assert 'href=""' in answer["body"]
        world.dynamodb.transact_write_items = write  # type: ignore[method-assign]
        assert bool(world.record(task).decisions) is written
        assert world.post(world.link(task), outcome="approved")["statusCode"] == 303
        world.advance(life.PAGE_GRACE_SECONDS + 1)
        world.follow_up().sweep()
        assert [answer.operation for answer in world.states.answers(task.token)] == ["SendTaskSuccess"]


def test_a_write_that_is_refused_recorded_nothing() -> None:
    world, task = asked()
    refusal = Mock(side_effect=client_error("TransactWriteItems", "AccessDeniedException"))
    world.dynamodb.transact_write_items = refusal  # type: ignore[method-assign]
    answer = world.post(world.link(task), outcome="approved")
    assert answer["statusCode"] == 503
    assert "Something went wrong" in answer["body"]


def test_while_step_functions_hangs_a_decision_is_recorded_and_on_its_way() -> None:
    world, task = asked()
    hang = Mock(side_effect=HANGING)
    for operation in ("send_task_heartbeat", "send_task_success"):
        setattr(world.states, operation, hang)
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303
    assert "on its way" in world.call(world.link(task))["body"]
    assert hang.call_count == 2


def test_a_visit_that_took_long_leaves_the_answer_to_the_follow_up_which_sends_it_at_once() -> None:
    world, task = asked()
    awaits = world.states.send_task_heartbeat

    def slowly(**call: Any) -> Any:
        world.advance(visit.PATIENCE_SECONDS)
        return awaits(**call)

    with patch.object(world.states, "send_task_heartbeat", slowly):
        assert world.post(world.link(task), outcome="approved")["statusCode"] == 303
    assert not world.states.accepted
    assert "on its way" in world.call(world.link(task))["body"]
    world.nudges()
    assert [answer.output["outcome"] for answer in world.states.accepted] == ["approved"]
    assert world.record(task).request.status is Status.DELIVERED
