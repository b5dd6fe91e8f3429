"""Events as AWS sends them to functions."""

import json
import os
from collections.abc import Callable, Mapping
from time import monotonic, time
from typing import Any

from countersign_runtime.processing.config import Config
from countersign_runtime.processing.dead_letters import DeadLetters
from countersign_runtime.processing.events import read

from tests.support import step_functions

QUEUE_ARN = "arn:aws-test:sqs:eu-test-1:123456789012:orders"
EXECUTION_ARN = "arn:aws-test:states:eu-test-1:123456789012:execution:orders:first"
MACHINE_ARN = "arn:aws-test:states:eu-test-1:123456789012:stateMachine:orders"


def dead_letters() -> Callable[[Any, Any], Any]:
    """The dead-letter consumer, configured by the environment, as a function of an event and a context."""
    consumer = DeadLetters(Config.read(os.environ))
    return lambda event, context: consumer(read(event)[1], context)


class Context:
    """Lambda's context, as far as the runtime looks at it."""

    def __init__(self, seconds: float = 30.0) -> None:
        self._ends = monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends - monotonic()) * 1000))


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


def notification(
    body: Any, message_id: str = "n-1", attributes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """An event of a topic."""
    message = body if isinstance(body, str) else json.dumps(body)
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws-test:sns:eu-test-1:123456789012:asked:1",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": message_id,
                    "Message": message,
                    "MessageAttributes": attributes or {},
                },
            }
        ]
    }


def enveloped(body: Any, **attributes: str) -> dict[str, Any]:
    """A notification as a queue gets it, unless its subscription asks for the raw message."""
    named = {name: {"Type": "String", "Value": value} for name, value in attributes.items()}
    message = body if isinstance(body, str) else json.dumps(body)
    topic = "arn:aws-test:sns:eu-test-1:123456789012:asked"
    return {"Type": "Notification", "TopicArn": topic, "Message": message, "MessageAttributes": named}


def bus_event(body: Any) -> dict[str, Any]:
    """An event of EventBridge, as a function or a queue gets it."""
    about = {"version": "0", "id": "e-1", "source": "shop", "detail-type": "Order", "account": "123456789012"}
    where = {"time": "2026-01-01T00:00:00Z", "region": "eu-test-1", "resources": [EXECUTION_ARN]}
    return {**about, **where, "detail": body}


def fifo_record(message_id: str, group: str, body: Any, deliveries: int = 1) -> dict[str, Any]:
    """A record of a FIFO queue."""
    made = record(message_id, body, deliveries, MessageGroupId=group)
    return {**made, "eventSourceARN": f"{QUEUE_ARN}.fifo"}


def failed(result: Any) -> list[str]:
    """The message ids that a partial batch response sends back."""
    assert set(result) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in result["batchItemFailures"]]
