"""Events as AWS sends them to functions."""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any

from countersign_runtime.config import Config
from countersign_runtime.dead_letters import DeadLetters
from countersign_runtime.records import read

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
    began: float = field(default_factory=lambda: monotonic())

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.began + self.seconds - monotonic()) * 1000))


class Hanging:
    """A worker's `handle` that hangs until the test lets it go, at the latest when the `with` block ends.

    Leaving the block waits for its threads, so that nothing of them outlives the test and its fakes.
    """

    def __init__(self, then: Exception | None = None) -> None:
        self._then = then
        self._go = threading.Event()
        self._threads: list[threading.Thread] = []

    def __call__(self, request: Any, task: Any) -> Any:
        if request != "go":
            self._threads.append(threading.current_thread())
            assert self._go.wait(10)
            if self._then is not None:
                raise self._then
        return "done"

    def __enter__(self) -> "Hanging":
        return self

    def __exit__(self, *_: object) -> None:
        self._go.set()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


def wait_message(token: str, request: Any = None, **fields: Any) -> dict[str, Any]:
    """What a wait state sends."""
    return {
        "TaskToken": token,
        "ExecutionArn": EXECUTION_ARN,
        "StateMachineArn": MACHINE_ARN,
        "StateName": "Pay",
        "EnteredTime": datetime.fromtimestamp(time(), UTC).isoformat().replace("+00:00", "Z"),
        "RetryCount": 0,
        "TimeoutSeconds": 300,
        "Request": request,
        **fields,
    }


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
