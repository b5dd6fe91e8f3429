"""Who can be mailed is looked at before anybody is asked; who cannot is on record, and others are told."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from approvals.asking.subscriptions import Subscriptions
from approvals.request.model import Status
from botocore.exceptions import ReadTimeoutError

from tests.support.step_functions import client_error

from .world import ANN, BOB, CAT, EVE, World

PENDING = "PendingConfirmation"


def rung(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """What rang: approver's number → why, each time."""
    return [vars(each)["approvers"] for each in caplog.records if vars(each).get("rings") == "unreachable"]


def later(world: World, seconds: float) -> None:
    world.advance(seconds)
    assert world.follow_up().sweep() == 0


def asked_in_vain(world: World) -> str:
    """Nobody is asked, and the task fails at once; why."""
    return world.refuses(world.wait(), "ApproversUnreachable")


def without(*missing: str, **settings: Any) -> World:
    """A world in which these are not subscribed."""
    world = World(**settings)
    world.sns.unsubscribe(*missing)
    return world


def test_everybody_who_is_subscribed_is_asked_and_nothing_is_said_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(approvers=("Ann@Example.TEST", BOB, CAT))
    world.sns.unsubscribe("Ann@Example.TEST", BOB)
    world.sns.subscribe(ANN, protocol="email-json")
    world.sns.subscribe(BOB.upper())
    task = world.take(world.wait())
    assert [mail["to"] for mail in world.sns.mails] == [ANN, BOB, CAT], "capitals make no difference"
    assert world.types() == ["Requested"]
    assert "reached" not in world.sns.mails[0]["body"]
    assert "Could not be reached" not in world.call(world.link(task))["body"]
    assert world.get_json(world.link(task))["unreachable"] == []
    assert not rung(caplog)


@pytest.mark.parametrize(
    ("protocol", "arn", "reason"),
    [
        (None, "", "not subscribed"),
        ("email", "Deleted", "not subscribed"),
        ("https", "", "not subscribed"),
        ("email", PENDING, "not confirmed"),
        ("email-json", PENDING, "not confirmed"),
    ],
)
def test_who_cannot_be_mailed_is_on_record_and_everybody_else_is_told(
    protocol: str | None, arn: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = without(BOB)
    if protocol:
        world.sns.subscribe(BOB, protocol=protocol, arn=arn)
    task = world.take(world.wait())
    assert world.record(task).request.unreachable == {1: reason}
    assert [mail["to"] for mail in world.sns.mails] == [ANN, CAT], "no mail that nobody gets"
    words = {
        "not subscribed": "not subscribed to the mails",
        "not confirmed": "has not confirmed the subscription",
    }
    for mail in world.sns.mails:
        assert f"Could not be reached: {BOB} ({words[reason]})\n" in mail["body"]
    assert f"<bdi>{BOB}</bdi> ({words[reason]})" in world.call(world.link(task))["body"]
    told = [{"approver": BOB, "reason": reason}]
    assert world.get_json(world.link(task))["unreachable"] == told
    (event,) = [each for each in world.events.events if each["type"] == "Approval Unreachable"]
    assert event["detail"]["unreachable"] == told
    assert event["detail"]["requestId"] == task.id
    assert rung(caplog) == [{1: reason}]
    assert "unreachable" not in world.record(task).told(), "what a workflow gets stays as it was"
    world.post(world.link(task), outcome="approved")
    world.nudges()
    assert [mail["to"] for mail in world.mails("Approved")] == [ANN, CAT]
    assert rung(caplog) == [{1: reason}], "once"


def test_a_confirmed_subscription_counts_whatever_stands_beside_it() -> None:
    world = without(BOB)
    world.sns.subscribe(BOB, arn=PENDING)
    world.sns.subscribe(BOB, protocol="email-json")
    world.sns.subscribe(BOB, arn=PENDING)
    world.take(world.wait())
    assert [mail["to"] for mail in world.sns.mails] == [ANN, BOB, CAT]


def test_a_lookalike_is_not_who_is_subscribed() -> None:
    world = without(BOB)
    world.sns.subscribe(BOB.replace("o", "\u043e"))
    assert world.record(world.take(world.wait())).request.unreachable == {1: "not subscribed"}


def test_the_list_has_pages() -> None:
    world = without(CAT)
    world.sns.subscribe(*(f"crowd{number}@example.test" for number in range(250)))
    world.sns.subscribe(CAT)
    assert not world.record(world.take(world.wait())).request.unreachable
    assert world.sns.looks == 3


@pytest.mark.parametrize("quorum", [1, 2])
def test_fewer_than_the_quorum_fail_the_task_at_once_with_who_and_why(
    quorum: int, caplog: pytest.LogCaptureFixture
) -> None:
    world = without(BOB, CAT, quorum=quorum)
    if quorum == 1:
        world.sns.unsubscribe(ANN)
    world.sns.subscribe(CAT, arn=PENDING)
    cause = asked_in_vain(world)
    assert cause.startswith(f"quorum is {quorum}, and {quorum - 1} of 3 approvers can be reached: ")
    assert f"{BOB} (not subscribed), {CAT} (not confirmed)" in cause
    assert (f"{ANN} (not subscribed)" in cause) == (quorum == 1)
    assert len(rung(caplog)) == 1
    assert not world.events.events


def test_those_who_are_asked_later_count_and_are_asked_as_usual(caplog: pytest.LogCaptureFixture) -> None:
    world = without(ANN, BOB, CAT, escalate_after_seconds=900)
    task = world.take(world.wait())
    assert not world.sns.mails
    assert world.record(task).request.unreachable.keys() == {0, 1, 2}
    later(world, 901)
    assert [(mail["to"], mail["subject"][:9]) for mail in world.sns.mails] == [(EVE, "Escalated")]
    assert ANN in world.sns.mails[0]["body"]
    world.post(world.link(task, 3), outcome="approved")
    world.nudges()
    assert world.record(task).request.status is Status.DELIVERED
    assert len(rung(caplog)) == 1


@pytest.mark.parametrize("pause", [0, 3600, 7200])
def test_those_who_would_be_asked_when_it_is_too_late_do_not_count(pause: int) -> None:
    never = without(ANN, BOB, CAT, escalate_after_seconds=pause)
    assert EVE not in asked_in_vain(never), "an hour is all the time there is"
    some = without(ANN, BOB, escalate_after_seconds=pause)
    assert some.record(some.take(some.wait())).request.people == (ANN, BOB, CAT)


def test_the_same_message_again_fails_nothing_that_is_asked_already() -> None:
    world = World()
    message = world.wait()
    task = world.take(message)
    world.sns.unsubscribe(ANN, BOB, CAT)
    world.advance(301)
    world.take(message)
    assert world.record(task).request.status is Status.OPEN
    assert len(world.sns.mails) == 3


def test_subscriptions_are_remembered_and_looked_at_again_when_somebody_is_missing() -> None:
    world = World()

    def ask() -> int:
        before = world.sns.looks
        world.take(world.wait(execution=f"run-{len(world.sns.mails)}"))
        return world.sns.looks - before

    assert [ask(), ask()] == [1, 0]
    world.advance(299)
    assert ask() == 0
    world.advance(1)
    world.sns.unsubscribe(BOB)
    assert ask() == 1
    world.advance(59)
    assert ask() == 0, "once a minute"
    world.sns.subscribe(BOB)
    world.advance(1)
    mails = len(world.sns.mails)
    assert ask() == 1
    assert [mail["to"] for mail in world.sns.mails[mails:]] == [ANN, BOB, CAT], "confirmed a moment ago"
    world.advance(299)
    assert ask() == 0


def test_who_can_be_reached_by_now_gets_the_next_reminder(caplog: pytest.LogCaptureFixture) -> None:
    world = without(BOB, quorum=2, remind_after_seconds=600)
    task = world.take(world.wait(timeout_seconds=7200))
    later(world, 601)
    assert [mail["to"] for mail in world.mails("Reminder")] == [ANN, CAT]
    world.sns.subscribe(BOB)
    later(world, 600)
    assert [mail["to"] for mail in world.mails("Reminder")[2:]] == [ANN, BOB, CAT]
    assert "Could not be reached" not in world.mails("Reminder", BOB)[0]["body"]
    assert world.get_json(world.link(task, 1))["unreachable"] == []
    assert not world.mails("Approval needed", BOB), "one mail is enough"
    assert len(rung(caplog)) == 1


def test_without_reminders_who_can_be_reached_by_now_is_asked_within_the_hour() -> None:
    world = without(BOB, quorum=2)
    task = world.take(world.wait(timeout_seconds=90_000))
    world.sns.subscribe(BOB)
    later(world, 3601)
    assert [mail["to"] for mail in world.mails("Approval needed")] == [ANN, CAT, BOB]
    assert world.record(task).request.unreachable == {}
    later(world, 3601)
    assert len(world.sns.mails) == 3


def test_who_is_unsubscribed_after_the_first_mail_is_unreachable_until_they_decide(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(quorum=2, remind_after_seconds=600)
    task = world.take(world.wait(timeout_seconds=7200))
    world.sns.unsubscribe(BOB)
    later(world, 601)
    assert [mail["to"] for mail in world.mails("Reminder")] == [ANN, CAT]
    assert rung(caplog) == [{1: "not subscribed"}]
    later(world, 601)
    assert len(rung(caplog)) == 1
    assert world.types() == ["Requested", "Unreachable"]
    world.post(world.link(task, 1), outcome="approved")
    assert world.record(task).request.unreachable == {}
    later(world, 601)
    assert world.record(task).request.unreachable == {}
    assert world.record(task).request.status is Status.OPEN


def test_whoever_is_asked_later_is_looked_at_then(caplog: pytest.LogCaptureFixture) -> None:
    world = without(EVE, escalate_after_seconds=900)
    task = world.take(world.wait())
    assert not rung(caplog), "nobody needs Eve yet"
    later(world, 901)
    assert not world.mails("Escalated")
    assert world.record(task).request.unreachable == {3: "not subscribed"}
    assert rung(caplog) == [{3: "not subscribed"}]
    audit = [item["what"]["S"] for item in world.dynamodb.of(task.id, "A#")]
    assert audit == ["requested", "escalated"]


def test_an_operator_reminds_only_those_who_can_be_reached() -> None:
    world = without(BOB)
    task = world.take(world.wait())
    assert world.remind(task.id).done
    world.nudges()
    assert [mail["to"] for mail in world.mails("Reminder")] == [ANN, CAT]
    world.sns.subscribe(BOB)
    world.advance(60)
    assert world.remind(task.id).done
    world.nudges()
    assert [mail["to"] for mail in world.mails("Reminder")[2:]] == [ANN, BOB, CAT]
    world.sns.unsubscribe(ANN, BOB, CAT)
    world.advance(300)
    assert world.remind(task.id).status == "unreachable", "and the operator is told if that is nobody"
    world.nudges()
    assert len(world.mails("Reminder")) == 5


def denied(**_: Any) -> Any:
    raise client_error("ListSubscriptionsByTopic", "AuthorizationError", status=403)


def throttled(**_: Any) -> Any:
    raise client_error("ListSubscriptionsByTopic", "Throttling", status=400)


def hanging(**_: Any) -> Any:
    raise ReadTimeoutError(endpoint_url="https://sns.test")


@pytest.mark.parametrize(
    ("fault", "level"), [(denied, logging.ERROR), (throttled, logging.WARNING), (hanging, logging.WARNING)]
)
def test_if_sns_does_not_say_everybody_is_asked_and_nobody_is_called_unreachable(
    fault: Callable[..., Any], level: int, caplog: pytest.LogCaptureFixture
) -> None:
    world = without(BOB, quorum=3, remind_after_seconds=600)
    listing, calls = world.sns.list_subscriptions_by_topic, 0

    def fails(**parameters: Any) -> Any:
        nonlocal calls
        calls += 1
        return fault(**parameters)

    world.sns.list_subscriptions_by_topic = fails  # type: ignore[method-assign]
    tasks = [world.take(world.wait(execution=f"run-{number}")) for number in range(3)]
    assert [mail["to"] for mail in world.sns.mails] == 3 * [ANN, BOB, CAT]
    assert {len(world.record(task).request.unreachable) for task in tasks} == {0}
    (line,) = [each for each in caplog.records if "cannot be looked at" in each.getMessage()]
    assert line.levelno == level
    assert calls == 1, "a service in trouble is left alone for a minute"
    assert not rung(caplog)
    world.sns.list_subscriptions_by_topic = listing  # type: ignore[method-assign]
    later(world, 601)
    assert [mail["to"] for mail in world.mails("Reminder")] == 3 * [ANN, CAT], "once it says so, it counts"


def test_what_is_on_record_stays_when_sns_does_not_say_any_more() -> None:
    world = without(BOB, remind_after_seconds=600)
    task = world.take(world.wait())
    world.sns.list_subscriptions_by_topic = throttled  # type: ignore[method-assign]
    later(world, 601)
    assert [mail["to"] for mail in world.mails("Reminder")] == [ANN, BOB, CAT], (
        "whoever may be reached is mailed"
    )
    assert world.record(task).request.unreachable == {1: "not subscribed"}


def test_more_pages_than_can_be_read_in_time_say_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = without(BOB)
    world.sns.subscribe(*(f"crowd{number}@example.test" for number in range(100_000)))
    listing = world.sns.list_subscriptions_by_topic

    def slow(**parameters: Any) -> Any:
        world.advance(0.5)
        return listing(**parameters)

    world.sns.list_subscriptions_by_topic = slow  # type: ignore[method-assign]
    assert not world.record(world.take(world.wait())).request.unreachable
    assert world.sns.looks < 20
    assert "too many to read in time" in caplog.text


def test_subscriptions_are_not_looked_at_if_something_else_hands_mails_on() -> None:
    assert Subscriptions.read({"CHECK_SUBSCRIPTIONS": "false", "TOPIC_ARN": "t"}) is None
    world = without(ANN, BOB, CAT)
    world.subscriptions = None
    world.take(world.wait())
    assert [mail["to"] for mail in world.sns.mails] == [ANN, BOB, CAT]
    assert world.sns.looks == 0
