"""Time for the runtime, which passes only while every thread waits: no test waits for it, and on no machine,
however slow, does it pass by itself."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, RLock, Thread
from typing import Any

import pytest
from countersign_runtime.processing import batch, engine, resend, work

from tests.runtime import events
from tests.support.patience import PATIENCE_SECONDS

FOREVER = float("inf")
Futures = Sequence[Future[Any]]


@dataclass(eq=False)
class _Waiting:
    """A thread that waits for a time, or for futures if they come first; or one that begins at a time."""

    until: float
    futures: Futures = ()
    begins: Thread | None = None
    go: Event = field(default_factory=Event)


class Clock:
    """The time of the test, of the threads of its batches, and of what it lets happen `after` a while."""

    def __init__(self) -> None:
        self.now = time.time()
        self.pauses: list[float] = []
        self._lock = RLock()
        self._running = 1  # the test itself
        self._waiting: list[_Waiting] = []
        self._futures: list[Future[Any]] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the runtime, and the function's time, go by this clock."""
        for module in (batch, engine, resend, work, events):
            for name in ("monotonic", "sleep", "time", "wait"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, getattr(self, name))
        monkeypatch.setattr(batch, "ThreadPoolExecutor", lambda size, _: _Pool(self, size))

    def monotonic(self) -> float:
        return self.now

    time = monotonic

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.passes(seconds)

    def passes(self, seconds: float) -> None:
        """Something takes so long; with a test, all that happens until then."""
        self._wait(_Waiting(self.now + seconds))

    def hang(self) -> None:
        """Go on when the test lets it."""
        self._wait(_Waiting(FOREVER))

    def let_go(self) -> None:
        """Let all that hangs go on, and see it to its end."""
        with self._lock:
            for each in [each for each in self._waiting if each.until == FOREVER and not each.futures]:
                self._go(each)
        self.wait(self._futures)

    def wait(self, futures: Futures, timeout: float | None = None) -> None:
        """In the place of concurrent.futures.wait."""
        if futures:
            self._wait(_Waiting(FOREVER if timeout is None else self.now + timeout, futures))

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Let this happen then."""

        def begin() -> None:
            try:
                act()
            finally:
                self.stopped()

        with self._lock:
            self._waiting.append(_Waiting(self.now + seconds, begins=Thread(target=begin, daemon=True)))

    def started(self, future: Future[Any]) -> None:
        """A thread more is running."""
        with self._lock:
            self._running += 1
            self._futures.append(future)

    def stopped(self) -> None:
        """A thread less is running. If it was the last one, it is now when the next one goes on."""
        with self._lock:
            self._running -= 1
            for each in [each for each in self._waiting if each.futures]:
                if all(future.done() for future in each.futures):
                    self._go(each)
            if not self._running and self._waiting:
                following = min(self._waiting, key=lambda each: each.until)
                if following.until < FOREVER:
                    self.now = max(self.now, following.until)
                    self._go(following)

    def _wait(self, waiting: _Waiting) -> None:
        with self._lock:
            self._waiting.append(waiting)
            self.stopped()
        assert waiting.go.wait(PATIENCE_SECONDS), "nothing moves any more"

    def _go(self, waiting: _Waiting) -> None:
        self._waiting.remove(waiting)
        self._running += 1
        waiting.go.set()
        if waiting.begins is not None:
            waiting.begins.start()


class _Pool(ThreadPoolExecutor):
    """Threads whose work takes no time but what it waits for."""

    def __init__(self, clock: Clock, size: int) -> None:
        super().__init__(size)
        self._clock = clock
        self._free = size
        self._queued = 0

    def submit(self, *call: Any, **named: Any) -> Future[Any]:
        with self._clock._lock:
            future = super().submit(*call, **named)
            if self._free:
                self._free -= 1
                self._clock.started(future)
            else:
                self._queued += 1
            future.add_done_callback(self._done)
            return future

    def _done(self, _: Future[Any]) -> None:
        with self._clock._lock:
            if self._queued:  # its thread goes on with that; or it was that
                self._queued -= 1
            else:
                self._free += 1
                self._clock.stopped()
