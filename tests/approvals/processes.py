"""Runs of functions that die at any of their calls, and that run at the same time, call by call."""

from collections.abc import Callable, Sequence
from random import Random
from threading import Semaphore, Thread
from typing import Any

from tests.support.patience import PATIENCE_SECONDS


class Crash(BaseException):
    """The function dies: nothing of it runs any more, no `except Exception` sees it."""


def straight(process: "Process", method: Callable[..., Any], parameters: dict[str, Any]) -> Any:
    """How a call gets to its service when nothing is in its way."""
    return method(**parameters)


Way = Callable[["Process", Callable[..., Any], dict[str, Any]], Any]


class Process:
    """One run of a function, which dies at its n-th call to a service: before the call, or after it."""

    def __init__(self, dies_at: int | None = None, *, after: bool = False, way: Way = straight) -> None:
        self.calls = 0
        self.died = False
        self._dies_at = dies_at
        self._after = after
        self._way = way

    def wrap(self, client: Any) -> Any:
        return _Client(self, client)

    def call(self, method: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        number, self.calls = self.calls, self.calls + 1
        if self._dies_at is None or number < self._dies_at:
            return self._way(self, method, parameters)
        self.died = True
        if number == self._dies_at and self._after:
            self._way(self, method, parameters)
        raise Crash


class _Client:
    def __init__(self, process: Process, client: Any) -> None:
        self._process = process
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda **parameters: self._process.call(method, parameters)


class _Turns(Process):
    """A process that stops before every call until it is its turn."""

    def __init__(self, dies_at: int | None, after: bool, way: Way) -> None:
        super().__init__(dies_at, after=after, way=way)
        self.go = Semaphore(0)
        self.stopped = Semaphore(0)
        self.finished = False

    def call(self, method: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        self.stopped.release()
        self.go.acquire()
        return super().call(method, parameters)


def interleave(
    jobs: Sequence[Callable[[Process], object]],
    deaths: Sequence[tuple[int | None, bool]],
    order: int,
    way: Way = straight,
) -> list[BaseException | None]:
    """Run jobs at the same time, call by call: `order` seeds whose turn it is. How each of them ended."""
    ends: list[BaseException | None] = [None] * len(jobs)
    if len(jobs) == 1:
        ((dies_at, after),) = deaths
        try:
            jobs[0](Process(dies_at, after=after, way=way))
        except (Exception, Crash) as problem:
            return [problem]
        return ends
    processes = [_Turns(dies_at, after, way) for dies_at, after in deaths]

    def run(number: int) -> None:
        process = processes[number]
        process.go.acquire()
        try:
            jobs[number](process)
        except BaseException as problem:  # a Crash, too
            ends[number] = problem
        process.finished = True
        process.stopped.release()

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    turns = Random(order)
    while alive := [process for process in processes if not process.finished]:
        process = turns.choice(alive)
        process.go.release()
        assert process.stopped.acquire(timeout=PATIENCE_SECONDS)
    return ends
