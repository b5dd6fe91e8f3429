"""Batches: what one message does says nothing about the others, and no batch dies of the function's time."""

import json
import threading
from collections import Counter
from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed
from countersign_runtime.processing import batch as runtime_batch
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, Hanging, batch, failed, out_of_time, record, wait_message
from tests.support.patience import PATIENCE_SECONDS
from tests.support.step_functions import Fault, StepFunctions


def by_request(request: Any, task: Task) -> Any:
    """Does what the request says."""
    if request == "fault":
        raise RuntimeError("down")
    if request == "fail":
        raise TaskFailed("Refused", "by request")
    return PENDING if request == "pending" else {"request": request}


def worker(handle: Any = by_request, concurrency: int = 10, max_receive_count: int = 3) -> Worker:
    return Worker(handle, Config(max_receive_count, concurrency))


def test_one_poison_message_and_nine_good_ones(steps: StepFunctions, queue: Queue) -> None:
    tokens = [steps.issue() for _ in range(9)]
    records = [record(f"m-{n}", wait_message(token, n)) for n, token in enumerate(tokens)]
    records.insert(4, record("poison", "{broken"))
    assert failed(worker()(batch(*records), Context())) == ["poison"]
    assert [len(steps.answers(token)) for token in tokens] == [1] * 9
    assert queue.seconds() == {"poison": 0}


def test_as_many_tasks_as_there_are_threads_are_worked_on_at_once(steps: StepFunctions, queue: Queue) -> None:
    all_ten = threading.Barrier(10)

    def handle(request: Any, task: Task) -> Any:
        all_ten.wait(PATIENCE_SECONDS)

    records = [record(f"m-{n}", wait_message(steps.issue())) for n in range(10)]
    assert failed(worker(handle)(batch(*records), Context())) == []


def test_no_more_run_at_once_than_the_pool_holds(steps: StepFunctions, queue: Queue) -> None:
    running, most = 0, 0
    lock, four = threading.Lock(), threading.Barrier(4)

    def handle(request: Any, task: Task) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        four.wait(PATIENCE_SECONDS)
        with lock:
            running -= 1
        four.wait(PATIENCE_SECONDS)

    records = [record(f"m-{n}", wait_message(steps.issue())) for n in range(12)]
    assert failed(worker(handle, concurrency=4)(batch(*records), Context(PATIENCE_SECONDS))) == []
    assert most == 4


def test_what_was_not_begun_in_time_goes_back_alone(
    steps: StepFunctions,
    queue: Queue,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime_batch, "MARGIN_SECONDS", 600.0)
    monkeypatch.setattr(runtime_batch, "MARGIN_PART", 0.6)
    tokens = [steps.issue() for _ in range(60)]

    def handle(request: Any, task: Task) -> Any:
        clock.sleep(100)  # So long that it does not matter how long this machine takes.

    records = [record(f"m-{n}", wait_message(token)) for n, token in enumerate(tokens)]
    context = Context(3000)
    back = failed(worker(handle, concurrency=2)(batch(*records), context))
    assert context.get_remaining_time_in_millis() > 0
    answered = [f"m-{n}" for n, token in enumerate(tokens) if steps.answers(token)]
    assert 2 <= len(answered) < 60
    assert sorted(back) == sorted({f"m-{n}" for n in range(60)} - set(answered))
    assert "was not begun: the function's time was over" in caplog.text


def test_nothing_is_begun_within_the_margin(
    steps: StepFunctions, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_batch, "MARGIN_SECONDS", 600.0)
    monkeypatch.setattr(runtime_batch, "MARGIN_PART", 0.6)
    context = Context(1000)
    # Nothing begins in the last 600 s, nothing is waited for in the last 300 s. The first ends in between.
    begun: list[str] = []

    def handle(request: Any, task: Task) -> Any:
        begun.append(request)
        clock.sleep(context.get_remaining_time_in_millis() / 1000 - 450)

    records = [record(name, wait_message(steps.issue(), name)) for name in ("first", "second")]
    assert failed(worker(handle, concurrency=1)(batch(*records), context)) == ["second"]
    assert begun == ["first"]


def test_work_that_hangs_goes_back_alone_and_takes_no_place_from_the_next_batch(
    steps: StepFunctions, queue: Queue
) -> None:
    stuck, good = steps.issue(), steps.issue()
    records = [
        record("stuck-1", wait_message(stuck, "hang")),
        record("stuck-2", wait_message(steps.issue(), "hang")),
    ]
    with Hanging() as handle:
        run = worker(handle, concurrency=2)
        with out_of_time(lambda: handle.has_begun(2)) as context:
            assert failed(run(batch(*records), context)) == ["stuck-1", "stuck-2"]
            assert context.get_remaining_time_in_millis() > 0
        assert steps.is_waiting(stuck)
        assert queue.seconds() == {"stuck-1": 1, "stuck-2": 1}
        assert failed(run(batch(record("next", wait_message(good, "go"))), Context())) == []
        assert len(steps.answers(good)) == 1


def test_work_that_hangs_on_its_last_delivery_fails_the_task(steps: StepFunctions, queue: Queue) -> None:
    token = steps.issue()
    with Hanging() as handle:
        event = batch(record("stuck", wait_message(token), deliveries=3))
        with out_of_time(handle.has_begun) as context:
            assert failed(worker(handle, concurrency=1)(event, context)) == ["stuck"]
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause == "OutOfTime: the work was not finished after 9 s, when the function had to end"


def test_without_a_context_there_is_no_end(steps: StepFunctions, queue: Queue) -> None:
    token = steps.issue()
    assert failed(worker()(batch(record("m", wait_message(token))), None)) == []
    assert len(steps.answers(token)) == 1


def test_an_error_of_the_runtime_itself_sends_back_that_message_only(
    steps: StepFunctions, queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = steps.issue(), steps.issue()
    send = steps.send_task_success

    def broken(**parameters: Any) -> Any:
        if parameters["taskToken"] == bad:
            raise ZeroDivisionError(bad)
        return send(**parameters)

    monkeypatch.setattr(steps, "send_task_success", broken)
    records = [record("bad", wait_message(bad)), record("good", wait_message(good))]
    assert failed(worker()(batch(*records), Context())) == ["bad"]
    assert len(steps.answers(good)) == 1
    assert "message bad: ZeroDivisionError in the runtime" in caplog.text
    assert bad not in caplog.text


KINDS = {
    # kind: comes back, on its last delivery too
    "good": False,
    "fail": False,
    "pending": False,
    "closed": False,
    "gone": False,
    "duplicate": False,
    "fault": True,
    "poison": True,
    "no-token": True,
    "unknown": True,
    "throttled": False,
    "down": True,
    "denied": True,
    "lost-reply": False,
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 3)), max_size=25),
    st.integers(1, 10),
)
def test_any_mix_sends_back_exactly_what_must_come_again(
    monkeypatch: pytest.MonkeyPatch, mix: list[tuple[str, int]], concurrency: int
) -> None:
    from countersign_runtime import clients

    steps, queue = StepFunctions(), Queue()
    monkeypatch.setitem(clients._made, "stepfunctions", steps)
    monkeypatch.setitem(clients._made, "sqs", queue)
    records, tokens, expected = [], [], []
    twin = steps.issue()
    for number, (kind, deliveries) in enumerate(mix):
        message_id = f"{kind}-{number}"
        token = twin if kind == "duplicate" else steps.issue()
        tokens.append(token)
        body: Any = wait_message(token, kind)
        if kind == "closed":
            steps.send_task_failure(taskToken=token)
        elif kind == "gone":
            steps.forget(token)
        elif kind == "poison":
            body = json.dumps(body)[:-1]
        elif kind == "no-token":
            del body["TaskToken"]
        elif kind == "unknown":
            body["TaskToken"] = "nobody's " + token[:100]
        elif kind in ("throttled", "down", "denied", "lost-reply"):
            fault = {
                "throttled": Fault.THROTTLED,
                "down": Fault.SERVER_ERROR,
                "denied": Fault.ACCESS_DENIED,
                "lost-reply": Fault.LOST_REPLY,
            }[kind]
            # A redelivered message is asked about first: that one may fail as well.
            times = 100 if kind == "down" else 1 if deliveries == 1 else 2
            steps.inject(*[fault] * times, token=token)
        records.append(record(message_id, body, deliveries))
        if KINDS[kind]:
            expected.append(message_id)
    steps.calls.clear()
    began = len(steps.accepted)

    back = failed(worker(concurrency=concurrency)(batch(*records), Context()))

    assert back == expected
    taken = Counter(answer.token for answer in steps.accepted[began:])
    for (kind, deliveries), token in zip(mix, tokens, strict=True):
        last = deliveries == 3
        once = kind in ("good", "fail", "duplicate", "throttled", "lost-reply") or (kind == "fault" and last)
        assert taken[token] == (1 if once else 0), kind
    assert set(queue.seconds()) == set(expected)
