"""What an operator has done with a request: reminded or cancelled, on record with who, whatever fails."""

import json
from typing import Any

import pytest
from approvals.asking.operator import Done, Unsigned, read
from approvals.request.model import Status
from countersign_runtime.answers import Undelivered
from countersign_runtime.message import Task

from countersign_contract.approvals.operating import Call, InvalidCall
from tests.support.step_functions import client_error

from .world import ANN, BOB, CAT, EVE, FORM, OPERATOR, World, asked

IDENTITY = {"authorizer": {"iam": {"userArn": OPERATOR, "accountId": "123456789012"}}}


def audit(world: World, request_id: str) -> list[tuple[str, str, str | None]]:
    """What happened, who did it, and why."""
    return [
        (item["what"]["S"], item["by"]["S"], item.get("reason", {}).get("S"))
        for item in world.dynamodb.of(request_id, "A#")
    ]


def test_those_are_reminded_who_have_not_decided_and_who_asked_for_it_is_on_record() -> None:
    world, task = asked(quorum=2)
    world.post(world.link(task, 0), outcome="approved")
    world.nudges()
    assert world.remind(task.id) == Done(True, "open")
    assert not world.mails("Reminder"), "the follow-up mails"
    world.nudges()
    assert [mail["to"] for mail in world.mails("Reminder")] == [BOB, CAT]
    assert audit(world, task.id)[-1] == ("reminded", OPERATOR, None)
    world.post(world.link(task, 1), outcome="approved")
    assert world.remind(task.id) == Done(False, "decided")
    assert world.remind("0" * 32) == Done(False, "unknown")
    world.nudges()
    assert len(world.mails("Reminder")) == 2


@pytest.mark.parametrize("approver", [BOB.upper(), "1"])
def test_one_approver_is_mailed_their_link_again_and_to_whom_is_on_record(approver: str) -> None:
    world, task = asked(quorum=2)
    assert world.resend(task.id, approver) == Done(True, "open")
    world.nudges()
    (mail,) = world.mails("Reminder")
    assert mail["to"] == BOB
    assert world.link(task, 1) in mail["body"]
    assert audit(world, task.id)[-1] == ("reminded", OPERATOR, BOB)


def test_a_link_is_mailed_to_nobody_but_who_is_asked_and_has_not_decided() -> None:
    world, task = asked(quorum=2, escalate_after_seconds=600)
    world.post(world.link(task, 0), outcome="approved")
    world.nudges()
    assert world.resend(task.id, ANN) == Done(False, "has decided")
    assert world.resend(task.id, EVE) == Done(False, "not asked")
    for nobody in ("3", "99", "-1", "00", "else@example.test"):
        assert world.resend(task.id, nobody) == Done(False, "not asked")
    world.unsubscribe(CAT)
    assert world.resend(task.id, CAT) == Done(False, "unreachable")
    world.nudges()
    assert not world.mails("Reminder")
    world.states.end(world.execution_arn())
    assert world.resend(task.id, BOB) == Done(False, "cancelled")


def test_nobody_is_mailed_again_who_decides_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    world, task = asked(quorum=2)
    really = world.states.send_task_heartbeat

    def after_a_decision(**call: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(world.states, "send_task_heartbeat", really)
            if BOB not in [vote["approver"] for vote in world.get_json(world.link(task, 1))["decisions"]]:
                world.post(world.link(task, 1), outcome="approved")
        return really(**call)

    monkeypatch.setattr(world.states, "send_task_heartbeat", after_a_decision)
    assert world.resend(task.id, BOB) == Done(False, "has decided")
    monkeypatch.undo()
    world.nudges()
    assert not world.mails("Reminder")
    assert not any(what == "reminded" for what, _, _ in audit(world, task.id))


def test_a_loop_of_an_operator_mails_each_approver_once_a_minute() -> None:
    """A call without an answer can be made again, also once the follow-up has mailed."""
    world, task = asked(quorum=2)
    assert world.resend(task.id, BOB) == Done(True, "open")
    world.nudges()
    for _ in range(20):
        world.advance(2)
        assert world.resend(task.id, BOB) == Done(False, "too soon")
        world.nudges()
    assert [mail["to"] for mail in world.mails("Reminder")] == [BOB]
    assert world.remind(task.id) == Done(True, "open"), "the others were not mailed"
    assert world.remind(task.id) == Done(False, "too soon")
    world.nudges()
    assert [mail["to"] for mail in world.mails("Reminder")] == [BOB, ANN, CAT]
    assert [what for what, _, _ in audit(world, task.id)].count("reminded") == 2
    world.advance(60)
    assert world.remind(task.id) == Done(True, "open")
    world.nudges()
    assert len(world.mails("Reminder")) == 6


def test_the_same_call_twice_at_once_mails_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, task = asked()
    really = world.states.send_task_heartbeat

    def after_the_other(**call: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(world.states, "send_task_heartbeat", really)
            assert world.remind(task.id).done or world.mails("Reminder")
            world.nudges()
        return really(**call)

    monkeypatch.setattr(world.states, "send_task_heartbeat", after_the_other)
    assert world.remind(task.id) == Done(False, "too soon")
    monkeypatch.undo()
    world.nudges()
    assert len(world.mails("Reminder")) == 3


def test_why_nobody_is_mailed_again_is_told_of_each_who_is_left() -> None:
    world, task = asked(quorum=2)
    world.unsubscribe(CAT)
    assert world.remind(task.id) == Done(True, "open")
    assert world.remind(task.id) == Done(False, "rest unreachable"), "one cannot be mailed, the others were"
    assert world.resend(task.id, BOB) == Done(False, "too soon")
    assert world.resend(task.id, CAT) == Done(False, "unreachable")
    world.unsubscribe(ANN, BOB)
    assert world.remind(task.id) == Done(False, "unreachable"), "by now, whoever was mailed before"
    world.subscriptions = None
    assert world.resend(task.id, CAT) == Done(True, "open"), "who could not be mailed may be at once"
    assert world.remind(task.id) == Done(False, "too soon")


def test_an_operator_and_an_approver_who_want_the_same_mail_at_once_get_one_a_minute() -> None:
    world, task = asked()
    link = f"{world.link(task)}?mine"

    def wish() -> tuple[int, str | None]:
        answer = world.call(link, "POST", f"requestId={task.id}", content_type=FORM)
        world.nudges()
        return answer["statusCode"], answer["headers"].get("retry-after")

    assert world.resend(task.id, ANN) == Done(True, "open")
    world.advance(20)
    assert wish() == (429, "40"), "as long as the operator's pause, not as long as their own"
    world.advance(40)
    assert wish() == (202, None)
    world.advance(59)
    assert world.resend(task.id, ANN) == Done(False, "too soon")
    world.advance(1)
    assert world.resend(task.id, ANN) == Done(True, "open")
    assert wish() == (429, "240"), "their own pause is the longer one"
    world.advance(240)
    assert wish() == (202, None)


def test_nobody_is_reminded_of_what_nobody_waits_for() -> None:
    world, task = asked()
    world.states.end(world.execution_arn())
    assert world.remind(task.id) == Done(False, "cancelled")
    world.nudges()
    assert not world.mails("Reminder")
    assert audit(world, task.id)[-1] == ("cancelled", OPERATOR, "nobody waits for it any more")


def test_a_cancelled_request_fails_its_task_and_says_who_and_why_and_everybody_is_told() -> None:
    world, task = asked()
    token = world.record(task).request.token
    assert world.cancel(task.id, "a mistake") == Done(True, "cancelled")
    (answer,) = world.states.answers(token)
    assert (answer.operation, answer.error) == ("SendTaskFailure", "ApprovalCancelled")
    assert json.loads(answer.cause) == {"cancelled": task.id, "by": OPERATOR, "reason": "a mistake"}
    assert audit(world, task.id)[-1] == ("cancelled", OPERATOR, "a mistake")
    world.nudges()
    assert sorted(mail["to"] for mail in world.mails("No longer needed")) == [ANN, BOB, CAT]
    assert world.types() == ["Requested", "Cancelled"]
    assert world.post(world.link(task), outcome="approved")["statusCode"] == 410
    assert world.cancel(task.id, "again") == Done(False, "cancelled")
    assert len(world.states.answers(token)) == 1


def sees_first(world: World, task: Task, who: str) -> None:
    """Somebody sees, before the operator's function does, that nobody waits any more."""
    if who == "page":
        assert world.post(world.link(task), outcome="approved")["statusCode"] == 410
    elif who == "follow-up":
        assert world.follow_up().sweep() == 0
    elif who == "intake":
        world.take(world.wait(retry_count=1))


@pytest.mark.parametrize(
    ("who", "seconds", "seen", "status"),
    [
        ("page", 0, "cancelled", Status.CANCELLED),
        ("nobody", 2, "", Status.CANCELLED),
        ("follow-up", 2, "expired", Status.CANCELLED),
        ("intake", 0, "superseded", Status.SUPERSEDED),
    ],
)
def test_who_cancelled_is_on_record_whatever_happens_between_the_failure_and_the_record(
    monkeypatch: pytest.MonkeyPatch, who: str, seconds: float, seen: str, status: Status
) -> None:
    world, task = asked()
    really = world.states.send_task_failure

    def before_it_is_closed(**call: Any) -> Any:
        world.advance(3_599)
        answer = really(**call)
        world.advance(seconds)
        sees_first(world, task, who)
        return answer

    monkeypatch.setattr(world.states, "send_task_failure", before_it_is_closed)
    assert world.cancel(task.id, "a mistake") == Done(True, status)
    *before, last = audit(world, task.id)[1:]
    assert [(what, by) for what, by, _ in before] == ([(seen, who)] if seen else [])
    assert last == ("cancelled", OPERATOR, "a mistake")
    assert world.record(task).request.status is status
    world.nudges()
    assert world.follow_up().sweep() == 0
    ended = [mail for mail in world.mails() if "/r/" not in mail["body"]]
    assert sorted(mail["to"] for mail in ended) == ([ANN, BOB, CAT] if status is Status.CANCELLED else [])
    assert world.types().count("Cancelled") == (status is Status.CANCELLED)
    assert world.cancel(task.id, "again") == Done(False, status)


def test_without_the_nudge_the_follow_up_finds_what_is_to_be_sent() -> None:
    world, task = asked()

    def fails(_: Any) -> None:
        raise client_error("Invoke", "TooManyRequestsException", status=429)

    operator = world.operator()
    operator.nudge = fails
    assert operator.answer(Call("cancel", task.id, "a mistake")).done
    world.advance(60)
    assert world.follow_up().sweep() == 0
    assert len(world.mails("No longer needed")) == 3


def test_a_failure_that_does_not_get_through_leaves_the_request_open_and_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, task = asked()

    def throttled(**_: Any) -> Any:
        raise client_error("SendTaskFailure", "ThrottlingException", status=400)

    with monkeypatch.context() as patched:
        patched.setattr(world.states, "send_task_failure", throttled)
        with pytest.raises(Undelivered):
            world.cancel(task.id, "a mistake")
    assert world.record(task).request.status is Status.OPEN
    assert world.cancel(task.id, "a mistake").done


def test_a_failure_whose_reply_was_lost_is_put_on_record_by_the_repetition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, task = asked()
    token, really = world.record(task).request.token, world.states.send_task_failure

    def lost(**call: Any) -> Any:
        really(**call)
        raise client_error("SendTaskFailure", "InternalFailure", status=500)

    with monkeypatch.context() as patched:
        patched.setattr(world.states, "send_task_failure", lost)
        with pytest.raises(Undelivered):
            world.cancel(task.id, "a mistake")
    assert world.cancel(task.id, "a mistake") == Done(True, "cancelled")
    assert audit(world, task.id)[-1] == ("cancelled", OPERATOR, "a mistake")
    assert len(world.states.answers(token)) == 1


def test_a_decision_made_while_it_is_cancelled_is_too_late_and_not_taken_for_delivered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, task = asked()
    really = world.states.send_task_failure
    token = world.record(task).request.token

    def after_a_decision(**call: Any) -> Any:
        really(**call)
        with monkeypatch.context() as patched:
            # The page looked whether somebody waits before the task was failed.
            patched.setattr(world.states, "send_task_heartbeat", lambda **_: {})
            world.post(world.link(task), outcome="approved")
        return {}

    monkeypatch.setattr(world.states, "send_task_failure", after_a_decision)
    assert world.cancel(task.id, "a mistake") == Done(False, "decided")
    world.states.end(world.execution_arn())
    world.nudges()
    assert world.follow_up().execution_ended(world.execution_arn()) == 0
    assert world.record(task).request.status is Status.TOO_LATE
    assert len(world.states.answers(token)) == 1


def test_what_is_forged_is_not_acted_on() -> None:
    world, task = asked()
    for key in [key for key in world.dynamodb.items if key[1] == "ASK"]:
        world.dynamodb.items[key] = {**world.dynamodb.items[key], "subject": {"S": "another"}}
    assert world.cancel(task.id, "a mistake") == Done(False, "forged")
    assert not world.states.accepted


def test_who_calls_is_what_aws_says_not_what_the_call_says() -> None:
    body = json.dumps({"action": "cancel", "request": "0" * 32, "reason": "  a\n mistake ", "who": "else"})
    who, call = read({"requestContext": IDENTITY, "body": body})
    assert (who, call) == (OPERATOR, Call("cancel", "0" * 32, "a mistake"))
    unsigned: list[dict[str, Any]] = [{}, {"authorizer": {}}, {"authorizer": {"iam": None}}]
    for context in unsigned:
        with pytest.raises(Unsigned):
            read({"requestContext": context, "body": body})


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("action", {}),
        ("request", {}),
        ("reason", {"action": "remind"}),
        ("approver", {"action": "remind"}),
        ("reason", {"action": "cancel"}),
    ],
)
@pytest.mark.parametrize("value", ["x" * 200_000, ["x" * 200_000]])
def test_what_is_wrong_is_not_given_back_whole(name: str, more: dict[str, str], value: object) -> None:
    with pytest.raises(InvalidCall, match=name) as refused:
        Call.read({"action": "remind", "request": "0" * 32, **more, name: value})
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "the call must be a JSON object"),
        ("[1]", "the call must be a JSON object"),
        ('{"action": "approve"}', "action must be remind, resend or cancel, got 'approve'"),
        ('{"action": "remind", "request": 7}', "request must be an id of 32 hexadecimal digits, .* got 7"),
        ('{"action": "remind", "request": "ABC"}', "request must be an id of 32 hexadecimal digits"),
        (
            '{"action": "cancel", "request": "ID"}',
            "reason must say why it is ended, got nothing",
        ),
        ('{"action": "cancel", "request": "ID", "reason": "\\u200b"}', "reason must say why"),
        ('{"action": "cancel", "request": "ID", "reason": 7}', "reason must be a text, got 7"),
        ('{"action": "cancel", "request": "ID", "reason": "LONG"}', "at most 500 characters, got 501"),
        ('{"action": "remind", "request": "ID", "reason": "x"}', "must not be given with remind, got 'x'"),
        ('{"action": "resend", "request": "ID"}', "approver must be the address or the number of one"),
        ('{"action": "resend", "request": "ID", "approver": 0}', "approver must be a text, got 0"),
        ('{"action": "resend", "request": "ID", "approver": "LONG"}', "at most 320 characters, got 501"),
        ('{"action": "remind", "request": "ID", "approver": "0"}', "must not be given with remind, got '0'"),
    ],
)
def test_a_call_that_cannot_be_taken_is_refused_by_name_rule_and_value(body: str, says: str) -> None:
    filled = body.replace("ID", "0" * 32).replace("LONG", "x" * 501)
    with pytest.raises(InvalidCall, match=says):
        read({"requestContext": IDENTITY, "body": filled})
