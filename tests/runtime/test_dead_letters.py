"""The dead-letter consumer fails the tasks nobody will answer, and keeps what cannot be attributed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.runtime.conftest import Queue
from tests.runtime.events import (
    Context,
    batch,
    dead_letters,
    failed,
    out_of_time,
    record,
    wait_message,
)
from tests.support.patience import PATIENCE_SECONDS, until
from tests.support.step_functions import Fault, StepFunctions

Consumer = Callable[[Any, Context], Any]
SOURCE = "arn:aws-test:sqs:eu-test-1:123456789012:orders-callbacks"


@pytest.fixture
def consumer(steps: StepFunctions, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    monkeypatch.setenv("MAX_RECEIVE_COUNT", "3")
    return dead_letters()


def test_the_waiting_task_fails_and_is_told_where_to_look(steps: StepFunctions, consumer: Consumer) -> None:
    token = steps.issue()
    event = batch(record("m-7", wait_message(token), 4, DeadLetterQueueSourceArn=SOURCE))
    assert failed(consumer(event, Context())) == []
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause.startswith("Message m-7 of queue orders-callbacks got no answer in 3 deliveries.")
    assert "see its log" in answer.cause
    assert "Its work may have been done all the same" in answer.cause


@pytest.mark.parametrize(("count", "says"), [("1", "in 1 delivery."), (None, "in every delivery.")])
def test_the_cause_reads_well_for_any_count(
    steps: StepFunctions, monkeypatch: pytest.MonkeyPatch, count: str | None, says: str
) -> None:
    if count is None:
        monkeypatch.delenv("MAX_RECEIVE_COUNT", raising=False)
    else:
        monkeypatch.setenv("MAX_RECEIVE_COUNT", count)
    token = steps.issue()
    event = batch(record("m-1", wait_message(token)))
    dead_letters()(event, Context())
    assert says in steps.answers(token)[0].cause


def test_a_task_that_the_worker_failed_already_is_only_deleted(
    steps: StepFunctions, consumer: Consumer
) -> None:
    token = steps.issue()
    steps.send_task_failure(taskToken=token, error="CallbackQueue.DeadLettered", cause="RuntimeError: why")
    assert failed(consumer(batch(record("m", wait_message(token))), Context())) == []
    assert [answer.cause for answer in steps.answers(token)] == ["RuntimeError: why"]


@pytest.mark.parametrize("body", ["{broken", "{}", {"TaskToken": "nobody issued this one"}])
def test_what_has_no_usable_token_stays_and_only_its_message_id_is_logged(
    steps: StepFunctions, consumer: Consumer, caplog: pytest.LogCaptureFixture, body: Any
) -> None:
    good = steps.issue()
    event = batch(record("bad", body), record("good", wait_message(good)))
    assert failed(consumer(event, Context())) == ["bad"]
    assert len(steps.answers(good)) == 1
    (error,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert vars(error)["message_id"] == "bad"
    assert "nobody issued" not in caplog.text


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.LOST_REQUEST, Fault.LOST_REPLY])
def test_what_passes_is_waited_for(steps: StepFunctions, consumer: Consumer, fault: Fault) -> None:
    token = steps.issue()
    steps.inject(fault)
    assert failed(consumer(batch(record("m", wait_message(token))), Context())) == []
    assert len(steps.answers(token)) == 1


@pytest.mark.parametrize(
    ("fault", "times"), [(Fault.THROTTLED, 100), (Fault.ACCESS_DENIED, 1), (Fault.KMS_INVALID_STATE, 1)]
)
def test_an_answer_that_does_not_arrive_comes_again(
    steps: StepFunctions, consumer: Consumer, fault: Fault, times: int
) -> None:
    token = steps.issue()
    event = batch(record("m", wait_message(token)))
    steps.inject(*[fault] * times)
    assert failed(consumer(event, Context())) == ["m"]
    steps.recover()
    assert failed(consumer(event, Context())) == []
    assert len(steps.answers(token)) == 1


def test_it_never_touches_the_time_of_a_message(
    steps: StepFunctions, queue: Queue, consumer: Consumer
) -> None:
    consumer(batch(record("m", "{broken")), Context())
    assert queue.given_back == []


def test_a_service_that_does_not_reply_in_time_leaves_the_message(
    steps: StepFunctions,
    consumer: Consumer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, replies, call = threading.Event(), threading.Event(), steps.call

    def late(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        assert replies.wait(PATIENCE_SECONDS)
        return call(operation, parameters)

    monkeypatch.setattr(steps, "call", late)
    token = steps.issue()
    event = batch(record("m", wait_message(token)))
    with out_of_time(lambda: asked.wait(PATIENCE_SECONDS)) as context:
        assert failed(consumer(event, context)) == ["m"]
    assert "dead letter m comes again: no reply within" in caplog.text
    replies.set()
    until("the end of the thread", lambda: "dead-lettered: task" in caplog.text)
    assert failed(consumer(event, Context())) == []
    assert len(steps.answers(token)) == 1
