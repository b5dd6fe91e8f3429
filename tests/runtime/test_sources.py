"""What is the same for every source of messages: what `handle` does decides about the task, and whether the
message is done."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    NoCredentialsError,
    ReadTimeoutError,
)
from countersign_runtime import PENDING, Task, TaskClosed, TaskFailed, UnusableMessage, answers
from countersign_runtime.answers import Undelivered, UnusableToken
from countersign_runtime.processing.faults import Fault as WorkFault

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import EXECUTION_ARN, MACHINE_ARN, Context, wait_message
from tests.runtime.sources import ENVELOPES, Calls, Source
from tests.support.step_functions import Fault, StepFunctions, client_error

LONG_AGO = {"EnteredTime": "2026-01-01T00:00:00Z", "TimeoutSeconds": 60}


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


def said(steps: StepFunctions, token: str) -> list[tuple[Any, str, str]]:
    return [(answer.output, answer.error, answer.cause) for answer in steps.answers(token)]


def test_a_worker_is_handed_the_request_and_the_task(steps: StepFunctions, source: Source) -> None:
    request = {"order": {"id": 'é 한 " \\ {}'}, "n": [1, 2.5, None, True]}
    message = wait_message(steps.issue(), request, RetryCount=2, TimeoutSeconds=60)
    handle = Calls()
    assert source.is_done(handle, source.event(message))
    (task,) = handle.tasks
    assert handle.requests == [request]
    assert (task.token, task.execution_arn, task.state_machine_arn, task.state_name) == (
        *(message["TaskToken"], EXECUTION_ARN, MACHINE_ARN),
        "Pay",
    )
    assert (task.retry_count, task.timeout_seconds) == (2, 60)
    assert task.entered_time is not None


@pytest.mark.parametrize(
    ("outcome", "then", "answer"),
    [
        ("succeeded", lambda request, task: {"echo": request}, [({"echo": "hi"}, "", "")]),
        ("failed", TaskFailed("OutOfStock", "none left"), [(None, "OutOfStock", "none left")]),
        ("invalid-output", {1}, [(None, answers.INVALID_OUTPUT, None)]),
        ("pending", PENDING, []),
        ("closed", TaskClosed("enough"), []),
    ],
)
def test_what_a_worker_says_ends_its_message(
    steps: StepFunctions, token: str, queue: Queue, source: Source, outcome: str, then: Any, answer: list[Any]
) -> None:
    assert source.is_done(Calls(then), source.event(wait_message(token, "hi")))
    found = [
        (output, error, cause if outcome != "invalid-output" else None)
        for output, error, cause in said(steps, token)
    ]
    assert found == answer
    assert len(steps.calls) == len(answer)
    assert source.outcomes() in (None, [outcome])
    assert token not in str(source.result)
    assert source.is_kept() is (outcome == "pending" and source.store is not None)
    assert queue.given_back == []


@pytest.mark.parametrize(
    ("problem", "kind", "cause"),
    [
        (KeyError("order"), "KeyError", "KeyError: 'order'"),
        (SystemExit(3), "SystemExit", "SystemExit: 3"),
        (MemoryError(), "MemoryError", "MemoryError"),
        (Mute(), "Mute", "Mute: (its text cannot be had)"),
    ],
)
def test_a_fault_fails_the_task_at_once_where_nobody_counts_deliveries(
    steps: StepFunctions, queue: Queue, source: Source, problem: BaseException, kind: str, cause: str
) -> None:
    token = steps.issue()
    done = source.is_done(Calls(problem), source.event(wait_message(token)))
    assert done is (source.name not in ("queue", "direct"))
    assert said(steps, token) == ([] if source.name == "queue" else [(None, kind, cause)])
    assert isinstance(source.result, WorkFault) is (source.name == "direct")
    assert not source.is_kept()
    assert queue.seconds() == ({"m": 1} if source.name == "queue" else {})


def test_the_task_of_an_execution_that_is_gone_is_done(steps: StepFunctions, source: Source) -> None:
    token = steps.issue()
    steps.forget(token)
    assert source.is_done(Calls(), source.event(wait_message(token)))
    assert source.outcomes() in (None, ["closed"])
    assert not source.is_kept()


def test_of_duplicates_one_is_answered_and_all_are_done(
    steps: StepFunctions, token: str, source: Source
) -> None:
    event = source.event(wait_message(token))
    for number in (1, 2, 3):
        assert source.is_done(Calls(number), event)
        assert source.outcomes() in (None, ["succeeded" if number == 1 else "closed"])
    assert said(steps, token) == [(1, "", "")]
    assert not source.is_kept()


@pytest.mark.parametrize("source", [*ENVELOPES, "topic"], indirect=True)
@pytest.mark.parametrize("message", ["hello", "{", "[]", "7"])
def test_a_message_of_somebody_else_is_no_wait_in_any_envelope(
    steps: StepFunctions, queue: Queue, source: Source, message: str
) -> None:
    handle = Calls()
    assert not source.is_done(handle, source.event(message))
    assert handle.tasks == []
    assert queue.seconds() == ({"m": 0} if source.name == "queue" else {})


@pytest.mark.parametrize(
    ("message", "then"),
    [
        ({"TaskToken": ""}, 1),
        ({"TaskToken": 7}, 1),
        (wait_message("nobody's"), 1),
        (wait_message("nobody's"), lambda request, task: task.heartbeat()),
    ],
)
def test_without_a_token_nobody_can_be_told(
    steps: StepFunctions,
    queue: Queue,
    source: Source,
    caplog: pytest.LogCaptureFixture,
    message: dict[str, Any],
    then: Any,
) -> None:
    handle = Calls(then)
    # Another try at a stored one would find the same, and a stream would stand still meanwhile: it stays.
    assert source.is_done(handle, source.event(message)) is (source.store is not None)
    assert source.is_kept() is (source.store is not None)
    assert bool(handle.tasks) is (message["TaskToken"] == "nobody's")
    assert queue.seconds() == ({"m": 0} if source.name == "queue" else {})
    if source.name in ("topic", "bus", "direct"):
        assert isinstance(source.result, UnusableMessage | UnusableToken)
    assert " is unusable: " in caplog.text
    assert [vars(entry).get("outcome") for entry in caplog.records] == ["unusable"]
    assert "nobody's" not in caplog.text


# Answers that do not arrive.


@pytest.mark.parametrize("fault", [Fault.ACCESS_DENIED, Fault.KMS_ACCESS_DENIED, Fault.KMS_INVALID_STATE])
def test_what_an_operator_must_put_right_brings_the_message_again_at_once(
    steps: StepFunctions,
    token: str,
    queue: Queue,
    clock: Clock,
    source: Source,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    event = source.event(wait_message(token))
    steps.inject(fault)
    assert not source.is_done(Calls(), event)
    assert [vars(entry).get("outcome") for entry in caplog.records] == ["undelivered"]
    assert clock.pauses == []
    assert (source.is_kept(), steps.answers(token)) == (source.store is not None, [])
    if source.name == "queue":
        assert 7 <= queue.seconds()["m"] <= 15
    elif source.name in ("topic", "bus", "direct"):
        assert fault.value[0] in str(source.result)
    assert source.is_done(Calls(2), event)
    assert said(steps, token) == [(2, "", "")]


@pytest.mark.parametrize("then", [1, TaskFailed("No", "never"), {1}, RuntimeError("broken")])
def test_what_passes_is_waited_for_whatever_is_answered(
    steps: StepFunctions, token: str, clock: Clock, source: Source, then: Any
) -> None:
    handle = Calls(then)
    steps.inject(*[Fault.THROTTLED] * 4, token=token)
    # Its last delivery, with which a queue's fault is told. That is asked about first.
    source.is_done(handle, source.event(wait_message(token), deliveries=3))
    assert len(steps.answers(token)) == len(handle.tasks) == 1
    assert len(clock.pauses) == 4
    assert not source.is_kept()


@pytest.mark.parametrize(
    ("problem", "passing"),
    [
        (client_error("SendTaskHeartbeat", "TooManyRequestsException", status=429), True),
        (client_error("SendTaskHeartbeat", "Unknown", status=503), True),
        (client_error("SendTaskHeartbeat", "KmsThrottlingException"), True),
        (ReadTimeoutError(endpoint_url="https://states.test"), True),
        (ConnectionClosedError(endpoint_url="https://states.test"), True),
        (client_error("SendTaskHeartbeat", "UnrecognizedClientException"), False),
        (ConnectTimeoutError(endpoint_url="https://states.test"), True),
        (NoCredentialsError(), False),
    ],
)
def test_what_passes_is_told_from_what_does_not(
    steps: StepFunctions, monkeypatch: pytest.MonkeyPatch, problem: ClientError, passing: bool
) -> None:
    def broken(**_: Any) -> None:
        raise problem

    monkeypatch.setattr(steps, "send_task_heartbeat", broken)
    client: Any = steps
    with pytest.raises(Undelivered) as caught:
        answers.heartbeat(client, "t" * 100)
    assert caught.value.passing is passing


def test_sending_again_ends_before_the_function_does(
    steps: StepFunctions, clock: Clock, source: Source
) -> None:
    event, context = source.event(wait_message(steps.issue())), Context(30)
    steps.inject(*[Fault.THROTTLED] * 100)
    assert not source.is_done(Calls(), event, context)
    assert 19.5 < sum(clock.pauses) <= 25
    assert context.get_remaining_time_in_millis() >= 5_000
    # Longer each time, at most 5 s, and never twice the same.
    assert all(0.5 <= pause / min(5, 0.5 * 2**number) <= 1 for number, pause in enumerate(clock.pauses))
    assert len(set(clock.pauses)) == len(clock.pauses)
    assert source.is_kept() is (source.store is not None)


@pytest.mark.parametrize("then", [1, TaskFailed("No"), RuntimeError("broken")])
def test_sending_again_ends_with_the_task(
    steps: StepFunctions, clock: Clock, source: Source, then: Any
) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    assert not source.is_done(Calls(then), source.event(wait_message(steps.issue(), TimeoutSeconds=4)))
    assert sum(clock.pauses) < 4


def test_a_deadline_that_has_passed_ends_nothing_because_the_task_may_be_redriven(
    steps: StepFunctions, token: str, source: Source
) -> None:

    def handle(request: Any, task: Task) -> None:
        steps.inject(*[Fault.THROTTLED] * 6)

    assert source.is_done(handle, source.event(wait_message(token, **LONG_AGO)))
    assert len(steps.answers(token)) == 1


def test_work_for_a_task_past_its_deadline_is_not_begun(steps: StepFunctions, source: Source) -> None:
    token = steps.issue(timeout_seconds=60)
    steps.advance(61)
    handle = Calls()
    assert source.is_done(handle, source.event(wait_message(token, **LONG_AGO)))
    assert handle.tasks == []
    assert not source.is_kept()


def test_heartbeats_that_are_throttled_cost_no_answer(
    steps: StepFunctions, token: str, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last delivery, or a redriven execution, whose time seems over. Heartbeats have their own quota."""

    def throttled(**_: Any) -> None:
        raise client_error("SendTaskHeartbeat", "ThrottlingException", "Rate exceeded")

    monkeypatch.setattr(steps, "send_task_heartbeat", throttled)
    assert source.is_done(Calls(), source.event(wait_message(token, **LONG_AGO), deliveries=3))
    assert said(steps, token) == [(1, "", "")]


@pytest.mark.parametrize("source", ["queue", "table", "bucket"], indirect=True)
@pytest.mark.parametrize("deliveries", [1, 3])
def test_an_answer_without_a_reply_is_no_fault_of_the_work(
    steps: StepFunctions,
    source: Source,
    queue: Queue,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    deliveries: int,
) -> None:
    """Step Functions takes a result, but replies only after the function's time."""
    token, send = steps.issue(), steps.send_task_success

    def hangs(**parameters: Any) -> Any:
        clock.hang()
        return send(**parameters)

    monkeypatch.setattr(steps, "send_task_success", hangs)
    assert not source.is_done(Calls(), source.event(wait_message(token), deliveries))
    assert steps.is_waiting(token)
    assert [vars(entry)["outcome"] for entry in caplog.records] == ["undelivered"]
    clock.let_go()
    assert [answer.output for answer in steps.answers(token)] == [1]
    assert not source.is_kept()
    if source.name == "queue":
        assert queue.seconds()["m"] == 1 if deliveries == 3 else queue.seconds()["m"] >= 7
