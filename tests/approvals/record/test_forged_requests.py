"""A request, or its end, that somebody else wrote is none: it is on record, rings, and blocks nobody."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from approvals.answering.nudge import Nudge
from approvals.asking.sender import DeadLink
from approvals.record.attributes import to_attribute, to_item
from approvals.request.model import Outcome, Status
from botocore.exceptions import ReadTimeoutError
from countersign_runtime.answers import Undelivered
from countersign_runtime.message import Task

from tests.approvals.fakes import Kms
from tests.approvals.record.forging import (
    audited,
    nothing_told,  # noqa: F401 (a fixture)
    own_link,
    row,
    rung,
)
from tests.approvals.world import ANN, World, asked
from tests.support.step_functions import Fault, client_error


def test_a_forged_request_does_not_keep_the_attempt_that_follows_from_being_asked() -> None:
    world, task = asked()
    own_link(world, task)
    world.states.forget(task.token)
    again = world.take(world.wait(retry_count=1))
    assert world.record(again).request.status is Status.OPEN
    assert len(world.mails("Approval needed")) == 6


def test_nothing_is_announced_that_is_not_so() -> None:
    world, task = asked()
    entries = ("event:Delivered", "event:Cancelled", "event:Decided:1", "mail:outcome:1")
    row(world, task)["outbox"] = {"L": [{"S": entry} for entry in entries]}
    with pytest.raises(KeyError):
        world.follow_up().look_after(Nudge(task.id))
    assert world.types() == ["Requested"]
    assert len(world.mails()) == 3
    assert world.record(task).request.outbox == {"event:Decided:1", "mail:outcome:1"}, "tried, and never so"


def test_no_words_of_somebody_else_stand_in_a_mail_or_on_the_page() -> None:
    world, task = asked()
    said = {"0": "not subscribed", "1": "gone: call of course", "2": {"of": 1}, "7": "not confirmed"}
    row(world, task).update(unreachable=to_attribute(said), outbox={"L": [{"S": "mail:remind:2"}]})
    world.follow_up().look_after(Nudge(task.id))
    (mail,) = world.mails("Reminder")
    assert f"Could not be reached: {ANN} (not subscribed to the mails)\n" in mail["body"]
    assert world.get_json(world.link(task))["unreachable"] == [{"approver": ANN, "reason": "not subscribed"}]
    assert world.call(world.link(task))["statusCode"] == 200


def test_what_rings_fits_into_the_log_however_much_was_written(caplog: pytest.LogCaptureFixture) -> None:
    world, task = asked()
    for number in range(300):
        sort = f"D#{number:03}{'x' * 1000}"
        world.dynamodb.items[(f"R#{task.id}", sort)] = to_item({"pk": f"R#{task.id}", "sk": sort})
    world.get_json(world.link(task))
    (record,) = [each for each in caplog.records if getattr(each, "rings", "") == "forged"]
    assert len(record.getMessage()) < 20_000, "Lambda cuts a line of 256 KB, and then nothing counts it"


FORGERIES: dict[str, Callable[[World, Task], object]] = {
    "a link of their own": own_link,
    "approvers": lambda world, task: row(world, task).update(approvers={"L": [{"S": "eve@example.test"}]}),
    "the quorum": lambda world, task: row(world, task).update(quorum={"N": "0"}),
    "the requester": lambda world, task: row(world, task).update(requester={"S": "somebody"}),
    "the deadline": lambda world, task: row(world, task).update(deadline={"N": "2000000000"}),
    "the execution": lambda world, task: row(world, task).update(execution_arn={"S": "arn:other"}),
    "the token": lambda world, task: row(world, task).update(token={"S": "of another task"}),
    "a token that is none": lambda world, task: row(world, task).update(token={"N": "1"}),
    "what is asked": lambda world, task: row(world, task, "ASK").update(subject={"S": "Something harmless"}),
    "its details": lambda world, task: row(world, task, "ASK").update(details={"S": "{}"}),
    "no seal": lambda world, task: row(world, task).pop("seal"),
    "no links": lambda world, task: row(world, task).pop("links"),
    "nonsense": lambda world, task: row(world, task).update(votes={"S": "all"}, approvers={"N": "1"}),
    "of another id": lambda world, task: row(world, task).update(id={"S": "0" * 32}),
    "no deadline": lambda world, task: [row(world, task).pop(each) for each in ("deadline", "why", "status")],
    "what a forged one is": lambda world, task: row(world, task).update(
        status={"S": "forged"}, seal={"S": "1"}
    ),
    "no ASK": lambda world, task: world.dynamodb.items.pop((f"R#{task.id}", "ASK")),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_request_that_was_changed_is_never_decided_answered_or_mailed_and_rings_once(
    forgery: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(remind_after_seconds=600)
    task, fine = world.take(world.wait(execution="a")), world.take(world.wait(execution="b"))
    FORGERIES[forgery](world, task)
    mails = len(world.sns.mails)
    for link in (world.link(task), f"{task.id}.0.{'p' * 43}"):
        for answer in (world.call(link), world.post(link, outcome="approved")):
            assert answer["statusCode"] == 404
            assert "This request cannot be used" in answer["body"]
            assert "Release" not in answer["body"]
    caplog.clear()
    for _ in range(5):
        world.advance(601)
        assert world.follow_up().sweep() == 0
    assert rung(caplog) == [task.id]
    assert not world.states.accepted
    assert {mail["to"] for mail in world.sns.mails[mails:]}, "others are reminded"
    assert all(world.link(task, n) not in str(world.sns.mails[mails:]) for n in range(3))
    (said,) = audited(world, task)
    assert task.token not in str(world.dynamodb.of(task.id))
    assert "links" not in said
    assert [each["request_id"] for each in world.waiting()][-1] == fine.id
    assert "cannot be used" in world.call(world.link(task))["body"]
    world.states.end(world.execution_arn("a"))
    assert world.follow_up().execution_ended(world.execution_arn("a")) == 0
    assert world.record(fine).request.status is Status.OPEN


@pytest.mark.parametrize("seal", ["none", "of another fate", "of another request"])
def test_who_may_call_the_follow_up_cannot_call_an_answer_delivered(seal: str) -> None:
    world = World()
    task, other = world.take(world.wait(execution="a")), world.take(world.wait(execution="b"))
    world.states.inject(Fault.SERVER_ERROR, token=other.token, answers=True)
    for each in (task, other):
        world.post(world.link(each), outcome="approved")
    true, undelivered = world.nudged
    assert (true.fate, undelivered.fate) == (Status.DELIVERED, None)
    seals = {"none": "", "of another fate": true.seal, "of another request": true.seal}
    fate = Status.TOO_LATE if seal == "of another fate" else Status.DELIVERED
    world.follow_up().look_after(Nudge(other.id, fate=fate, seal=seals[seal]))
    assert len(world.states.answers(other.token)) == 1, "it is sent"
    assert world.record(other).request.status is Status.DELIVERED


def test_numbers_are_sealed_as_dynamodb_gives_them_back() -> None:
    """1800000000.0 comes back as 1800000000, and 1E+2 as 100."""
    world, task = asked()
    world.post(world.link(task), outcome="approved")
    for item in world.dynamodb.of(task.id):
        for attribute in item.values():
            if "N" in attribute:
                attribute["N"] = attribute["N"].removesuffix(".0")
    assert not world.record(task).forged
    world.nudges()
    assert world.record(task).request.status is Status.DELIVERED


HANGS = ReadTimeoutError(endpoint_url="https://kms.test")
DENIED = client_error("GenerateMac", "AccessDeniedException")
THROTTLED = client_error("GenerateMac", "ThrottlingException")


@pytest.mark.parametrize("problem", [HANGS, DENIED, THROTTLED])
def test_without_the_key_nothing_is_decided_and_all_stays_due(problem: Exception) -> None:
    world = World(remind_after_seconds=600)
    task, message = world.take(world.wait(execution="a")), world.wait(execution="b")
    kms = Kms(b"key of the seals", "seal-key")
    world.seals = type(world.seals)(kms, "seal-key")  # type: ignore[arg-type]
    made, kms.generate_mac = kms.generate_mac, Mock(side_effect=problem)  # type: ignore[method-assign]
    for answer in (world.call(world.link(task)), world.post(world.link(task), outcome="approved")):
        assert answer["statusCode"] == 503
        assert answer["headers"]["retry-after"] == "5"
    with pytest.raises(Undelivered) as undelivered:
        world.take(message)
    assert undelivered.value.passing, "the message comes again"
    world.advance(601)
    assert world.follow_up().sweep() == 1
    assert not world.mails("Reminder")
    kms.generate_mac = made  # type: ignore[method-assign]
    assert world.follow_up().sweep() == 0
    assert len(world.mails("Reminder")) == 3
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303
    world.take(message)


def test_with_another_key_nothing_is_judged_and_with_the_right_one_all_is_as_before() -> None:
    world = World(remind_after_seconds=600)
    task = world.take(world.wait())
    true, world.seals = world.seals, type(world.seals)(Kms(b"another", "other"), "other")  # type: ignore[arg-type]
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 503
    world.advance(601)
    assert world.follow_up().sweep() == 1, "somebody is called"
    world.seals = true
    assert world.follow_up().sweep() == 0
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 303


def test_a_link_that_would_not_open_its_page_is_not_mailed_and_somebody_is_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The key of the links is another one than when the request was recorded."""
    world = World(remind_after_seconds=600)
    task = world.take(world.wait())
    link, world.kms.key = world.link(task), b"another"
    for count in (3, 6):
        world.advance(601)
        assert world.follow_up().sweep() == 1
        assert caplog.text.count(f"the key of request {task.id}'s links is another one") == count
    assert not world.mails("Reminder")
    assert world.remind(task.id).done
    with pytest.raises(DeadLink):
        world.nudges()
    assert world.post(link, outcome="approved")["statusCode"] == 303, "what was mailed before goes on working"
    world.kms.key = Kms().key
    world.nudges()
    assert world.record(task).request.status is Status.DELIVERED


def test_a_new_function_needs_the_key_once_whether_or_not_there_is_such_a_request() -> None:
    world, task = asked()
    for link in (world.link(task), world.link(task)[:-1] + "_", f"{'0' * 32}.0.{'p' * 43}", "nonsense"):
        kms = Kms(b"key of the seals", "seal-key")
        world.seals = type(world.seals)(kms, "seal-key")  # type: ignore[arg-type]
        for _ in range(3):
            world.call(link)
        assert kms.calls == 1


@pytest.mark.parametrize("status", ["expired", "cancelled", "superseded"])
def test_an_end_that_somebody_else_wrote_is_none_and_nobody_is_told_of_it(
    status: str, caplog: pytest.LogCaptureFixture
) -> None:
    world, task = asked()
    request = row(world, task)
    request["status"], request["closed_at"] = {"S": status}, to_attribute(world.now())
    request["outbox"] = {"L": [{"S": f"event:{status.capitalize()}"}, {"S": "mail:outcome:0"}]}
    request["send_at"] = request["due_at"] = to_attribute(world.now())
    assert world.get_json(world.link(task))["state"] == "open"
    world.advance(1)
    world.follow_up().sweep()
    assert world.types() == ["Requested"]
    assert {mail["subject"].split(":")[0] for mail in world.mails("")} == {"Approval needed"}
    assert [said["REQUEST"]["status"] for said in audited(world, task)] == [status]
    assert set(rung(caplog)) == {task.id}
    assert world.post(world.link(task), outcome="rejected", comment="no")["statusCode"] == 303
    assert world.record(task).request.outcome is Outcome.REJECTED


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_an_end_of_ours_stays_one_and_a_copy_of_its_seal_is_no_other_end(status: str) -> None:
    world, task = asked()
    if status == "expired":
        world.advance(100_000)
        world.follow_up().sweep()
    else:
        world.follow_up().execution_ended(task.execution_arn)
    assert world.record(task).request.status is Status(status)
    other = {"expired": "cancelled", "cancelled": "expired"}[status]
    row(world, task)["status"] = {"S": other}
    assert world.get_json(world.link(task))["error"] == "unusable", "its token is gone, so it cannot be open"


@pytest.mark.parametrize(
    "wrong",
    [{"version": "x"}, {"look_at": "soon"}, {"deliver_at": {}}, {"remind_at": 1.0}, {"leased_until": "x"}],
    ids=str,
)
def test_what_changes_and_is_no_time_or_number_is_forged_and_not_looked_at_for_ever(
    wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    world, task = asked()
    request = row(world, task)
    request.update(to_item(wrong))
    request["due_at"] = to_attribute(world.now())
    assert world.get_json(world.link(task))["error"] == "unusable"
    assert world.follow_up().sweep() == 0
    assert set(rung(caplog)) == {task.id}
    caplog.clear()
    assert world.follow_up().sweep() == 0
    assert rung(caplog) == []
