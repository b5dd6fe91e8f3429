"""Step Functions is down, or throttles, for a while: no answer is lost, and no work is done in vain."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from countersign_runtime import Task, clients
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker

from tests.runtime.clock import Clock
from tests.runtime.conftest import Queue
from tests.runtime.events import Context, batch, dead_letters, failed, record, wait_message
from tests.support.step_functions import StepFunctions, client_error

HIDDEN_SECONDS = 180  # the queue's visibility timeout
RECEIVES = 5
LONG = 1_000_000


class Service(StepFunctions):
    """Step Functions in the clock's time, which throttles an operation when it is told to."""

    def __init__(self, clock: Clock, throttles: Callable[[str], bool]) -> None:
        super().__init__()
        self.clock = clock
        self.throttles = throttles
        self.now = clock.now

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.now = self.clock.now
        if self.throttles(operation):
            raise client_error(operation, "ThrottlingException", "Rate exceeded")
        return super().call(operation, parameters)


class World(Queue):
    """A queue, its worker and its dead-letter consumer, on a service that is not always there."""

    def __init__(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch, throttles: Callable[[float, str], bool]
    ) -> None:
        super().__init__()
        self.clock = clock
        began = self.clock.now
        self.steps = Service(self.clock, lambda operation: throttles(self.clock.now - began, operation))
        monkeypatch.setitem(clients._made, "stepfunctions", self.steps)
        monkeypatch.setitem(clients._made, "sqs", self)
        monkeypatch.setenv("MAX_RECEIVE_COUNT", str(RECEIVES))
        random.seed(1)
        self.began = began
        self.handled: Counter[str] = Counter()
        self.delivered: dict[str, list[float]] = {}
        self.dead: list[str] = []
        self._messages: dict[str, dict[str, Any]] = {}

    def put(self, *tokens: str, timeout_seconds: int = 86_400) -> None:
        """Messages that are delivered at once."""
        for token in tokens:
            name = f"m-{len(self._messages)}"
            self._messages[name] = wait_message(token, TimeoutSeconds=timeout_seconds)
            self._later(0, name)

    def change_message_visibility(self, **parameters: Any) -> None:
        self._later(parameters["VisibilityTimeout"], parameters["ReceiptHandle"].removeprefix("receipt-"))

    def outcome(self) -> Counter[str]:
        """How many tasks ended how: with their result, or with which error."""
        return Counter(answer.error or answer.operation for answer in self.steps.accepted)

    def _handle(self, request: Any, task: Task) -> str:
        self.handled[task.token] += 1
        return "PAID"

    def _later(self, seconds: float, name: str) -> None:
        act = self._deliver if len(self.delivered.get(name, ())) < RECEIVES else self._bury
        self.clock.after(seconds, lambda: act(name))

    def _event(self, name: str) -> dict[str, Any]:
        sent = str(int(self.began * 1000))
        return batch(record(name, self._messages[name], len(self.delivered[name]), SentTimestamp=sent))

    def _deliver(self, name: str) -> None:
        self.delivered.setdefault(name, []).append(self.clock.now - self.began)
        # What failed was given back already.
        Worker(self._handle, Config(RECEIVES))(self._event(name), Context())

    def _bury(self, name: str) -> None:
        self.dead.append(name)
        if failed(dead_letters()(self._event(name), Context())):
            self.clock.after(HIDDEN_SECONDS, lambda: self._bury(name))


def down_for(seconds: float) -> Callable[[float, str], bool]:
    return lambda now, operation: now < seconds


@pytest.mark.parametrize(
    ("seconds", "deliveries", "handled"), [(0, 1, 1), (10, 1, 1), (20, 1, 1), (60, 3, 2), (600, 5, 2)]
)
def test_after_an_outage_the_task_has_its_result(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: float, deliveries: int, handled: int
) -> None:
    world = World(clock, monkeypatch, down_for(seconds))
    token = world.steps.issue(86_400)
    world.put(token)
    clock.passes(LONG)
    assert world.outcome() == {"SendTaskSuccess": 1}
    # While nobody can be asked whether it still waits, the work is not done again.
    assert (len(world.delivered["m-0"]), world.handled[token]) == (deliveries, handled)
    assert world.dead == []


def test_the_message_comes_again_later_each_time_and_no_two_at_the_same_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(clock, monkeypatch, down_for(1_500))
    world.put(world.steps.issue(), world.steps.issue())
    clock.passes(LONG)
    for times in world.delivered.values():
        assert len(times) == RECEIVES
        # What an invocation spends on sending again, and the pause.
        for number, (before, after) in enumerate(pairwise(times)):
            pause = min(900, 15 * 4**number)
            assert int(pause / 2) <= after - before <= 26 + pause
    assert not set(world.delivered["m-0"][1:]) & set(world.delivered["m-1"][1:])


def test_what_the_last_delivery_cannot_deliver_fails_and_says_that_the_work_may_have_been_done(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(clock, monkeypatch, down_for(3_600))
    token = world.steps.issue(86_400)
    world.put(token)
    clock.passes(LONG)
    (answer,) = world.steps.answers(token)
    assert answer.error == "CallbackQueue.DeadLettered"
    assert "could not reach Step Functions" in answer.cause
    assert "so it may have been done" in answer.cause
    assert world.handled[token] == 2  # the last delivery tries it all the same


@pytest.mark.parametrize("timeout", [40, 120, 600])
def test_every_delivery_is_before_the_deadline(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, timeout: int
) -> None:
    world = World(clock, monkeypatch, down_for(timeout * 0.5))
    token = world.steps.issue(timeout)
    world.put(token, timeout_seconds=timeout)
    clock.passes(LONG)
    assert world.delivered["m-0"][-1] < timeout
    assert world.outcome() == {"SendTaskSuccess": 1}


def test_a_burst_beyond_the_quota_succeeds_whole(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    # 10,000 messages, a quota of 1,500 and 300 a second, each divided by 50.
    left, at = 30.0, 0.0

    def throttles(now: float, operation: str) -> bool:
        nonlocal left, at
        if operation != "SendTaskSuccess":
            return False
        left, at = min(30.0, left + 6 * (now - at)), now
        if left < 1:
            return True
        left -= 1
        return False

    world = World(clock, monkeypatch, throttles)
    tokens = [world.steps.issue(86_400) for _ in range(200)]
    world.put(*tokens)
    clock.passes(LONG)
    assert world.outcome() == {"SendTaskSuccess": 200}
    assert world.handled.total() < 240
    assert max(len(times) for times in world.delivered.values()) < RECEIVES
