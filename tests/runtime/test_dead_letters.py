"""The dead-letter consumer fails the tasks nobody will answer, and keeps what cannot be attributed."""

from typing import Any

import pytest

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, batch, bus_event, dead_letters, failed, record, wait_message
from tests.support.step_functions import Fault, StepFunctions

SOURCE = "arn:aws-test:sqs:eu-test-1:123456789012:orders-callbacks"


def consume(*records: dict[str, Any], context: Any = None) -> list[str]:
    """One invocation with these dead letters; those that stay."""
    return failed(dead_letters()(batch(*records), context or Context()))


@pytest.mark.parametrize(
    ("count", "says"), [("3", "in 3 deliveries."), ("1", "in 1 delivery."), (None, "in every delivery.")]
)
def test_the_waiting_task_fails_and_is_told_where_to_look(
    steps: StepFunctions, token: str, monkeypatch: pytest.MonkeyPatch, count: str | None, says: str
) -> None:
    if count is not None:
        monkeypatch.setenv("MAX_RECEIVE_COUNT", count)
    assert consume(record("m-7", wait_message(token), 4, DeadLetterQueueSourceArn=SOURCE)) == []
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause.startswith(f"Message m-7 of queue orders-callbacks got no answer {says}")
    assert "see its log" in answer.cause
    assert "Nothing says whether its work was begun, so it may have been done" in answer.cause


def test_of_an_event_that_never_reached_its_queue_the_task_is_told_that(
    steps: StepFunctions, token: str
) -> None:
    """EventBridge puts it on the dead-letter queue itself."""
    letter = record("m-7", bus_event(wait_message(token)))
    why = {"RULE_ARN": "arn:rule", "ERROR_CODE": "NO_PERMISSIONS"}
    letter["messageAttributes"] = {
        name: {"stringValue": value, "dataType": "String"} for name, value in why.items()
    }
    assert consume(letter) == []
    (answer,) = steps.answers(token)
    assert (answer.error, answer.cause) == (
        "CallbackQueue.DeadLettered",
        "EventBridge could not put message m-7 on its queue (NO_PERMISSIONS): it was never begun.",
    )


def test_a_task_that_the_worker_failed_already_is_only_deleted(steps: StepFunctions, token: str) -> None:
    steps.send_task_failure(taskToken=token, error="CallbackQueue.DeadLettered", cause="RuntimeError: why")
    assert consume(record("m", wait_message(token))) == []
    assert [answer.cause for answer in steps.answers(token)] == ["RuntimeError: why"]


@pytest.mark.parametrize("body", ["{broken", "{}", {"TaskToken": "nobody issued this one"}])
def test_what_has_no_usable_token_stays_and_only_its_message_id_is_logged(
    steps: StepFunctions, queue: Queue, caplog: pytest.LogCaptureFixture, body: Any
) -> None:
    good = steps.issue()
    assert consume(record("bad", body), record("good", wait_message(good))) == ["bad"]
    assert len(steps.answers(good)) == 1
    (error,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert vars(error)["message_id"] == "bad"
    assert "nobody issued" not in caplog.text
    assert queue.given_back == [], "its time is never touched"


@pytest.mark.parametrize(
    ("fault", "times", "stays"),
    [
        *[(fault, 1, []) for fault in (Fault.THROTTLED, Fault.LOST_REQUEST, Fault.LOST_REPLY)],
        (Fault.THROTTLED, 100, ["m"]),
        *[(fault, 1, ["m"]) for fault in (Fault.ACCESS_DENIED, Fault.KMS_INVALID_STATE)],
    ],
)
def test_what_passes_is_waited_for_and_what_lasts_brings_the_letter_again(
    steps: StepFunctions, fault: Fault, times: int, stays: list[str]
) -> None:
    token = steps.issue()
    letter = record("m", wait_message(token))
    steps.inject(*[fault] * times)
    assert consume(letter) == stays
    steps.recover()
    assert consume(letter) == []
    assert len(steps.answers(token)) == 1


def test_it_sends_again_no_longer_than_the_task_waits(steps: StepFunctions, token: str, clock: Clock) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    assert consume(record("m", wait_message(token, TimeoutSeconds=4))) == ["m"]
    assert sum(clock.pauses) < 4


def test_a_service_that_does_not_reply_in_time_leaves_the_message(
    steps: StepFunctions,
    token: str,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = steps.call

    def late(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        clock.hang()
        return call(operation, parameters)

    monkeypatch.setattr(steps, "call", late)
    letter = record("m", wait_message(token))
    assert consume(letter) == ["m"]
    assert "dead letter m comes again: no reply within" in caplog.text
    clock.let_go()
    assert "dead-lettered: task" in caplog.text
    monkeypatch.undo()
    assert len(steps.answers(token)) == 1
    assert len(steps.answers(token)) == 1
