"""A batch of queue messages, each on its own: what one does, says nothing about the others.

Messages are handled by a pool of threads that lives as long as the function. One that pauses, because its
answer is sent again later, leaves its thread to the others. A batch never dies whole because the function's
time is over: what was not begun or not finished shortly before the end goes back to the queue alone.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from heapq import heappop, heappush
from logging import ERROR, WARNING
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, Final

from countersign_runtime import clients

from .records import Item
from .resend import Pausing

# The end of the function's time that is kept for answers: at most this long, and at most this part of it.
MARGIN_SECONDS: Final = 5.0
MARGIN_PART: Final = 0.2

# A message whose work broke comes again after 1, 2, 4, 8 ... seconds and not after the queue's whole
# visibility timeout.
MAX_BACKOFF_SECONDS: Final = 60

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
        seconds = remaining_seconds(context)
        return Times(monotonic() + seconds, min(MARGIN_SECONDS, MARGIN_PART * seconds))

    @property
    def until(self) -> float:
        """When work, and sending an answer again, may be begun at the latest."""
        return self.ends - self.margin


@dataclass(slots=True)
class _Place:
    """One message's place in a batch."""

    item: Item
    work: Pausing[bool] | None = None
    begun: float = 0.0
    finished: bool = False


class Batch:
    """Runs batches through one pool of threads.

    `one` does a message's work, told until when it may begin something, and says whether the message is
    finished; False, or an exception, sends it back. `late` is told of messages whose work had begun and was
    not finished in time.
    """

    def __init__(
        self, size: int, one: Callable[[Item, float], Pausing[bool]], late: Callable[[Item, float], None]
    ) -> None:
        self._size = size
        self._one = one
        self._late = late
        self._pool = ThreadPoolExecutor(size, "callback")

    def run(self, items: list[Item], context: object) -> Result:
        """Do the work of every message; name those that have to come again."""
        times = Times.of(context)
        places = [_Place(item) for item in items]
        if unfinished := self._go_through(places, times):
            # A thread that hangs cannot be stopped. It must not take a place from the next batch.
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = ThreadPoolExecutor(self._size, "callback")
            for future, place in unfinished.items():
                self._give_up(future, place, times)
        return {"batchItemFailures": [{"itemIdentifier": p.item.id} for p in places if not p.finished]}

    def _go_through(self, places: list[_Place], times: Times) -> dict["Future[float | None]", _Place]:
        """Take every message to its end, or to the end of the function's time; the rest is returned."""
        running: dict[Future[float | None], _Place] = {}
        stopped: SimpleQueue[Future[float | None]] = SimpleQueue()
        paused: list[tuple[float, int, _Place]] = []
        pauses = 0
        # Whatever began before the margin has at least half of it to come to its end.
        last = times.ends - times.margin / 2

        def go_on(place: _Place) -> None:
            future = self._pool.submit(self._step, place, times.until)
            running[future] = place
            future.add_done_callback(stopped.put)

        waiting = deque(places)
        while running or paused or waiting:
            # An answer that is due goes before work that was not begun: its work is done.
            while len(running) < self._size and paused and paused[0][0] <= monotonic():
                go_on(heappop(paused)[2])
            while len(running) < self._size and waiting:
                go_on(waiting.popleft())
            free = len(running) < self._size
            seconds = max(0.0, (paused[0][0] if paused and free else last) - monotonic())
            if not running:
                sleep(seconds)
                continue
            try:
                future = stopped.get(timeout=None if seconds == float("inf") else seconds)
            except Empty:
                if monotonic() >= last:
                    for place in (*(each for _, _, each in paused), *waiting):
                        go_on(place)  # behind what hangs: given up with it
                    break
                continue
            place = running.pop(future)
            if (pause := _settle(future.result, place)) is not None:
                pauses += 1
                heappush(paused, (monotonic() + pause, pauses, place))
        return running

    def _step(self, place: _Place, until: float) -> float | None:
        """Begin a message's work, or go on with it: seconds of a pause, None at its end."""
        if place.work is None:
            place.begun = monotonic()
            if place.begun > until:
                _not_begun(place.item)
                return None
            place.work = self._one(place.item, until)
        try:
            return next(place.work)
        except StopIteration as end:
            place.finished = end.value is True
            return None

    def _give_up(self, future: "Future[float | None]", place: _Place, times: Times) -> None:
        if place.work is None:
            _not_begun(place.item)
        elif times.ends - monotonic() <= times.margin / 4:
            return
        elif future.cancelled() or (future.done() and _settle(future.result, place) is not None):
            # It pauses, or waited for a thread: it finds its time over, and says what that means.
            _settle(lambda: self._step(place, times.until), place)
        elif not future.done():
            self._late(place.item, monotonic() - place.begun)


def _settle(step: Callable[[], float | None], place: _Place) -> float | None:
    """What a step comes to. One that raises ends its message's work, which then comes again."""
    try:
        return step()
    except CancelledError:
        _not_begun(place.item)
    except BaseException as problem:
        # Only the type: nothing is known about this text.
        place.item.log(ERROR, "message %s: %s in the runtime", type(problem).__name__, outcome="error")
    return None


def _not_begun(item: Item) -> None:
    text = "message %s was not begun: the function's time was over. Give it more time, or smaller batches"
    item.log(WARNING, text, outcome="not-begun")


def remaining_seconds(context: object) -> float:
    """How long the function may still run; infinite outside of Lambda."""
    left: Any = getattr(context, "get_remaining_time_in_millis", None)
    return max(0.0, left() / 1000) if callable(left) else float("inf")


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


def backoff_seconds(deliveries: int) -> int:
    """How long a message waits after its n-th delivery."""
    return int(min(MAX_BACKOFF_SECONDS, 2 ** min(max(deliveries, 1) - 1, 10)))
