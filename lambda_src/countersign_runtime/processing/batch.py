"""A batch of messages, each in a thread of its own: what one does, says nothing about the others.

The messages of a group of a FIFO queue share a thread, in their order. One that comes again holds up those
behind it, which come again after it. One that does not, being done or given up, holds up nobody: those behind
it have been delivered as often, and would become dead letters that were never begun.

A component asks for no larger batch than there are threads, so every message is begun when its batch comes:
SQS counts a delivery, and never takes one back. A batch never dies whole because the function's time is over:
what was not finished shortly before the end goes back to the queue alone.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from logging import ERROR, INFO, WARNING
from time import monotonic
from typing import Any, Final, TypeVar

from countersign_contract.batches import MAX_BATCH_SIZE
from countersign_runtime import clients

from .events import Item

T = TypeVar("T")

# The end of the function's time that is kept for answers: at most this long, and at most this part of it.
MARGIN_SECONDS: Final = 5.0
MARGIN_PART: Final = 0.2

# A message whose work broke comes again after 1, 2, 4, 8 ... seconds and not after the queue's whole
# visibility timeout.
LONGEST_PAUSE_SECONDS: Final = 60

Result = dict[str, list[dict[str, str]]]
"""A partial batch response:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""


@dataclass(frozen=True, slots=True)
class Times:
    """An invocation's times, as `monotonic` counts; infinite outside of Lambda."""

    ends: float
    margin: float
    """The last seconds, in which nothing is begun."""

    @staticmethod
    def of(context: object) -> "Times":
        left: Any = getattr(context, "get_remaining_time_in_millis", None)
        seconds = max(0.0, left() / 1000) if callable(left) else float("inf")
        return Times(monotonic() + seconds, min(MARGIN_SECONDS, MARGIN_PART * seconds))

    @property
    def until(self) -> float:
        """When work, and sending an answer again, may be begun at the latest."""
        return self.ends - self.margin


class End(Enum):
    """What becomes of a message when its work has ended."""

    DONE = "done"
    AGAIN = "comes again"
    """It goes back, and is worked on again."""
    GIVEN_UP = "given up"
    """It goes back, and is not worked on again: it becomes a dead letter, or stays one."""


@dataclass(slots=True)
class _Place:
    """One message's place in a batch."""

    item: Item
    begun: float | None = None
    end: End | None = None
    """None while its work goes on, or was not begun: then the message comes again, too."""


class Batch:
    """Runs batches through one pool of threads, which lives as long as the function.

    `one` does a message's work, told until when it may begin something, and says what becomes of the message;
    with an exception, it comes again. `late` is told of messages whose work was not finished in
    time, and for how many seconds it went on, or None: it was not begun.
    """

    def __init__(self, one: Callable[[Item, float], End], late: Callable[[Item, float | None], None]) -> None:
        self._one = one
        self._late = late
        self._pool = _pool()

    def run(self, items: list[Item], context: object) -> Result:
        """Do the work of every message; name those that have to come again."""
        times = Times.of(context)
        places = [_Place(item) for item in items]
        # In a batch that is larger than it should be, those with the fewest deliveries left go first.
        lanes = sorted(_lanes(places), key=lambda lane: lane[0].item.deliveries, reverse=True)
        # Whatever began before the margin has at least half of it to come to its end.
        self._for_each(lanes, lambda lane: self._begin(lane, times.until), times.ends - times.margin / 2)
        if late := [place for place in places if place.end is None]:
            # A thread that hangs cannot be stopped. It must not take a place from the next batch.
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = _pool()
            self._for_each(late, self._give_up, times.ends - times.margin / 4)
        return {"batchItemFailures": [{"itemIdentifier": p.item.id} for p in places if p.end is not End.DONE]}

    def _for_each(self, things: list[T], act: Callable[[T], None], last: float) -> None:
        """Do this with each of them, each in its thread, and wait for them, but not longer than this."""
        futures = [self._pool.submit(act, thing) for thing in things]
        wait(futures, None if last == float("inf") else max(0.0, last - monotonic()))

    def _begin(self, lane: list[_Place], until: float) -> None:
        """Do one after the other, until one comes again, or the time is over."""
        held_up = False
        for place in lane:
            if (now := monotonic()) > until:
                return
            if held_up:
                _hold(place)
                continue
            place.begun = now
            end = End.AGAIN
            with _guarded(place.item):
                end = self._one(place.item, until)
            place.end, held_up = end, end is End.AGAIN

    def _give_up(self, place: _Place) -> None:
        with _guarded(place.item):
            if place.begun is None:
                text = "message %s was not begun: the function's time was over. Give it smaller batches"
                place.item.log(WARNING, text, outcome="not-begun")
                self._late(place.item, None)
            elif place.end is None:
                self._late(place.item, monotonic() - place.begun)


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MAX_BATCH_SIZE, "message")


def _lanes(places: list[_Place]) -> list[list[_Place]]:
    """The places, those of a group together, in their order."""
    lanes: dict[object, list[_Place]] = {}
    for number, place in enumerate(places):
        lanes.setdefault(place.item.group or number, []).append(place)
    return list(lanes.values())


def _hold(place: _Place) -> None:
    """It comes again when the one before it does: SQS keeps the order, and lets none of a group by."""
    place.end = End.AGAIN
    place.item.log(INFO, "message %s was not begun: one before it in its group comes again", outcome="held")
    give_back(place.item, 0)


@contextmanager
def _guarded(item: Item) -> Iterator[None]:
    try:
        yield
    except BaseException as problem:
        # Only the type: nothing is known about this text.
        item.log(ERROR, "message %s: %s in the runtime", type(problem).__name__, outcome="error")


def give_back(item: Item, seconds: int) -> None:
    """Let a failed message come again after so many seconds. Best effort: else it comes when the queue
    says."""
    if not item.receipt or not item.queue_arn:
        return
    try:
        queue = clients.sqs()
        account, name = item.queue_arn.split(":")[4:6]
        # The endpoint's own name: right in every partition, and on an embedded AWS.
        url = f"{queue.meta.endpoint_url.rstrip('/')}/{account}/{name}"
        queue.change_message_visibility(
            QueueUrl=url, ReceiptHandle=item.receipt, VisibilityTimeout=max(0, seconds)
        )
    except Exception as problem:  # whatever it is, the message comes again anyway
        text = "message %s comes again only after the visibility timeout: %s"
        item.log(WARNING, text, type(problem).__name__)


def fault_pause_seconds(deliveries: int) -> int:
    """How long a message waits after its n-th delivery, if its work broke."""
    return int(min(LONGEST_PAUSE_SECONDS, 2 ** min(max(deliveries, 1) - 1, 10)))
