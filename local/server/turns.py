"""Functions of the embedded AWS take turns: as many run at a time as the machine carries, warm ones again.

MiniStack starts a process for each call that comes while the function's others are at work, as AWS would.
Here they would all run on the same few processors: 200 executions that end at once are 200 events for one
function. So a call waits for its turn, and finds the process of the one before.
"""

import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

STUCK_SECONDS = 15.0
"""When no turn has ended for so long, those who have one may be waiting for a call that waits here."""


class Turns:
    """``work = turns.taking(work)``: at most ``size`` calls of it at a time."""

    def __init__(self, size: int, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._size = size
        self._stuck_seconds = stuck_seconds
        self._running = 0
        self._moved = 0
        self._changed = threading.Condition()

    def taking(self, work: Callable[P, R]) -> Callable[P, R]:
        """``work``, each call of which waits for its turn."""

        def taken(*args: P.args, **kwargs: P.kwargs) -> R:
            self._begin()
            try:
                return work(*args, **kwargs)
            finally:
                self._move(-1)

        return taken

    def _begin(self) -> None:
        """Wait for a turn. One more than ``size`` get one each time all have long been stuck."""
        with self._changed:
            while self._running >= self._size:
                before = self._moved
                if not self._changed.wait(self._stuck_seconds) and self._moved == before:
                    break
            self._move(+1)

    def _move(self, change: int) -> None:
        with self._changed:
            self._running += change
            self._moved += 1
            self._changed.notify()
