"""Batches: what one message does says nothing about the others, and no batch dies of the function's time."""

import json
from collections import Counter
from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed, clients
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from countersign_contract.batches import MAX_BATCH_SIZE
from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, batch, failed, record, wait_message
from tests.runtime.sources import Calls, deliver, run
from tests.support.step_functions import Fault, StepFunctions


def records_of(steps: StepFunctions, count: int) -> list[dict[str, Any]]:
    """Messages of so many tasks, each of which asks for its number."""
    return [record(f"m-{n}", wait_message(steps.issue(length=100), n)) for n in range(count)]


@pytest.mark.parametrize("seconds", [1, 30, 900])
def test_no_message_is_a_dead_letter_that_was_never_begun_however_long_the_work_takes(
    steps: StepFunctions, clock: Clock, seconds: int
) -> None:
    """Of the largest batches, where each message's work takes almost all of the function's time."""
    handle, work = Calls(lambda request, task: clock.passes(0.7 * seconds)), records_of(steps, 250)
    for first in range(0, 250, MAX_BATCH_SIZE):
        batch_ = work[first : first + MAX_BATCH_SIZE]
        assert deliver(handle, *batch_, context=Context(seconds), receives=1) == []
    assert sorted(handle.requests) == list(range(250))


# A mapping that somebody has changed by hand.


def test_of_more_messages_than_threads_those_that_came_most_often_are_begun_and_the_others_come_at_once(
    steps: StepFunctions, clock: Clock, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    often = [record(f"often-{n}", wait_message(steps.issue(length=100), "often"), 2) for n in range(60)]
    handle = Calls(lambda request, task: clock.passes(26) if request == "often" else clock.passes(27))
    back = deliver(handle, *records_of(steps, 60), *often, context=Context(30))
    assert handle.requests.count("often") == 60
    assert len(handle.requests) == MAX_BATCH_SIZE
    assert len(back) == 20
    assert queue.seconds() == dict.fromkeys(back, 0)
    assert f"message {back[0]} was not begun: the function's time was over" in caplog.text


@pytest.mark.parametrize(("deliveries", "receives"), [(1, 1), (1, 3), (3, 3)])
def test_only_of_what_was_never_begun_a_task_is_told_that_it_was_not(
    steps: StepFunctions, clock: Clock, queue: Queue, deliveries: int, receives: int
) -> None:
    first = [record(f"m-{n}", wait_message(steps.issue(), n), 3) for n in range(MAX_BATCH_SIZE)]
    token = steps.issue()
    late = record("late", wait_message(token), deliveries)
    handle = Calls(lambda request, task: clock.passes(26))
    assert deliver(handle, *first, late, context=Context(30), receives=receives) == ["late"]
    told = [(answer.error, answer.cause) for answer in steps.answers(token)]
    never = "Never begun: the function's time was over before this message, delivered once, had its turn"
    assert told == ([("CallbackQueue.DeadLettered", never)] if receives == 1 else [])
    assert queue.seconds() == {"late": 1 if receives == 1 else 0}


# The function's time.


def test_what_ends_within_the_margin_is_waited_for(steps: StepFunctions, clock: Clock) -> None:
    """Nothing begins in the last 5 s, nothing is waited for in the last 2.5 s."""
    handle = Calls(lambda request, task: clock.passes(request))
    work = [record(f"m-{seconds}", wait_message(steps.issue(), seconds)) for seconds in (27.4, 27.6)]
    context = Context(30)
    assert deliver(handle, *work, context=context) == ["m-27.6"]
    assert context.get_remaining_time_in_millis() >= 2_499


def test_work_that_hangs_goes_back_alone_and_takes_no_place_from_the_next_batch(
    steps: StepFunctions, queue: Queue, clock: Clock
) -> None:
    worker = Worker(Calls(lambda request, task: clock.hang() if request == "hang" else 1), Config(3))
    stuck = [record(f"m-{n}", wait_message(steps.issue(), "hang")) for n in range(MAX_BATCH_SIZE)]
    context = Context()
    assert len(failed(worker(batch(*stuck), context))) == MAX_BATCH_SIZE
    assert context.get_remaining_time_in_millis() > 0
    assert steps.accepted == []
    assert set(queue.seconds().values()) == {1}
    assert failed(worker(batch(*records_of(steps, MAX_BATCH_SIZE)), Context())) == []
    assert len(steps.accepted) == MAX_BATCH_SIZE
    clock.let_go()
    assert not worker._jobs, "nothing is kept of what hung"


def test_work_that_hangs_on_its_last_delivery_fails_the_task(
    steps: StepFunctions, token: str, clock: Clock
) -> None:
    handle = Calls(lambda request, task: clock.hang())
    assert deliver(handle, record("m", wait_message(token), 3), context=Context(10)) == ["m"]
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert answer.cause == "OutOfTime: the work was not finished after 9 s, when the function had to end"


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


def test_without_a_context_there_is_no_end(steps: StepFunctions, token: str) -> None:
    assert failed(Worker(Calls(), Config(3))(batch(record("m", wait_message(token))), None)) == []
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
)
@example([(kind, deliveries) for kind in sorted(KINDS) for deliveries in (1, 2, 3)])
@example([("good", 1)] * 4 + [("poison", 1)] + [("good", 1)] * 5)
def test_any_mix_sends_back_exactly_what_must_come_again(
    monkeypatch: pytest.MonkeyPatch, mix: list[tuple[str, int]]
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

    assert failed(run(by_request, batch(*records))) == expected

    taken = Counter(answer.token for answer in steps.accepted[began:])
    for (kind, deliveries), token in zip(mix, tokens, strict=True):
        once = kind in ANSWERED or (kind == "fault" and deliveries == 3)
        assert taken[token] == (1 if once else 0), kind
    assert set(queue.seconds()) == set(expected)
