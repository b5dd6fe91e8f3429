"""What invoked the function: an event as a list of items, each with one wait message, or the place of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from logging import getLogger
from typing import Any
from urllib.parse import unquote_plus

from countersign_runtime.message import is_event, texts

logger = getLogger("countersign")


class Kind(Enum):
    """Where an event comes from."""

    QUEUE = "aws:sqs"
    TOPIC = "aws:sns"
    TABLE = "aws:dynamodb"
    BUCKET = "aws:s3"
    BUS = "events"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Item:
    """One message. Everything but `body` and `receipt` may be logged."""

    id: str
    body: object = field(default=None, repr=False)
    """The message. None where the event only says where it is stored: in `store`, under `key`."""
    deliveries: int = 1
    """How often it was delivered, this time included (ApproximateReceiveCount)."""
    sent_time: datetime | None = None
    """When it was put on its queue (aware); None for an item of another source."""
    queue_arn: str = ""
    receipt: str = field(default="", repr=False)
    group: str = ""
    """What it must stay in order with: its group on a FIFO queue; empty for any other message."""
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Message attributes that are text."""
    dead_letter_source_arn: str = ""
    """On a dead-letter queue: the queue it comes from, where the service says so."""
    store: str = ""
    """Name of the table or bucket."""
    key: Mapping[str, Any] | str = ""
    """An item's key as DynamoDB writes it, or an object's key."""

    @property
    def queue_name(self) -> str:
        """The last part of the ARN of its queue, or of the queue it was dead-lettered from."""
        return (self.dead_letter_source_arn or self.queue_arn).rpartition(":")[2]

    def log(self, level: int, text: str, problem: object = None, **extra: object) -> None:
        """One record about the message: the first `%s` of `text` is its id, the second what is wrong."""
        wrong = {} if problem is None else {"error": str(problem)}
        known = {"message_id": self.id} if self.id else {}
        logger.log(
            level, text, self.id or "without an id", *wrong.values(), extra={**known, **wrong, **extra}
        )


def read(event: object) -> tuple[Kind, list[Item]]:
    """The kind of an event and its items. ValueError, which quotes nothing, if it is none that is known."""
    if not isinstance(event, Mapping):
        raise ValueError(f"the event must be a JSON object, got {type(event).__name__}")
    records = event.get("Records")
    if not isinstance(records, list):
        if is_event(event):
            return Kind.BUS, [Item(id=str(event.get("id", "")), body=event)]
        return Kind.DIRECT, [Item(id="", body=event)]
    if not records:
        return Kind.QUEUE, []
    # SQS, DynamoDB and S3 write eventSource, SNS writes EventSource.
    sources = {record.get("eventSource") or record.get("EventSource") for record in records}
    for kind, item_of in _ITEMS.items():
        if sources == {kind.value}:
            return kind, [item for record in records if (item := item_of(record)) is not None]
    known = "SQS, SNS, DynamoDB and S3"
    raise ValueError(f"events from {sorted(map(str, sources))} are not handled, only from {known}")


def _from_queue(record: Mapping[str, Any]) -> Item:
    attributes = record.get("attributes") or {}
    count = str(attributes.get("ApproximateReceiveCount", "1"))
    queue = record.get("eventSourceARN", "")
    traced = {name: attributes[name] for name in ("AWSTraceHeader",) if name in attributes}
    return Item(
        id=record["messageId"],
        body=record.get("body"),
        deliveries=int(count) if count.isdecimal() else 1,
        sent_time=_time(attributes.get("SentTimestamp")),
        queue_arn=queue,
        receipt=record.get("receiptHandle", ""),
        # A standard queue has groups too, which are of no order.
        group=str(attributes.get("MessageGroupId", "")) if queue.endswith(".fifo") else "",
        attributes={**texts(record.get("messageAttributes")), **traced},
        dead_letter_source_arn=attributes.get("DeadLetterQueueSourceArn", ""),
    )


def _time(milliseconds: object) -> datetime | None:
    """A time as SQS writes it; None for what is none."""
    text = str(milliseconds)
    try:
        return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdecimal() else None
    except (ValueError, OverflowError, OSError):
        return None


def _from_topic(record: Mapping[str, Any]) -> Item:
    notification = record.get("Sns") or {}
    return Item(
        id=notification.get("MessageId", ""),
        body=notification.get("Message"),
        attributes=texts(notification.get("MessageAttributes")),
    )


def _from_table(record: Mapping[str, Any]) -> Item | None:
    """A new item of a table's stream. Its id is what a partial batch response names it by."""
    if record.get("eventName") != "INSERT":
        return None
    change = record["dynamodb"]
    table = record["eventSourceARN"].split("/")[1]
    return Item(id=change["SequenceNumber"], store=table, key=change["Keys"])


def _from_bucket(record: Mapping[str, Any]) -> Item | None:
    """A new object of a bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    if not str(record.get("eventName")).startswith("ObjectCreated:"):
        return None
    key = unquote_plus(record["s3"]["object"]["key"])
    return Item(id=key, store=record["s3"]["bucket"]["name"], key=key)


_ITEMS = {
    Kind.QUEUE: _from_queue,
    Kind.TOPIC: _from_topic,
    Kind.TABLE: _from_table,
    Kind.BUCKET: _from_bucket,
}
