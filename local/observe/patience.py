"""Waiting for what an embedded AWS does, on whatever machine it does it.

A machine that takes ten times as long to answer is given ten times as long. So there are two ends. What the
machine had its time for and did not come is missing: ``NotSeen``. What a slow machine has not brought in ten
minutes says something about the machine alone: ``TooSlow``.
"""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from local.aws.clients import Aws
from local.errors import LocalError, TooSlow

T = TypeVar("T")

PATIENCE_SECONDS = 120.0
"""On a quick machine. What is done once a minute may have to be waited for."""
LONGEST_SECONDS = 600.0
_QUICK_SECONDS = 0.005  # What the embedded AWS takes to answer on a machine that works as it should.
_FIRST_TIMEOUT_SECONDS = 5
_MEASURE_SECONDS = 1.0
_SHORTEST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0


class NotSeen(LocalError):
    """It did not come, though the machine had its time for it."""


def until(aws: Aws, what: str, look: Callable[[], T | None], *, seconds: float = PATIENCE_SECONDS) -> T:
    """Look again and again until there is something, and return it.

    Raises ``NotSeen`` when patience has ended, ``TooSlow`` when this machine can only be waited for.
    """
    for _ in patiently(aws, what, seconds=seconds):
        if found := look():
            return found
    raise NotSeen(f"{what}: not seen, with time for it")


def timeouts(aws: Aws, what: str) -> Iterator[int]:
    """Timeouts in seconds for something that must come before one, the next always twice as long.

    The first is enough for a quick machine. Raises like ``until`` when none is long enough.
    """
    seconds = _FIRST_TIMEOUT_SECONDS
    for _ in patiently(aws, what):
        yield seconds
        seconds *= 2
    raise NotSeen(f"{what}: not seen before a timeout of {seconds // 2} s")


def patiently(aws: Aws, what: str, *, seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """A turn for each look, with a pause in between, until patience has ended. Raises ``TooSlow``."""
    began = last = time.monotonic()
    left, slowness, measured = seconds, 1.0, began
    while True:
        yield
        if time.monotonic() - measured >= _MEASURE_SECONDS:
            slowness = max(1.0, _answer_seconds(aws) / _QUICK_SECONDS)
            measured = time.monotonic()
        pause = _SHORTEST_PAUSE_SECONDS * slowness
        time.sleep(min(pause, _LONGEST_PAUSE_SECONDS))  # Looking often keeps a slow machine from its work.
        now = time.monotonic()
        left -= (now - last) / slowness
        last = now
        if left <= 0:
            return
        if now - began > LONGEST_SECONDS:
            raise TooSlow(
                f"{what}: not seen within {now - began:.0f} s,"
                f" and one call of the embedded AWS takes {slowness * _QUICK_SECONDS:.2f} s"
            )


def _answer_seconds(aws: Aws) -> float:
    """What the embedded AWS takes now to answer a call that leaves it nothing to do."""
    began = time.monotonic()
    aws.step_functions.list_state_machines(maxResults=1)
    return time.monotonic() - began
