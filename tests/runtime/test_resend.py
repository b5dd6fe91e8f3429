"""An answer is sent again at nobody else's cost: of other messages, of the work's time, of its good name."""

from typing import Any

import pytest

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, record, wait_message
from tests.runtime.sources import Calls, Source, deliver
from tests.support.step_functions import Fault, StepFunctions


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


def test_others_do_not_wait_for_a_task_that_sends_again(steps: StepFunctions, clock: Clock) -> None:
    first, *others = [steps.issue() for _ in range(6)]
    steps.inject(*[Fault.THROTTLED] * 7, token=first)
    began, done_at = clock.now, []
    handle = Calls(lambda request, task: done_at.append(clock.now))
    records = [record(f"m-{n}", wait_message(token)) for n, token in enumerate([first, *others])]
    assert deliver(handle, *records) == []
    assert done_at == [began] * 6
    assert len(steps.accepted) == 6
    assert steps.accepted[-1].token == first


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
