"""One message at a time: what `handle` does decides what happens to the task and to the message."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskClosed, TaskFailed, UnusableMessage, answers, clients
from countersign_runtime.answers import Undelivered, UnusableToken
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from countersign_runtime.processing.faults import Fault as WorkFault
from countersign_runtime.processing.work import Handle

from tests.runtime.conftest import Queue
from tests.runtime.events import Context, batch, failed, notification, record, wait_message
from tests.support.step_functions import Fault, StepFunctions


def worker(handle: Handle, max_receive_count: int | None = 3) -> Worker:
    return Worker(handle, Config(max_receive_count, 10))


class Calls:
    """A `handle` that notes whom it served, and then does what it is told."""

    def __init__(self, then: Callable[[Any, Task], Any]) -> None:
        self.then = then
        self.ids: list[str] = []

    def __call__(self, request: Any, task: Task) -> Any:
        self.ids.append(task.id)
        return self.then(request, task)


def raising(problem: BaseException) -> Handle:
    def handle(request: Any, task: Task) -> Any:
        raise problem

    return handle


def echo(request: Any, task: Task) -> Any:
    return {"echo": request}


class TestQueue:
    def deliver(
        self, handle: Handle, message: Any, deliveries: int = 1, max_receive_count: int | None = 3
    ) -> list[str]:
        event = batch(record("m-1", message, deliveries))
        return failed(worker(handle, max_receive_count)(event, Context()))

    def test_a_result_ends_the_task(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        assert self.deliver(echo, wait_message(token, {"a": 1})) == []
        (answer,) = steps.answers(token)
        assert (answer.operation, answer.output) == ("SendTaskSuccess", {"echo": {"a": 1}})
        assert queue.given_back == []

    def test_task_failed_fails_the_task_and_the_message_is_done(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue()
        assert self.deliver(raising(TaskFailed("OutOfStock", "none left")), wait_message(token)) == []
        (answer,) = steps.answers(token)
        assert (answer.operation, answer.error, answer.cause) == (
            "SendTaskFailure",
            "OutOfStock",
            "none left",
        )

    def test_pending_leaves_the_token_to_somebody_else(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        assert self.deliver(lambda request, task: PENDING, wait_message(token)) == []
        assert steps.calls == []
        assert steps.is_waiting(token)

    def test_the_token_that_pending_left_is_good(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        kept: list[str] = []

        def handle(request: Any, task: Task) -> Any:
            kept.append(task.token)
            return PENDING

        self.deliver(handle, wait_message(token))
        assert answers.succeed(clients.step_functions(), kept[0], "later") is answers.Answer.ACCEPTED

    def test_what_is_no_result_fails_the_task(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        assert self.deliver(lambda request, task: {1, 2}, wait_message(token)) == []
        assert steps.answers(token)[0].error == "CallbackQueue.InvalidOutput"

    @pytest.mark.parametrize(
        "problem", [RuntimeError("provider down"), SystemExit(1), MemoryError(), RecursionError("deep")]
    )
    def test_a_fault_sends_the_message_back(
        self, steps: StepFunctions, queue: Queue, problem: BaseException
    ) -> None:
        token = steps.issue()
        assert self.deliver(raising(problem), wait_message(token)) == ["m-1"]
        assert steps.calls == []
        assert steps.is_waiting(token)

    @pytest.mark.parametrize(("deliveries", "seconds"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (900, 60)])
    def test_it_comes_again_after_a_backoff(
        self, steps: StepFunctions, queue: Queue, deliveries: int, seconds: int
    ) -> None:
        message = wait_message(steps.issue())
        self.deliver(raising(ValueError()), message, deliveries, max_receive_count=1000)
        assert queue.given_back == [("https://sqs.test/123456789012/orders", "receipt-m-1", seconds)]

    def test_that_it_cannot_come_early_changes_nothing(
        self, steps: StepFunctions, queue: Queue, caplog: pytest.LogCaptureFixture
    ) -> None:
        queue.broken = True
        assert self.deliver(raising(ValueError()), wait_message(steps.issue())) == ["m-1"]
        assert "comes again only after the visibility timeout" in caplog.text

    def test_the_last_fault_fails_the_task_with_its_cause_and_leaves_a_dead_letter(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue()
        problem = RuntimeError(f"provider down for {token}")
        assert self.deliver(raising(problem), wait_message(token), deliveries=3) == ["m-1"]
        (answer,) = steps.answers(token)
        assert answer.error == "CallbackQueue.DeadLettered"
        assert answer.cause == "RuntimeError: provider down for [task token]"
        assert queue.seconds() == {"m-1": 1}

    def test_without_a_count_no_delivery_is_the_last(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        message = wait_message(token)
        assert self.deliver(raising(ValueError()), message, 99, max_receive_count=None) == ["m-1"]
        assert steps.is_waiting(token)

    def test_the_last_fault_while_the_service_is_away_is_left_to_the_dead_letter_consumer(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue()

        def handle(request: Any, task: Task) -> Any:
            steps.inject(*[Fault.SERVER_ERROR] * 100)
            raise ValueError("x")

        assert self.deliver(handle, wait_message(token), deliveries=3) == ["m-1"]
        assert steps.is_waiting(token)

    def test_an_exception_without_a_text_is_a_fault_like_another(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise ValueError("no")

        token = steps.issue()
        assert self.deliver(raising(Mute()), wait_message(token), deliveries=3) == ["m-1"]
        assert steps.answers(token)[0].cause == "Mute: (its text cannot be had)"

    @pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"TaskToken": ""}', "한글"])
    def test_an_unusable_message_goes_straight_to_the_dead_letters(
        self, steps: StepFunctions, queue: Queue, body: str
    ) -> None:
        handle = Calls(echo)
        assert self.deliver(handle, body) == ["m-1"]
        assert handle.ids == []
        assert queue.seconds() == {"m-1": 0}

    def test_what_the_service_does_not_know_as_a_token_goes_there_too(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        assert self.deliver(echo, wait_message("made up by somebody")) == ["m-1"]
        assert queue.seconds() == {"m-1": 0}

    def test_an_answer_that_does_not_arrive_sends_the_message_back(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue()
        steps.inject(*[Fault.THROTTLED] * 100)
        assert self.deliver(echo, wait_message(token)) == ["m-1"]
        assert 7 <= queue.seconds()["m-1"] <= 15
        steps.recover()
        assert self.deliver(echo, wait_message(token), deliveries=2) == []
        assert len(steps.answers(token)) == 1

    def test_after_a_lost_reply_the_work_is_not_done_twice(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        steps.inject(Fault.LOST_REPLY)
        handle = Calls(echo)
        assert self.deliver(handle, wait_message(token)) == []
        assert self.deliver(handle, wait_message(token), deliveries=2) == []
        assert len(handle.ids) == 1
        assert len(steps.answers(token)) == 1

    def test_three_copies_are_one_answer_and_no_failure(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue()
        handle = Calls(echo)
        results = [self.deliver(handle, wait_message(token)) for _ in range(3)]
        assert results == [[], [], []]
        assert len(steps.answers(token)) == 1
        assert len(set(handle.ids)) == 1  # the same idempotency key each time

    def test_three_deliveries_are_one_answer_and_one_piece_of_work(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue()
        handle = Calls(echo)
        results = [self.deliver(handle, wait_message(token), count) for count in (1, 2, 3)]
        assert results == [[], [], []]
        assert len(steps.answers(token)) == len(handle.ids) == 1

    def test_a_redelivered_message_is_worked_on_if_the_question_fails(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue()
        steps.inject(Fault.ACCESS_DENIED)
        assert self.deliver(echo, wait_message(token), deliveries=2) == []
        assert len(steps.answers(token)) == 1

    def test_work_for_a_task_past_its_deadline_is_not_begun(self, steps: StepFunctions, queue: Queue) -> None:
        token = steps.issue(timeout_seconds=60)
        steps.advance(61)
        handle = Calls(echo)
        message = wait_message(token, EnteredTime="2026-01-01T00:00:00Z", TimeoutSeconds=60)
        assert self.deliver(handle, message) == []
        assert handle.ids == []

    def test_a_redriven_task_is_worked_on_although_its_state_was_entered_long_ago(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue(timeout_seconds=60)
        message = wait_message(token, EnteredTime="2026-01-01T00:00:00Z", TimeoutSeconds=60)
        assert self.deliver(echo, message) == []
        assert len(steps.answers(token)) == 1

    def test_work_that_stops_because_the_task_is_closed_is_done(
        self, steps: StepFunctions, queue: Queue
    ) -> None:
        token = steps.issue(heartbeat_seconds=5)

        def handle(request: Any, task: Task) -> Any:
            steps.advance(6)
            task.heartbeat()
            raise AssertionError("not reached")

        assert self.deliver(handle, wait_message(token)) == []
        assert not steps.answers(token)

    def test_a_closed_task_is_no_fault(self, steps: StepFunctions, queue: Queue) -> None:
        assert self.deliver(raising(TaskClosed("enough")), wait_message(steps.issue())) == []


class TestDirect:
    """Step Functions calls the function itself, with the wait message as the event."""

    def test_a_result_ends_the_task_and_the_reply_has_no_token(self, steps: StepFunctions) -> None:
        token = steps.issue()
        reply = worker(echo)(wait_message(token, 7), Context())
        assert steps.answers(token)[0].output == {"echo": 7}
        assert reply["answered"] == "succeeded"
        assert token not in str(reply)

    @pytest.mark.parametrize(
        ("handle", "answered"),
        [
            (raising(TaskFailed("No", "never")), "failed"),
            (lambda request, task: PENDING, "pending"),
            (lambda request, task: {1}, "invalid-output"),
        ],
    )
    def test_the_reply_says_what_became_of_it(
        self, steps: StepFunctions, handle: Handle, answered: str
    ) -> None:
        assert worker(handle)(wait_message(steps.issue()), Context())["answered"] == answered

    def test_a_closed_task_is_said_to_be_closed(self, steps: StepFunctions) -> None:
        token = steps.issue()
        steps.forget(token)
        assert worker(echo)(wait_message(token), Context())["answered"] == "closed"

    @pytest.mark.parametrize(
        ("problem", "kind", "cause"),
        [
            (KeyError("order"), "KeyError", "KeyError: 'order'"),
            (SystemExit(3), "SystemExit", "SystemExit: 3"),
        ],
    )
    def test_a_fault_fails_the_task_and_the_invocation(
        self, steps: StepFunctions, problem: BaseException, kind: str, cause: str
    ) -> None:
        token = steps.issue()
        with pytest.raises(WorkFault, match=cause):
            worker(raising(problem))(wait_message(token), Context())
        (answer,) = steps.answers(token)
        assert (answer.error, answer.cause) == (kind, cause)

    def test_an_answer_that_does_not_arrive_fails_the_invocation(self, steps: StepFunctions) -> None:
        steps.inject(Fault.KMS_ACCESS_DENIED)
        with pytest.raises(Undelivered, match="KmsAccessDeniedException"):
            worker(echo)(wait_message(steps.issue()), Context())

    @pytest.mark.parametrize("event", [{}, {"TaskToken": ""}, {"Records": "none"}])
    def test_an_event_that_is_no_wait_message_fails_the_invocation(
        self, steps: StepFunctions, event: dict[str, Any]
    ) -> None:
        with pytest.raises(UnusableMessage):
            worker(echo)(event, Context())


class TestTopic:
    """A notification carries the wait message, and nobody counts its deliveries."""

    def test_a_result_ends_the_task(self, steps: StepFunctions) -> None:
        token = steps.issue()
        reply = worker(echo)(notification(wait_message(token, "hi")), Context())
        assert steps.answers(token)[0].output == {"echo": "hi"}
        assert [each["answered"] for each in reply["answered"]] == ["succeeded"]
        assert token not in str(reply)

    def test_a_fault_fails_the_task_at_once_and_is_then_done(self, steps: StepFunctions) -> None:
        token = steps.issue()
        worker(raising(RuntimeError("down")))(notification(wait_message(token)), Context())
        (answer,) = steps.answers(token)
        assert (answer.error, answer.cause) == ("RuntimeError", "RuntimeError: down")

    def test_what_was_not_answered_is_raised_for_lambda_to_repeat_after_the_others_were_served(
        self, steps: StepFunctions
    ) -> None:
        first, second = steps.issue(), steps.issue()
        steps.inject(Fault.ACCESS_DENIED, token=first)
        event = notification(wait_message(first))
        event["Records"] += notification(wait_message(second))["Records"]
        with pytest.raises(Undelivered):
            worker(echo)(event, Context())
        assert steps.is_waiting(first)
        assert len(steps.answers(second)) == 1

    @pytest.mark.parametrize(
        ("message", "kind"), [("no json", UnusableMessage), ({"TaskToken": "x" * 30}, UnusableToken)]
    )
    def test_an_unusable_notification_fails_the_invocation(
        self, steps: StepFunctions, message: Any, kind: type[Exception]
    ) -> None:
        with pytest.raises(kind):
            worker(echo)(notification(message), Context())


class TestEvents:
    @pytest.mark.parametrize(
        ("event", "says"),
        [
            (None, "the event must be a JSON object, got NoneType"),
            ([], "the event must be a JSON object, got list"),
            ({"Records": [{"eventSource": "aws:kinesis"}]}, r"events from \['aws:kinesis'\] are not handled"),
            ({"Records": [{}]}, "are not handled, only from SQS, SNS, DynamoDB and S3"),
        ],
    )
    def test_an_event_from_elsewhere_is_refused(self, event: Any, says: str) -> None:
        with pytest.raises(ValueError, match=says):
            worker(echo)(event, Context())

    def test_no_records_are_no_failures(self) -> None:
        assert worker(echo)({"Records": []}, Context()) == {"batchItemFailures": []}


def test_every_message_leaves_one_record_with_what_an_operator_looks_for(
    steps: StepFunctions, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "countersign")
    good, bad = steps.issue(), steps.issue()

    def handle(request: Any, task: Task) -> Any:
        if request == "bad":
            raise RuntimeError("provider down")

    event = batch(record("m-1", wait_message(good)), record("m-2", wait_message(bad, "bad"), 2))
    worker(handle)(event, Context())
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
