"""Sending an answer again while there is time: what throttles or is down for a while, takes it later.

The work is done by then, so it is the answer that is sent again, and `handle` is not called.
"""

from collections.abc import Callable
from random import uniform
from time import monotonic, sleep, time
from typing import Final, TypeVar

from countersign_runtime.answers import Undelivered
from countersign_runtime.message import Task

T = TypeVar("T")

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 5.0

# Between the deliveries of a message, 15 s, 1, 4 and 15 minutes at most: a quota that is used up comes back
# in seconds, an outage takes minutes.
FIRST_DELIVERY_SECONDS: Final = 15
LONGEST_DELIVERY_SECONDS: Final = 900


def send(call: Callable[[], T], until: float) -> T:
    """Call until it is delivered, but begin no call after `until` (as `monotonic` counts) but the first.

    Raises the last `Undelivered` when the time is over, and at once where waiting does not help.
    """
    longest = FIRST_PAUSE_SECONDS
    while True:
        pause = _jittered(longest)
        try:
            return call()
        except Undelivered as problem:
            if not problem.passing or monotonic() + pause > until:
                raise
        sleep(pause)
        longest = min(2 * longest, LONGEST_PAUSE_SECONDS)


def seconds_left(task: Task) -> float:
    """Until the task's deadline; infinite if that is unknown, negative if it has passed."""
    return float("inf") if task.deadline is None else task.deadline.timestamp() - time()


def within(task: Task, until: float) -> float:
    """`until`, or the task's deadline if that is earlier.

    A deadline that has passed is none: the task is most likely closed, and Step Functions says so, but a
    redriven one goes on.
    """
    left = seconds_left(task)
    return min(until, monotonic() + left) if left > 0 else until


def pause_seconds(deliveries: int, task: Task) -> int:
    """How long a message waits after its n-th delivery, if its answer did not arrive.

    At most half of the time to the task's deadline, so that what is left of the deliveries comes before it.
    """
    longest = FIRST_DELIVERY_SECONDS * 4 ** min(max(deliveries, 1) - 1, 10)
    pause = _jittered(min(longest, LONGEST_DELIVERY_SECONDS))
    left = seconds_left(task)
    return max(1, int(min(pause, left / 2) if left > 0 else pause))


def _jittered(seconds: float) -> float:
    """Those who failed together must not come again together."""
    return uniform(0.5, 1.0) * seconds  # noqa: S311 (spreads tries, decides nothing)
