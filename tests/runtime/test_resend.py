"""An answer is sent again while there is time for it, from every source, and at nobody else's cost."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError
from countersign_runtime import Task, TaskFailed, answers, clients
from countersign_runtime.answers import Undelivered
from countersign_runtime.processing import batch as runtime_batch
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from countersign_runtime.processing.faults import Fault as WorkFault

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, Hanging, batch, failed, notification, record, wait_message
from tests.runtime.storing import Calls, again, deliver
from tests.support.patience import PATIENCE_SECONDS
from tests.support.step_functions import Fault, StepFunctions, _error
from tests.support.stores import Store

PASSING = [
    Fault.THROTTLED,
    Fault.SERVER_ERROR,
    Fault.KMS_THROTTLING,
    Fault.LOST_REPLY,
    Fault.LOST_REQUEST,
]
FOR_AN_OPERATOR = [Fault.ACCESS_DENIED, Fault.KMS_ACCESS_DENIED, Fault.KMS_INVALID_STATE]
SOURCES: dict[str, Callable[[Any], Any]] = {
    "queue": lambda message: batch(record("m", message, 3)),
    "topic": notification,
    "direct": lambda message: message,
}


def worker(handle: Any, concurrency: int = 10) -> Worker:
    return Worker(handle, Config(3, concurrency))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("result", [1, TaskFailed("No", "never"), {1}, RuntimeError("broken")])
def test_what_passes_is_waited_for(
    steps: StepFunctions, queue: Queue, clock: Clock, source: str, fault: Fault, result: Any
) -> None:
    token = steps.issue()
    calls: list[str] = []

    def handle(request: Any, task: Task) -> Any:
        calls.append(task.id)
        steps.inject(*[fault] * 4)
        if isinstance(result, Exception):
            raise result
        return result

    # A queue's fault is told with the last delivery; called directly, the function raises it as well.
    raised = isinstance(result, RuntimeError) and source == "direct"
    with pytest.raises(WorkFault) if raised else nullcontext():
        worker(handle)(SOURCES[source](wait_message(token)), Context())
    assert len(steps.answers(token)) == len(calls) == 1
    assert len(clock.pauses) == (1 if fault is Fault.LOST_REPLY else 4)


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_for_by_stored_messages_too(
    steps: StepFunctions, store: Store, clock: Clock, fault: Fault
) -> None:
    token = steps.issue()
    handle = Calls(1)
    steps.inject(*[fault] * 4)
    assert deliver(handle, store.put(wait_message(token))) == []
    assert len(steps.answers(token)) == len(handle.tasks) == 1
    assert store.keys() == []


@pytest.mark.parametrize("fault", FOR_AN_OPERATOR)
def test_what_an_operator_must_put_right_goes_back_at_once(
    steps: StepFunctions, queue: Queue, clock: Clock, fault: Fault
) -> None:
    steps.inject(*[fault] * 3)
    message = wait_message(steps.issue())
    assert failed(worker(Calls(1))(batch(record("m", message)), Context())) == ["m"]
    assert 7 <= queue.seconds()["m"] <= 15
    for source in ("direct", "topic"):
        with pytest.raises(Undelivered, match=fault.value[0]):
            worker(Calls(1))(SOURCES[source](message), Context())
    assert clock.pauses == []


@pytest.mark.parametrize(
    ("problem", "passing"),
    [
        (_error("SendTaskSuccess", "TooManyRequestsException", "", 429), True),
        (_error("SendTaskSuccess", "Unknown", "", 503), True),
        (_error("SendTaskSuccess", "UnrecognizedClientException", "", 400), False),
        (ConnectTimeoutError(endpoint_url="https://states.test"), True),
        (NoCredentialsError(), False),
    ],
)
def test_what_passes_is_told_from_what_does_not(problem: Exception, passing: bool) -> None:
    class Client:
        def send_task_heartbeat(self, **_: Any) -> None:
            raise problem

    client: Any = Client()
    with pytest.raises(Undelivered) as caught:
        answers.heartbeat(client, "t" * 100)
    assert caught.value.passing is passing


@pytest.mark.parametrize("source", SOURCES)
def test_it_ends_before_the_function_does(
    steps: StepFunctions, queue: Queue, clock: Clock, source: str
) -> None:
    context = Context(30)

    def handle(request: Any, task: Task) -> Any:
        steps.inject(*[Fault.THROTTLED] * 100)

    event = SOURCES[source](wait_message(steps.issue()))
    if source == "queue":
        assert failed(worker(handle)(event, context)) == ["m"]
    else:
        with pytest.raises(Undelivered):
            worker(handle)(event, context)
    assert 19.5 < sum(clock.pauses) <= 25
    assert context.get_remaining_time_in_millis() >= 5_000
    # Longer each time, at most 5 s, and never twice the same.
    assert all(0.5 <= pause / min(5, 0.5 * 2**number) <= 1 for number, pause in enumerate(clock.pauses))
    assert len(set(clock.pauses)) == len(clock.pauses)


@pytest.mark.parametrize("source", ["direct", "topic"])
@pytest.mark.parametrize("result", [1, TaskFailed("No"), RuntimeError("broken")])
def test_it_ends_with_the_task(steps: StepFunctions, clock: Clock, source: str, result: Any) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    with pytest.raises(Undelivered):
        worker(Calls(result))(SOURCES[source](wait_message(steps.issue(), TimeoutSeconds=4)), Context())
    assert sum(clock.pauses) < 4


def test_a_deadline_that_has_passed_does_not_end_it_because_the_task_may_be_redriven(
    steps: StepFunctions, clock: Clock
) -> None:
    token = steps.issue()
    message = wait_message(token, EnteredTime="2026-01-01T00:00:00Z", TimeoutSeconds=60)

    def handle(request: Any, task: Task) -> Any:
        steps.inject(*[Fault.THROTTLED] * 6)

    worker(handle)(message, Context())
    assert len(steps.answers(token)) == 1


def test_the_deadline_of_a_retry_is_known_from_its_queue(
    steps: StepFunctions, queue: Queue, clock: Clock
) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    sent = datetime.now(UTC) - timedelta(seconds=50)
    message = wait_message(steps.issue(), EnteredTime="2026-01-01T00:00:00Z", RetryCount=1, TimeoutSeconds=60)
    event = batch(record("m", message, SentTimestamp=str(int(sent.timestamp() * 1000))))
    assert failed(worker(Calls(1))(event, Context())) == ["m"]
    assert 2 < sum(clock.pauses) < 10


def test_the_question_leaves_half_of_the_time_to_the_work(
    steps: StepFunctions, queue: Queue, clock: Clock
) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    handle = Calls(1)
    event = batch(record("m", wait_message(steps.issue()), 2))
    assert failed(worker(handle)(event, Context(30))) == ["m"]
    assert {operation for operation, _ in steps.calls} == {"SendTaskHeartbeat"}
    assert handle.tasks == []
    assert 7 < sum(clock.pauses) < 12.5


def test_a_task_that_sends_again_leaves_its_thread_to_the_others(
    steps: StepFunctions, queue: Queue, clock: Clock
) -> None:
    first, *others = [steps.issue() for _ in range(6)]
    steps.inject(*[Fault.THROTTLED] * 7, token=first)
    done_after: list[float] = []

    def handle(request: Any, task: Task) -> Any:
        done_after.append(sum(clock.pauses))

    records = [record(f"m-{n}", wait_message(token)) for n, token in enumerate([first, *others])]
    assert failed(worker(handle, concurrency=1)(batch(*records), Context())) == []
    assert done_after == [0] * 6
    assert len(steps.accepted) == 6
    assert steps.accepted[-1].token == first


def test_an_answer_that_finds_no_thread_any_more_is_no_fault_of_the_work(
    steps: StepFunctions, queue: Queue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_batch, "MARGIN_PART", 0.6)
    token = steps.issue()
    steps.inject(*[Fault.THROTTLED] * 50, token=token)
    with Hanging() as hangs:
        # The only thread is taken by the second message while the first one pauses.
        records = [
            record("first", wait_message(token, "go"), 1),
            record("hangs", wait_message(steps.issue(), "hang"), 1),
        ]
        assert failed(worker(hangs, concurrency=1)(batch(*records), Context(2))) == ["first", "hangs"]
    outcomes = {vars(entry)["message_id"]: vars(entry)["outcome"] for entry in caplog.records}
    assert outcomes == {"first": "undelivered", "hangs": "fault"}
    assert queue.seconds()["first"] >= 7
    assert queue.seconds()["hangs"] == 1


@pytest.mark.parametrize("deliveries", [1, 3])
def test_an_answer_without_a_reply_is_no_fault_of_the_work(
    steps: StepFunctions,
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    deliveries: int,
) -> None:
    monkeypatch.setattr(runtime_batch, "MARGIN_PART", 0.6)
    go = threading.Event()
    ended = threading.Event()
    send = steps.send_task_success

    def hangs(**parameters: Any) -> Any:
        try:
            assert go.wait(PATIENCE_SECONDS)
            return send(**parameters)
        finally:
            ended.set()

    monkeypatch.setattr(steps, "send_task_success", hangs)
    token = steps.issue()
    event = batch(record("m", wait_message(token), deliveries))
    assert failed(worker(Calls(1))(event, Context(1.5))) == ["m"]
    assert steps.is_waiting(token)
    assert [vars(entry)["outcome"] for entry in caplog.records] == ["undelivered"]
    assert queue.seconds()["m"] == 1 if deliveries == 3 else queue.seconds()["m"] >= 7
    go.set()
    assert ended.wait(PATIENCE_SECONDS)
    assert [answer.output for answer in steps.answers(token)] == [1]


def test_a_stored_answer_without_a_reply_is_none_either(
    steps: StepFunctions, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    threads: list[threading.Thread] = []
    send = steps.send_task_success

    def hangs(**parameters: Any) -> Any:
        threads.append(threading.current_thread())
        assert go.wait(PATIENCE_SECONDS)
        return send(**parameters)

    monkeypatch.setattr(steps, "send_task_success", hangs)
    token = steps.issue()
    stored = store.put(wait_message(token))
    assert deliver(Calls(1), stored, seconds=2.0) == again(store, stored)
    assert steps.is_waiting(token)
    go.set()
    threads[0].join(PATIENCE_SECONDS)  # its pool was left to it alone
    assert [answer.output for answer in steps.answers(token)] == [1]
    assert store.keys() == []


def test_a_message_whose_thread_has_only_just_started_was_not_begun(
    steps: StepFunctions,
    queue: Queue,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    go = threading.Event()
    main = threading.get_ident()

    def monotonic() -> float:
        if threading.get_ident() != main:
            assert go.wait(PATIENCE_SECONDS)
        return clock.monotonic()

    monkeypatch.setattr(runtime_batch, "monotonic", monotonic)
    handle = Calls(1)
    assert failed(worker(handle)(batch(record("m", wait_message(steps.issue()))), Context(0.3))) == ["m"]
    assert "message m was not begun" in caplog.text
    assert handle.tasks == []
    go.set()


class _Throttling:
    """Step Functions with a quota of its own for heartbeats, which is used up."""

    def __init__(self, steps: StepFunctions) -> None:
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._steps, name)

    def send_task_heartbeat(self, **_parameters: Any) -> Any:
        raise _error("SendTaskHeartbeat", "ThrottlingException", "Rate exceeded", 400)


@pytest.mark.parametrize("source", ["queue", "direct"])
def test_heartbeats_that_are_throttled_cost_no_answer(
    steps: StepFunctions, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """The last delivery, and a redriven execution that calls the function directly, whose time seems over."""
    monkeypatch.setitem(clients._made, "stepfunctions", _Throttling(steps))
    token = steps.issue()
    message = {**wait_message(token), "EnteredTime": "2024-01-01T00:00:00Z", "TimeoutSeconds": 60}
    handle = Calls(1)
    worker(handle)(SOURCES[source](message), Context())
    assert len(handle.tasks) == 1
    assert [answer.output for answer in steps.answers(token)] == [1]


def test_an_answer_that_is_due_goes_before_work_that_was_not_begun(
    steps: StepFunctions, queue: Queue, clock: Clock
) -> None:
    tokens = [steps.issue() for _ in range(20)]
    steps.inject(Fault.THROTTLED, token=tokens[0])
    order: list[str] = []

    def handle(request: Any, task: Task) -> Any:
        order.append(task.token)
        clock.sleep(0.4)
        return 1

    records = [record(f"m-{n}", wait_message(token), 1) for n, token in enumerate(tokens)]
    assert "m-0" not in failed(worker(handle, concurrency=1)(batch(*records), Context(6)))
    assert len(steps.answers(tokens[0])) == 1
    assert order[0] == tokens[0]
    assert 2 < len(order) < 20
