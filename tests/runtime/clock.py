"""Time for the runtime: pauses are skipped, by one invocation, or by many that take turns."""

import time
from collections.abc import Callable
from heapq import heappop, heappush
from threading import Event, Thread

import pytest
from countersign_runtime.processing import batch, resend, work

from tests.runtime import events
from tests.support.patience import PATIENCE_SECONDS


class Clock:
    """The machine's time, and what was skipped of it."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self.pauses: list[float] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the runtime, and the function's time, go by this clock."""
        for module in (batch, resend, work, events):
            for name in ("monotonic", "sleep", "time"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, getattr(self, name))

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def time(self) -> float:
        return time.time() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.skipped += seconds


class Turns(Clock):
    """A time in which nothing lasts but pauses, for things that happen at the same time.

    One of them runs; the time goes on when it pauses or ends, to what is next.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_800_000_000.0
        self._next: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._all_over = Event()

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        go = Event()
        self._at(seconds, go.set)
        self._pass_on()
        assert go.wait(PATIENCE_SECONDS)

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Let this happen then."""

        def turn() -> None:
            try:
                act()
            finally:
                self._pass_on()

        self._at(seconds, Thread(target=turn, daemon=True).start)

    def play(self) -> None:
        """Until nothing happens any more."""
        self._pass_on()
        assert self._all_over.wait(PATIENCE_SECONDS)

    def _at(self, seconds: float, go: Callable[[], object]) -> None:
        self._count += 1
        heappush(self._next, (self.now + seconds, self._count, go))

    def _pass_on(self) -> None:
        if not self._next:
            self._all_over.set()
            return
        self.now, _, go = heappop(self._next)
        go()
