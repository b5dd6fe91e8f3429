"""Events as AWS sends them to functions."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic, time
from typing import Any

import pytest
from countersign_runtime.processing import batch as runtime_batch
from countersign_runtime.processing import resend, work
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.dead_letters import DeadLetters
from countersign_runtime.processing.records import read

from tests.support import step_functions
from tests.support.patience import PATIENCE_SECONDS

QUEUE_ARN = "arn:aws-test:sqs:eu-test-1:123456789012:orders"
EXECUTION_ARN = "arn:aws-test:states:eu-test-1:123456789012:execution:orders:first"
MACHINE_ARN = "arn:aws-test:states:eu-test-1:123456789012:stateMachine:orders"


def dead_letters() -> Callable[[Any, Any], Any]:
    """The dead-letter consumer, configured by the environment, as a function of an event and a context."""
    consumer = DeadLetters(Config.read(os.environ))
    return lambda event, context: consumer(read(event)[1], context)


@dataclass
class Context:
    """Lambda's context, as far as the runtime looks at it."""

    seconds: float = 30.0
    clock: Callable[[], float] | None = None

    def __post_init__(self) -> None:
        self._began = self._now()

    def _now(self) -> float:
        return self.clock() if self.clock else monotonic()

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._began + self.seconds - self._now()) * 1000))


@contextmanager
def out_of_time(until: Callable[[], object], seconds: float = 10.0) -> Iterator[Context]:
    """A function's time that passes at once, as soon as `until` returns: no test waits for it. Where it
    returns False, something else has to come to its end first."""
    now = [0.0]

    class Passing(SimpleQueue[Any]):
        """What a batch waits for: nothing comes before the time has passed."""

        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if not now[0]:
                if until() is False:
                    return super().get(timeout=PATIENCE_SECONDS)
                now[0] += timeout or 0.0
            return super().get(block=False)

    with pytest.MonkeyPatch.context() as patch:
        for module in (runtime_batch, resend, work):
            patch.setattr(module, "monotonic", lambda: now[0])
        patch.setattr(runtime_batch, "SimpleQueue", Passing)
        yield Context(seconds, lambda: now[0])


class Hanging:
    """A worker's `handle` that hangs until the test lets it go, at the latest when the `with` block ends.

    Leaving the block waits for its threads, so that nothing of them outlives the test and its fakes.
    """

    def __init__(self, then: Exception | None = None) -> None:
        self._then = then
        self._go = threading.Event()
        self._begun = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def __call__(self, request: Any, task: Any) -> Any:
        if request != "go":
            self._threads.append(threading.current_thread())
            self._begun.release()
            assert self._go.wait(PATIENCE_SECONDS)
            if self._then is not None:
                raise self._then
        return "done"

    def has_begun(self, times: int = 1) -> bool:
        """Wait until so many calls hang."""
        assert all(self._begun.acquire(timeout=PATIENCE_SECONDS) for _ in range(times))
        return True

    def __enter__(self) -> "Hanging":
        return self

    def __exit__(self, *_: object) -> None:
        self._go.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


def wait_message(token: str, request: Any = None, **fields: Any) -> dict[str, Any]:
    """What a wait state of an order sends."""
    ids = {"ExecutionArn": EXECUTION_ARN, "StateMachineArn": MACHINE_ARN, "StateName": "Pay"}
    return step_functions.wait_message(token, time(), 300, Request=request, **ids | fields)


def record(message_id: str, body: Any, deliveries: int = 1, **attributes: str) -> dict[str, Any]:
    """One SQS record; a body that is not text becomes JSON."""
    return {
        "messageId": message_id,
        "receiptHandle": f"receipt-{message_id}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": str(deliveries), **attributes},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE_ARN,
        "awsRegion": "eu-test-1",
    }


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    """An event of the queue."""
    return {"Records": list(records)}


def notification(body: Any, message_id: str = "n-1") -> dict[str, Any]:
    """An event of a topic."""
    message = body if isinstance(body, str) else json.dumps(body)
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws-test:sns:eu-test-1:123456789012:asked:1",
                "Sns": {"Type": "Notification", "MessageId": message_id, "Message": message},
            }
        ]
    }


def failed(result: Any) -> list[str]:
    """The message ids that a partial batch response sends back."""
    assert set(result) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in result["batchItemFailures"]]
