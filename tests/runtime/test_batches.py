"""Batches: what one message does says nothing about the others, and no batch dies of the function's time."""

import json
import threading
from collections import Counter
from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed, clients
from countersign_runtime.processing import batch as runtime_batch
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, Hanging, batch, failed, out_of_time, record, wait_message
from tests.runtime.sources import Calls, deliver, run
from tests.support.patience import PATIENCE_SECONDS
from tests.support.step_functions import Fault, StepFunctions


def test_as_many_tasks_are_worked_on_at_once_as_there_are_threads_and_no_more(steps: StepFunctions) -> None:
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
    assert deliver(handle, *records, concurrency=4, context=Context(PATIENCE_SECONDS)) == []
    assert most == 4


@pytest.fixture
def long_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """So long that it does not matter how long this machine takes."""
    monkeypatch.setattr(runtime_batch, "MARGIN_SECONDS", 600.0)
    monkeypatch.setattr(runtime_batch, "MARGIN_PART", 0.6)


@pytest.mark.usefixtures("long_margin")
def test_what_was_not_begun_in_time_goes_back_alone(
    steps: StepFunctions, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = [steps.issue() for _ in range(60)]
    records = [record(f"m-{n}", wait_message(token)) for n, token in enumerate(tokens)]
    context = Context(3000)
    back = deliver(lambda request, task: clock.sleep(100), *records, concurrency=2, context=context)
    assert context.get_remaining_time_in_millis() > 0
    answered = [f"m-{n}" for n, token in enumerate(tokens) if steps.answers(token)]
    assert 2 <= len(answered) < 60
    assert sorted(back) == sorted({f"m-{n}" for n in range(60)} - set(answered))
    assert "was not begun: the function's time was over" in caplog.text


@pytest.mark.usefixtures("long_margin")
def test_nothing_is_begun_within_the_margin(steps: StepFunctions, clock: Clock) -> None:
    context = Context(1000)
    # Nothing begins in the last 600 s, nothing is waited for in the last 300 s. The first ends in between.
    handle = Calls(lambda _request, _task: clock.sleep(context.get_remaining_time_in_millis() / 1000 - 450))
    records = [record(name, wait_message(steps.issue(), name)) for name in ("first", "second")]
    assert deliver(handle, *records, concurrency=1, context=context) == ["second"]
    assert handle.requests == ["first"]


def test_work_that_hangs_goes_back_alone_and_takes_no_place_from_the_next_batch(
    steps: StepFunctions, queue: Queue
) -> None:
    stuck, good = steps.issue(), steps.issue()
    records = [record(f"stuck-{n}", wait_message(t, "hang")) for n, t in enumerate((stuck, steps.issue()))]
    with Hanging() as handle:
        worker = Worker(handle, Config(3, 2))
        with out_of_time(lambda: handle.has_begun(2)) as context:
            assert failed(worker(batch(*records), context)) == ["stuck-0", "stuck-1"]
            assert context.get_remaining_time_in_millis() > 0
        assert steps.is_waiting(stuck)
        assert queue.seconds() == {"stuck-0": 1, "stuck-1": 1}
        assert failed(worker(batch(record("next", wait_message(good, "go"))), Context())) == []
        assert len(steps.answers(good)) == 1
    assert not worker._jobs, "nothing is kept of what hung"


def test_work_that_hangs_on_its_last_delivery_fails_the_task(steps: StepFunctions, token: str) -> None:
    with Hanging() as handle, out_of_time(handle.has_begun) as context:
        assert deliver(handle, record("m", wait_message(token), 3), concurrency=1, context=context) == ["m"]
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause == "OutOfTime: the work was not finished after 9 s, when the function had to end"


def test_without_a_context_there_is_no_end(steps: StepFunctions, token: str) -> None:
    assert failed(Worker(Calls(), Config(3, 10))(batch(record("m", wait_message(token))), None)) == []
    assert len(steps.answers(token)) == 1


def test_an_error_of_the_runtime_itself_sends_back_that_message_only(
    steps: StepFunctions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = steps.issue(), steps.issue()
    send = steps.send_task_success

    def broken(**parameters: Any) -> Any:
        if parameters["taskToken"] == bad:
            raise ZeroDivisionError(bad)
        return send(**parameters)

    monkeypatch.setattr(steps, "send_task_success", broken)
    assert deliver(Calls(), record("bad", wait_message(bad)), record("good", wait_message(good))) == ["bad"]
    assert len(steps.answers(good)) == 1
    assert "message bad: ZeroDivisionError in the runtime" in caplog.text
    assert bad not in caplog.text


FAULTS = {
    "throttled": Fault.THROTTLED,
    "down": Fault.SERVER_ERROR,
    "denied": Fault.ACCESS_DENIED,
    "lost-reply": Fault.LOST_REPLY,
}
COMES_AGAIN = {"fault", "poison", "no-token", "unknown", "down", "denied"}
"""On the last delivery too."""
KINDS = [*COMES_AGAIN, *FAULTS, "good", "fail", "pending", "closed", "gone", "duplicate"]
ANSWERED = {"good", "fail", "duplicate", "throttled", "lost-reply"}


def by_request(request: Any, task: Task) -> Any:
    """Does what the request says."""
    if request == "fault":
        raise RuntimeError("down")
    if request == "fail":
        raise TaskFailed("Refused", "by request")
    return PENDING if request == "pending" else {"request": request}


def message_of(steps: StepFunctions, kind: str, token: str, deliveries: int) -> Any:
    """A message of this kind, with what is arranged for it."""
    message = wait_message(token, kind)
    if kind == "closed":
        steps.send_task_failure(taskToken=token)
    elif kind == "gone":
        steps.forget(token)
    elif kind == "poison":
        return json.dumps(message)[:-1]
    elif kind == "no-token":
        del message["TaskToken"]
    elif kind == "unknown":
        message["TaskToken"] = "nobody's " + token
    elif kind in FAULTS:
        # A redelivered message is asked about first: that one may fail as well.
        times = 100 if kind == "down" else 1 if deliveries == 1 else 2
        steps.inject(*[FAULTS[kind]] * times, token=token)
    return message


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 3)), max_size=25),
    st.integers(1, 10),
)
@example([(kind, deliveries) for kind in sorted(KINDS) for deliveries in (1, 2, 3)], 4)
@example([("good", 1)] * 4 + [("poison", 1)] + [("good", 1)] * 5, 10)
def test_any_mix_sends_back_exactly_what_must_come_again(
    monkeypatch: pytest.MonkeyPatch, mix: list[tuple[str, int]], concurrency: int
) -> None:
    steps, queue = StepFunctions(), Queue()
    monkeypatch.setitem(clients._made, "stepfunctions", steps)
    monkeypatch.setitem(clients._made, "sqs", queue)
    twin = steps.issue(length=100)
    tokens = [twin if kind == "duplicate" else steps.issue(length=100) for kind, _ in mix]
    records = [
        record(f"{kind}-{n}", message_of(steps, kind, tokens[n], deliveries), deliveries)
        for n, (kind, deliveries) in enumerate(mix)
    ]
    expected = [f"{kind}-{n}" for n, (kind, _) in enumerate(mix) if kind in COMES_AGAIN]
    began = len(steps.accepted)

    assert failed(run(by_request, batch(*records), concurrency=concurrency)) == expected

    taken = Counter(answer.token for answer in steps.accepted[began:])
    for (kind, deliveries), token in zip(mix, tokens, strict=True):
        once = kind in ANSWERED or (kind == "fault" and deliveries == 3)
        assert taken[token] == (1 if once else 0), kind
    assert set(queue.seconds()) == set(expected)
