"""Messages of a queue, whose deliveries count; several in one notification; what is logged of each."""

import logging
from typing import Any

import pytest
from countersign_runtime import Task, UnusableMessage
from countersign_runtime.answers import Undelivered

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, batch, notification, record, wait_message
from tests.runtime.sources import Calls, deliver, run
from tests.support.step_functions import Fault, StepFunctions


@pytest.mark.parametrize(("deliveries", "seconds"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (900, 60)])
def test_after_a_fault_a_message_comes_again_after_a_backoff(
    steps: StepFunctions, token: str, queue: Queue, deliveries: int, seconds: int
) -> None:
    broken = record("m", wait_message(token), deliveries)
    assert deliver(Calls(ValueError()), broken, receives=1000) == ["m"]
    assert queue.given_back == [("https://sqs.test/123456789012/orders", "receipt-m", seconds)]
    assert steps.is_waiting(token)


def test_that_it_cannot_come_early_changes_nothing(
    steps: StepFunctions, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.broken = True
    assert deliver(Calls(ValueError()), record("m", wait_message(steps.issue()))) == ["m"]
    assert "comes again only after the visibility timeout" in caplog.text


def test_the_last_fault_fails_the_task_with_its_cause_and_leaves_a_dead_letter(
    steps: StepFunctions, token: str, queue: Queue
) -> None:
    problem = RuntimeError(f"provider down for {token}")
    assert deliver(Calls(problem), record("m", wait_message(token), 3)) == ["m"]
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause == "RuntimeError: provider down for [task token]"
    assert queue.seconds() == {"m": 1}


def test_without_a_count_no_delivery_is_the_last(steps: StepFunctions, token: str) -> None:
    assert deliver(Calls(ValueError()), record("m", wait_message(token), 99), receives=None) == ["m"]
    assert steps.is_waiting(token)


def test_the_last_fault_while_the_service_is_away_is_left_to_the_dead_letter_consumer(
    steps: StepFunctions,
    token: str,
) -> None:

    def handle(request: Any, task: Task) -> Any:
        steps.inject(*[Fault.SERVER_ERROR] * 100)
        raise ValueError("x")

    assert deliver(handle, record("m", wait_message(token), 3)) == ["m"]
    assert steps.is_waiting(token)


def test_the_deadline_of_a_retry_is_known_from_its_queue(steps: StepFunctions, clock: Clock) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    message = wait_message(steps.issue(), EnteredTime="2026-01-01T00:00:00Z", RetryCount=1, TimeoutSeconds=60)
    retried = record("m", message, SentTimestamp=str(int((clock.time() - 50) * 1000)))
    assert deliver(Calls(), retried) == ["m"]
    assert 2 < sum(clock.pauses) < 10


def test_the_question_leaves_half_of_the_time_to_the_work(steps: StepFunctions, clock: Clock) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    handle = Calls()
    assert deliver(handle, record("m", wait_message(steps.issue()), 2), context=Context(30)) == ["m"]
    assert {operation for operation, _ in steps.calls} == {"SendTaskHeartbeat"}
    assert handle.tasks == []
    assert 7 < sum(clock.pauses) < 12.5


@pytest.mark.parametrize("deliveries", [(1, 2, 3), (1, 1, 1)])
def test_three_deliveries_are_one_answer(steps: StepFunctions, deliveries: tuple[int, ...]) -> None:
    """And one piece of work, where the queue says that it delivers again; else the same task each time."""
    token, handle = steps.issue(), Calls()
    steps.inject(Fault.LOST_REPLY)
    results = [deliver(handle, record("m", wait_message(token), count)) for count in deliveries]
    assert results == [[], [], []]
    assert len(steps.answers(token)) == 1
    assert len(handle.tasks) == (1 if deliveries[1] == 2 else 3)
    assert len({task.id for task in handle.tasks}) == 1


def test_a_redelivered_message_is_worked_on_if_the_question_fails(steps: StepFunctions, token: str) -> None:
    steps.inject(Fault.ACCESS_DENIED)
    assert deliver(Calls(), record("m", wait_message(token), 2)) == []
    assert len(steps.answers(token)) == 1


def test_what_a_topic_cannot_answer_is_raised_for_lambda_to_repeat_after_the_others_were_served(
    steps: StepFunctions,
) -> None:
    first, second = steps.issue(), steps.issue()
    steps.inject(Fault.ACCESS_DENIED, token=first)
    event = notification(wait_message(first))
    event["Records"] += notification(wait_message(second))["Records"]
    with pytest.raises(Undelivered):
        run(Calls(), event)
    assert steps.is_waiting(first)
    assert len(steps.answers(second)) == 1


@pytest.mark.parametrize(
    ("event", "kind", "says"),
    [
        (None, ValueError, "the event must be a JSON object, got NoneType"),
        ([], ValueError, "the event must be a JSON object, got list"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, ValueError, r"events from \['aws:kinesis'\] are not"),
        ({"Records": [{}]}, ValueError, "are not handled, only from SQS, SNS, DynamoDB and S3"),
        ({"Records": "none"}, UnusableMessage, "the message has no TaskToken"),
        (notification("no json"), UnusableMessage, "the message is not JSON"),
    ],
)
def test_an_event_from_elsewhere_is_refused(event: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        run(Calls(), event)


def test_no_records_are_no_failures() -> None:
    assert run(Calls(), {"Records": []}) == {"batchItemFailures": []}


def test_every_message_leaves_one_record_with_what_an_operator_looks_for(
    steps: StepFunctions, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "countersign")
    good, bad = steps.issue(), steps.issue()

    def handle(request: Any, task: Task) -> Any:
        if request == "bad":
            raise RuntimeError("provider down")

    run(handle, batch(record("m-1", wait_message(good)), record("m-2", wait_message(bad, "bad"), 2)))
    by_message = {vars(entry)["message_id"]: vars(entry) for entry in caplog.records}
    assert set(by_message) == {"m-1", "m-2"}
    for entry in by_message.values():
        assert entry["state_name"] == "Pay"
        assert entry["execution_arn"].endswith(":execution:orders:first")
        assert len(entry["task_id"]) == 32
        assert entry["ms"] >= 0
    assert (by_message["m-1"]["outcome"], by_message["m-1"]["levelname"]) == ("succeeded", "INFO")
    broken = by_message["m-2"]
    assert (broken["outcome"], broken["levelname"], broken["deliveries"]) == ("fault", "WARNING", 2)
    assert broken["error"] == "RuntimeError: provider down"
    assert "in handle" in broken["trace"]
