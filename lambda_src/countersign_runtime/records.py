"""What invoked the function: an event as a list of items, each with one wait message.

To serve another source (a DynamoDB stream, bucket notifications), give it a kind and a function here, and say
in worker.py how its items are answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """Where an event comes from."""

    QUEUE = "aws:sqs"
    TOPIC = "aws:sns"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Item:
    """One message. Everything but `body` and `receipt` may be logged."""

    id: str
    body: object = field(repr=False)
    deliveries: int = 1
    """How often it was delivered, this time included (ApproximateReceiveCount)."""
    queue_arn: str = ""
    receipt: str = field(default="", repr=False)
    dead_letter_source_arn: str = ""
    """On a dead-letter queue: the queue it comes from, where the service says so."""

    @property
    def queue_name(self) -> str:
        """The last part of the ARN of its queue, or of the queue it was dead-lettered from."""
        return (self.dead_letter_source_arn or self.queue_arn).rpartition(":")[2]


def read(event: object) -> tuple[Kind, list[Item]]:
    """The kind of an event and its items. ValueError, which quotes nothing, if it is none that is known."""
    if not isinstance(event, Mapping):
        raise ValueError(f"the event must be a JSON object, got {type(event).__name__}")
    records = event.get("Records")
    if not isinstance(records, list):
        return Kind.DIRECT, [Item(id="", body=event)]
    if not records:
        return Kind.QUEUE, []
    # SQS writes eventSource, SNS writes EventSource.
    sources = {record.get("eventSource") or record.get("EventSource") for record in records}
    if sources == {Kind.QUEUE.value}:
        return Kind.QUEUE, [_from_queue(record) for record in records]
    if sources == {Kind.TOPIC.value}:
        return Kind.TOPIC, [_from_topic(record) for record in records]
    raise ValueError(f"events from {sorted(map(str, sources))} are not handled, only from SQS and SNS")


def queue_arn(event: object) -> str | None:
    """The queue an SQS batch comes from (a batch has one); None for any other event."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    arn = records[0].get("eventSourceARN") if records else None
    return arn if isinstance(arn, str) else None


def _from_queue(record: Mapping[str, Any]) -> Item:
    attributes = record.get("attributes") or {}
    count = str(attributes.get("ApproximateReceiveCount", "1"))
    return Item(
        id=record["messageId"],
        body=record.get("body"),
        deliveries=int(count) if count.isdecimal() else 1,
        queue_arn=record.get("eventSourceARN", ""),
        receipt=record.get("receiptHandle", ""),
        dead_letter_source_arn=attributes.get("DeadLetterQueueSourceArn", ""),
    )


def _from_topic(record: Mapping[str, Any]) -> Item:
    notification = record.get("Sns") or {}
    return Item(id=notification.get("MessageId", ""), body=notification.get("Message"))
