"""A batch of queue messages, each on its own: what one does, says nothing about the others.

Messages are handled by a pool of threads that lives as long as the function. A batch never dies whole because
the function's time is over: what was not begun or not finished shortly before the end goes back to the queue
alone.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from logging import getLogger
from time import monotonic
from typing import Any, Final

from . import clients
from .records import Item

logger = getLogger("countersign")

# The end of the function's time that is kept for answers: at most this long, and at most this part of it.
MARGIN_SECONDS: Final = 5.0
MARGIN_PART: Final = 0.2

# A failed message comes again after 1, 2, 4, 8 ... seconds and not after the queue's whole visibility
# timeout.
MAX_BACKOFF_SECONDS: Final = 60

Result = dict[str, list[dict[str, str]]]
"""A partial batch response:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""


class Batch:
    """Runs batches through one pool of threads.

    `one` does a message's work and says whether it is finished; False, or an exception, sends it back. `late`
    is told of messages whose work had begun and was not finished in time.
    """

    def __init__(self, size: int, one: Callable[[Item], bool], late: Callable[[Item, float], None]) -> None:
        self._size = size
        self._one = one
        self._late = late
        self._pool = ThreadPoolExecutor(size, "callback")

    def run(self, items: list[Item], context: object) -> Result:
        """Do the work of every message; name those that have to come again."""
        began = monotonic()
        seconds = remaining_seconds(context)
        margin = min(MARGIN_SECONDS, MARGIN_PART * seconds)
        ends = began + seconds

        begun: dict[str, float] = {}

        def start(item: Item) -> bool | None:
            now = monotonic()
            if now > ends - margin:
                return None
            begun[item.id] = now
            return self._one(item)

        futures = {self._pool.submit(start, item): item for item in items}
        # Whatever began before the margin has at least half of it to come to its end.
        unfinished = wait(
            futures, None if seconds == float("inf") else max(0.0, seconds - margin / 2)
        ).not_done
        if unfinished:
            # A thread that hangs cannot be stopped. It must not take a place from the next batch.
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = ThreadPoolExecutor(self._size, "callback")
        failed = []
        for future, item in futures.items():
            if future.done():
                if _finished(future, item):
                    continue
            elif ends - monotonic() > margin / 4:
                self._late(item, monotonic() - begun[item.id])
            failed.append({"itemIdentifier": item.id})
        return {"batchItemFailures": failed}


def _finished(future: "Future[bool | None]", item: Item) -> bool:
    if future.cancelled() or (future.exception() is None and future.result() is None):
        logger.warning(
            "message %s was not begun: the function's time was over. Give it more time, or smaller batches",
            item.id,
            extra={"message_id": item.id, "outcome": "not-begun"},
        )
        return False
    problem = future.exception()
    if problem is not None:
        # Only the type: nothing is known about this text.
        logger.error(
            "message %s: %s in the runtime",
            item.id,
            type(problem).__name__,
            extra={"message_id": item.id, "outcome": "error", "error": type(problem).__name__},
        )
        return False
    return future.result() is True


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
        logger.warning(
            "message %s comes again only after the visibility timeout: %s",
            item.id,
            type(problem).__name__,
            extra={"message_id": item.id, "error": type(problem).__name__},
        )


def backoff_seconds(deliveries: int) -> int:
    """How long a message waits after its n-th delivery."""
    return int(min(MAX_BACKOFF_SECONDS, 2 ** min(max(deliveries, 1) - 1, 10)))
