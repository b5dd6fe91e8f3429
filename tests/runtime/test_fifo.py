"""FIFO queues: a group is worked on in its order, one message after another; other groups meanwhile."""

from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, dead_letters, failed, fifo_record, record, wait_message
from tests.runtime.sources import Calls, deliver
from tests.support.step_functions import Fault, StepFunctions


def lane(steps: StepFunctions, group: str, *requests: Any, deliveries: int = 1) -> list[dict[str, Any]]:
    """Messages of a group, each of which asks for what makes its id."""
    return [
        fifo_record(f"{group}-{request}", group, wait_message(steps.issue(length=100), request), deliveries)
        for request in requests
    ]


def unless_broken(request: Any, task: Any) -> Any:
    if request == "broken":
        raise RuntimeError("down")
    if request == "refused":
        raise TaskFailed("Refused", "by request")
    return PENDING if request == "pending" else request


def test_a_group_keeps_its_order_and_waits_for_no_other(steps: StepFunctions, clock: Clock) -> None:
    """However long each takes: the first ones are the slowest."""
    done: list[int] = []

    def handle(request: int, task: Task) -> None:
        clock.passes(10 - request)
        done.append(request)

    one, two = lane(steps, "a", 1, 2, 3), lane(steps, "b", 4, 5, 6)
    mixed = [message for pair in zip(one, two, strict=True) for message in pair]
    began = clock.now
    assert deliver(handle, *mixed, context=Context(60)) == []
    assert [request for request in done if request <= 3] == [1, 2, 3]
    assert [request for request in done if request > 3] == [4, 5, 6]
    assert clock.now - began < 9 + 8 + 7 + 6, "the groups went on at the same time"


def test_what_comes_again_stops_its_group_and_no_other(
    steps: StepFunctions, queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "countersign")
    handle = Calls(unless_broken)
    stopped, other = lane(steps, "a", 1, "broken", 2, 3), lane(steps, "b", 4, 5)
    back = deliver(handle, *stopped, *other)
    assert back == ["a-broken", "a-2", "a-3"], "in their order"
    assert set(handle.requests) == {1, "broken", 4, 5}
    # The first of the group is hidden the longest: meanwhile SQS gives nobody the others.
    assert queue.seconds() == {"a-broken": 1, "a-2": 0, "a-3": 0}
    assert "message a-2 was not begun: one before it in its group comes again" in caplog.text
    assert "time was over" not in caplog.text


@pytest.mark.parametrize("ends", ["refused", "pending"])
def test_an_answer_of_any_kind_stops_nobody(steps: StepFunctions, ends: str) -> None:
    handle = Calls(unless_broken)
    assert deliver(handle, *lane(steps, "a", ends, 2)) == []
    assert handle.requests == [ends, 2]


def test_an_answer_that_is_not_delivered_stops_its_group(steps: StepFunctions) -> None:
    first, second = steps.issue(length=100), steps.issue(length=100)
    steps.inject(Fault.ACCESS_DENIED, token=first)
    handle = Calls(unless_broken)
    messages = [
        fifo_record("m-1", "a", wait_message(first, 1)),
        fifo_record("m-2", "a", wait_message(second)),
    ]
    assert deliver(handle, *messages) == ["m-1", "m-2"]
    assert handle.requests == [1]
    assert steps.answers(second) == []


def test_with_its_last_delivery_a_message_is_given_up_and_those_behind_it_are_begun(
    steps: StepFunctions,
) -> None:
    """They were delivered as often, and would be dead letters that nobody ever began."""
    handle = Calls(unless_broken)
    assert deliver(handle, *lane(steps, "a", "broken", 2, 3, deliveries=3)) == ["a-broken"]
    assert handle.requests == ["broken", 2, 3]
    assert [answer.error for answer in steps.accepted] == ["CallbackQueue.DeadLettered", "", ""]


@pytest.mark.parametrize("body", ["{broken", {"TaskToken": 7}, {"Type": "Notification", "Message": "hello"}])
def test_what_is_no_wait_stops_nobody(steps: StepFunctions, queue: Queue, body: Any) -> None:
    handle = Calls(unless_broken)
    assert deliver(handle, fifo_record("bad", "a", body), *lane(steps, "a", 2)) == ["bad"]
    assert handle.requests == [2]
    assert queue.seconds() == {"bad": 0}


def test_a_duplicate_is_answered_once_and_stops_nobody(steps: StepFunctions) -> None:
    token = steps.issue(length=100)
    twice = [fifo_record(f"m-{n}", "a", wait_message(token, n)) for n in (1, 2)]
    assert deliver(Calls(unless_broken), *twice, *lane(steps, "a", 3)) == []
    assert [answer.output for answer in steps.accepted] == [1, 3]


@pytest.mark.parametrize(("deliveries", "told"), [(1, 0), (3, 1)])
def test_work_that_hangs_keeps_those_behind_it_from_being_begun_now_and_later(
    steps: StepFunctions, queue: Queue, clock: Clock, deliveries: int, told: int
) -> None:
    handle = Calls(lambda request, task: clock.hang() if request == "hang" else request)
    work = [*lane(steps, "a", "hang", 2, deliveries=deliveries), *lane(steps, "b", 3)]
    assert deliver(handle, *work, context=Context(30)) == ["a-hang", "a-2"]
    assert queue.seconds() == {"a-hang": 1, "a-2": 0}
    clock.let_go()
    assert set(handle.requests) == {"hang", 3}
    errors = [answer.error for answer in steps.accepted if answer.error]
    assert errors == ["CallbackQueue.DeadLettered"] * told


def test_an_error_of_the_runtime_stops_its_group(
    steps: StepFunctions, monkeypatch: pytest.MonkeyPatch, queue: Queue
) -> None:
    def broken(**_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(steps, "send_task_success", broken)
    handle = Calls(unless_broken)
    assert deliver(handle, *lane(steps, "a", 1, 2)) == ["a-1", "a-2"]
    assert handle.requests == [1]


def test_groups_of_a_standard_queue_are_of_no_order(steps: StepFunctions) -> None:
    messages = [
        record(f"m-{n}", wait_message(steps.issue(length=100), request), MessageGroupId="a")
        for n, request in enumerate(["broken", 2])
    ]
    handle = Calls(unless_broken)
    assert deliver(handle, *messages) == ["m-0"]
    assert set(handle.requests) == {"broken", 2}


def test_no_dead_letter_waits_for_another_of_its_group(steps: StepFunctions) -> None:
    token = steps.issue(length=100)
    letters = [fifo_record("bad", "a", "{"), fifo_record("good", "a", wait_message(token))]
    assert failed(dead_letters()({"Records": letters}, Context())) == ["bad"]
    assert [answer.error for answer in steps.answers(token)] == ["CallbackQueue.DeadLettered"]
