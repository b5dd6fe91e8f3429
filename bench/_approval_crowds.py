"""What a crowd of open requests costs, and whether a decision waits behind it: with the fakes of the tests,
on a clock on which each call takes as long as it would on the deployed function."""

from collections.abc import Callable, Iterator
from typing import Any

from countersign_runtime import Task

from bench._approval_calls import HOUR, LATENCY_SECONDS, THREADS
from tests.approvals import fakes
from tests.approvals.processes import Process
from tests.approvals.world import World
from tests.support.step_functions import Fault

OPEN = 2_040
REMINDED = 3_334
"""Of three approvers each, so that 10,000 reminders are due."""
CALL_SECONDS = 0.005 + LATENCY_SECONDS / THREADS
"""3 ms of a whole processor on the part of one that 1,024 MB are, and its share of what it waits for."""
SWEEP_SECONDS = 90
"""The follow-up function's timeout, less what it keeps to end what it has begun."""
MINUTE = 60
MINUTES = HOUR // MINUTE


class Schedule:
    """The schedule's runs of the follow-up function in a world, one after another, and what they cost."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls = 0
        self.longest = 0.0
        self.meanwhile: Callable[[], None] | None = None
        """What happens at the next call."""

    def minute(self) -> None:
        """One run, and then the rest of its minute."""
        began = self.world.now()
        process = Process(way=self._way)
        self.world.follow_up(process).sweep(SWEEP_SECONDS)
        self.calls += process.calls
        self.longest = max(self.longest, self.world.now() - began)
        self.world.advance(max(0.0, began + MINUTE - self.world.now()))

    def _way(self, _: Process, method: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        self.world.advance(CALL_SECONDS)
        if self.meanwhile and method.__name__ == "publish_batch":
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return method(**parameters)


def run() -> Iterator[dict[str, object]]:
    """Measurements, as they are made."""
    fakes.PAGE = 1_000  # A query reads a megabyte, not two items.
    yield open_requests()
    yield decision_behind_reminders()


def _ask(world: World, requests: int) -> list[Task]:
    messages = [
        world.wait(execution=f"run-{world.now()}-{number}", timeout_seconds=30 * 86_400)
        for number in range(requests)
    ]
    return [world.take(message) for message in messages]


def open_requests() -> dict[str, object]:
    """The second hour of requests that were asked during the first: nothing is due, but to ask whether they
    are still waited for."""
    world = World()
    schedule = Schedule(world)
    for _ in range(MINUTES):
        _ask(world, OPEN // MINUTES)
        schedule.minute()
    schedule.calls, schedule.longest = 0, 0.0
    for _ in range(MINUTES):
        schedule.minute()
    scale = 100_000 / OPEN
    return {
        "what": "an hour of open requests",
        "requests": OPEN,
        "calls": schedule.calls,
        "longest_run_seconds": round(schedule.longest, 1),
        "calls_for_100000": round((schedule.calls - MINUTES) * scale + MINUTES),
        "longest_run_seconds_for_100000": round(schedule.longest * scale),
        "target_longest_run_seconds_for_100000": SWEEP_SECONDS,
    }


def decision_behind_reminders() -> dict[str, object]:
    """Reminders of a crowd become due. While they are sent, one of the last approves: the answer is
    throttled, and what the page tells the follow-up function is lost."""
    world = World(remind_after_seconds=HOUR)
    decided = _ask(world, REMINDED)[-1]
    world.states.inject(Fault.THROTTLED, token=decided.token, answers=True)
    decided_at = 0.0

    def decide() -> None:
        nonlocal decided_at
        decided_at = world.now()
        world.post(world.link(decided), outcome="approved")
        world.nudged.clear()

    world.advance(HOUR)
    began, schedule = world.now(), Schedule(world)
    schedule.meanwhile = decide
    while (delivered_at := world.states.ended_at(decided.token)) is None or (
        len(world.mails("Reminder")) < 3 * (REMINDED - 1)
    ):
        schedule.minute()
    return {
        "what": "a decision behind reminders",
        "reminders": len(world.mails("Reminder")),
        "seconds": round(delivered_at - decided_at),
        "target_seconds": 2 * MINUTE,
        "seconds_for_all_reminders": round(world.now() - began),
    }
