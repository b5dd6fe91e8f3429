"""What a crowd of open requests costs, and whether a decision waits behind it: with the fakes of the tests, on
a clock on which each call takes as long as it would on the deployed function."""

from collections.abc import Callable, Iterator
from typing import Any

from countersign_runtime import Task

from bench._approval_calls import HOUR, LATENCY_SECONDS, THREADS
from tests.approvals import fakes
from tests.approvals.processes import Process
from tests.approvals.world import World
from tests.support.step_functions import Fault

OPEN = 2_000
REMINDED = 3_334
"""Of three approvers each, so that 10,000 reminders are due."""
CALL_SECONDS = 0.005 + LATENCY_SECONDS / THREADS
"""3 ms of a whole processor on the part of one that 1,024 MB are, and its share of what it waits for."""
SWEEP_SECONDS = 90
"""The follow-up function's timeout, less what it keeps to end what it has begun."""
MINUTE = 60


class Schedule:
    """The schedule's runs of the follow-up function in a world, and what they cost."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls = 0
        self.longest = 0.0

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
        return method(**parameters)


def run() -> Iterator[dict[str, object]]:
    fakes.PAGE = 1_000  # A query reads a megabyte, not two items.
    yield open_requests()
    yield decision_behind_reminders()


def _asked(requests: int, pause: float = 0, **settings: Any) -> tuple[World, list[Task]]:
    """A world in which so many were asked, with a pause between each and the next."""
    world, tasks = World(**settings), []
    for number in range(requests):
        tasks.append(world.take(world.wait(execution=f"run-{number}", timeout_seconds=30 * 86_400)))
        world.advance(pause)
    return world, tasks


def open_requests() -> dict[str, object]:
    """An hour in which nothing is due but to ask whether they are still waited for, for the first time."""
    world, _ = _asked(OPEN, HOUR / OPEN)
    schedule = Schedule(world)
    for _ in range(HOUR // MINUTE):
        schedule.minute()
    idle, scale = HOUR // MINUTE, 100_000 / OPEN
    return {
        "what": "an hour of open requests",
        "requests": OPEN,
        "calls": schedule.calls,
        "longest_run_seconds": round(schedule.longest, 1),
        "calls_for_100000": round((schedule.calls - idle) * scale + idle),
        "longest_run_seconds_for_100000": round(schedule.longest * scale),
        "target_longest_run_seconds_for_100000": SWEEP_SECONDS,
    }


def decision_behind_reminders() -> dict[str, object]:
    """Reminders of a crowd become due; one approves, the answer is throttled, and the page's call is lost."""
    world, tasks = _asked(REMINDED, remind_after_seconds=HOUR)
    world.advance(HOUR)
    decided = tasks[-1]
    world.states.inject(Fault.THROTTLED, token=decided.token, answers=True)
    world.post(world.link(decided), outcome="approved")
    world.nudged.clear()
    began, schedule = world.now(), Schedule(world)
    while (delivered_at := world.states.ended_at(decided.token)) is None or (
        len(world.mails("Reminder")) < 3 * (REMINDED - 1)
    ):
        schedule.minute()
    return {
        "what": "a decision behind reminders",
        "reminders": len(world.mails("Reminder")),
        "seconds": round(delivered_at - began),
        "target_seconds": 2 * MINUTE,
        "seconds_for_all_reminders": round(world.now() - began),
    }
