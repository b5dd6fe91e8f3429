"""An answer is sent again at nobody else's cost: of other messages, of the work's time, of its good name."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from countersign_runtime import Task
from countersign_runtime.processing import batch as runtime_batch

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, Hanging, out_of_time, record, wait_message
from tests.runtime.sources import Calls, Source, deliver
from tests.support.patience import PATIENCE_SECONDS
from tests.support.step_functions import Fault, StepFunctions


def test_the_deadline_of_a_retry_is_known_from_its_queue(steps: StepFunctions, clock: Clock) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    sent = datetime.now(UTC) - timedelta(seconds=50)
    message = wait_message(steps.issue(), EnteredTime="2026-01-01T00:00:00Z", RetryCount=1, TimeoutSeconds=60)
    retried = record("m", message, SentTimestamp=str(int(sent.timestamp() * 1000)))
    assert deliver(Calls(), retried) == ["m"]
    assert 2 < sum(clock.pauses) < 10


def test_the_question_leaves_half_of_the_time_to_the_work(steps: StepFunctions, clock: Clock) -> None:
    steps.inject(*[Fault.THROTTLED] * 100)
    handle = Calls()
    assert deliver(handle, record("m", wait_message(steps.issue()), 2), context=Context(30)) == ["m"]
    assert {operation for operation, _ in steps.calls} == {"SendTaskHeartbeat"}
    assert handle.tasks == []
    assert 7 < sum(clock.pauses) < 12.5


def test_a_task_that_sends_again_leaves_its_thread_to_the_others(steps: StepFunctions, clock: Clock) -> None:
    first, *others = [steps.issue() for _ in range(6)]
    steps.inject(*[Fault.THROTTLED] * 7, token=first)
    done_after: list[float] = []

    def handle(request: Any, task: Task) -> Any:
        done_after.append(sum(clock.pauses))

    records = [record(f"m-{n}", wait_message(token)) for n, token in enumerate([first, *others])]
    assert deliver(handle, *records, concurrency=1) == []
    assert done_after == [0] * 6
    assert len(steps.accepted) == 6
    assert steps.accepted[-1].token == first


def test_an_answer_that_is_due_goes_before_work_that_was_not_begun(
    steps: StepFunctions, clock: Clock
) -> None:
    tokens = [steps.issue() for _ in range(20)]
    steps.inject(Fault.THROTTLED, token=tokens[0])
    order: list[str] = []

    def handle(request: Any, task: Task) -> Any:
        order.append(task.token)
        clock.sleep(0.4)
        return 1

    records = [record(f"m-{n}", wait_message(token), 1) for n, token in enumerate(tokens)]
    assert "m-0" not in deliver(handle, *records, concurrency=1, context=Context(6))
    assert len(steps.answers(tokens[0])) == 1
    assert order[0] == tokens[0]
    assert 2 < len(order) < 20


def test_an_answer_that_finds_no_thread_any_more_is_no_fault_of_the_work(
    steps: StepFunctions, token: str, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    steps.inject(*[Fault.THROTTLED] * 50, token=token)
    # The only thread is taken by the second message while the first one pauses.
    records = [
        record("first", wait_message(token, "go")),
        record("hangs", wait_message(steps.issue(), "hang")),
    ]
    paused = iter([False])
    with Hanging() as hangs, out_of_time(lambda: next(paused, True) and hangs.has_begun()) as context:
        assert deliver(hangs, *records, concurrency=1, context=context) == ["first", "hangs"]
    outcomes = {vars(entry)["message_id"]: vars(entry)["outcome"] for entry in caplog.records}
    assert outcomes == {"first": "undelivered", "hangs": "fault"}
    assert steps.calls.count(("SendTaskSuccess", token)) == 1
    assert queue.seconds()["first"] >= 7
    assert queue.seconds()["hangs"] == 1


@contextmanager
def no_reply(steps: StepFunctions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """Step Functions takes a result, but replies only after the function's time, when the block ends."""
    asked, go, send = threading.Event(), threading.Event(), steps.send_task_success
    threads: list[threading.Thread] = []

    def hangs(**parameters: Any) -> Any:
        threads.append(threading.current_thread())
        asked.set()
        assert go.wait(PATIENCE_SECONDS)
        return send(**parameters)

    monkeypatch.setattr(steps, "send_task_success", hangs)
    with out_of_time(lambda: asked.wait(PATIENCE_SECONDS)) as context:
        yield context
    go.set()
    threads[0].join(PATIENCE_SECONDS)  # its pool was left to it alone


@pytest.mark.parametrize("source", ["queue", "table", "bucket"], indirect=True)
@pytest.mark.parametrize("deliveries", [1, 3])
def test_an_answer_without_a_reply_is_no_fault_of_the_work(
    steps: StepFunctions,
    source: Source,
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    deliveries: int,
) -> None:
    token = steps.issue()
    with no_reply(steps, monkeypatch) as context:
        assert not source.is_done(Calls(), source.event(wait_message(token), deliveries), context)
        assert steps.is_waiting(token)
        assert [vars(entry)["outcome"] for entry in caplog.records] == ["undelivered"]
    assert [answer.output for answer in steps.answers(token)] == [1]
    assert not source.is_kept()
    if source.name == "queue":
        assert queue.seconds()["m"] == 1 if deliveries == 3 else queue.seconds()["m"] >= 7


def test_a_message_whose_thread_has_only_just_started_was_not_begun(
    steps: StepFunctions, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    go, main = threading.Event(), threading.get_ident()

    def monotonic() -> float:
        if threading.get_ident() != main:
            assert go.wait(PATIENCE_SECONDS)
        return clock.monotonic()

    monkeypatch.setattr(runtime_batch, "monotonic", monotonic)
    handle = Calls()
    assert deliver(handle, record("m", wait_message(steps.issue())), context=Context(0.3)) == ["m"]
    assert "message m was not begun" in caplog.text
    assert handle.tasks == []
    go.set()
