"""A queue for task tokens: made or brought, standard or FIFO; its dead letters, and who may send to it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from .common import places, policies
from .common.arguments import Common, existing
from .common.checks import ArgumentError, arn, checked_together, text
from .common.documents import json_text
from .common.program import MadeQueue, thing_of

RETENTION_SECONDS = 1_209_600
"""14 days, the longest SQS keeps a message: a task may wait longer than its queue's default of 4 days."""

MAX_FIFO_BATCH_SIZE = 10
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""

FIFO_REFUSES = {
    "batching_window_seconds": "Lambda fills no batches of a FIFO queue",
    "topic_arn": "a topic that is not FIFO has no groups",
    "event_pattern": "an event bus has no groups",
}
"""Argument → why it is not for a FIFO queue.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html"""

OWNERS = ("topic_arn", "event_pattern", "event_bus_name")
"""Arguments that need a statement in the queue's policy, of which a queue has one: its owner's."""


class Queue(NamedTuple):
    """A queue that the caller has."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]


def check_fifo(options: Mapping[str, Any]) -> bool:
    """Whether the queue is FIFO. Raises ValueError for what contradicts it."""
    if not options.get("fifo"):
        return False
    for argument, why in FIFO_REFUSES.items():
        if argument in options:
            raise ArgumentError(f"{argument} must not be given with fifo ({why}), got {options[argument]!r}")
    return True


def brought(options: Mapping[str, Any], fifo: bool) -> Queue | None:
    """The queue that the caller has, checked."""
    if not existing(options, "queue_arn", "queue_url", instead_of=OWNERS):
        return None
    kind = "a FIFO queue" if fifo else "a standard queue (a FIFO one needs fifo)"
    named = r"\S+\.fifo" if fifo else r"\S+(?<!\.fifo)"
    queue_arn = arn(options, "queue_arn", "sqs", kind, named)
    queue_url = text(f"queue_url must be the URL of {kind}", options["queue_url"], f"https?://{named}")
    both = places.of_one_queue(queue_arn, queue_url)
    return Queue(both[0], both[1])


def make_queue(name: str, hidden_seconds: pulumi.Output[int], common: Common, *, fifo: bool) -> aws.sqs.Queue:
    """An encrypted queue that keeps its messages as long as SQS can."""
    key = common.kms_key_arn
    # No group waits for another:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
    ordered: dict[str, Any] = {
        "fifo_queue": True,
        # For states that are written by hand: the token makes every message another one.
        "content_based_deduplication": True,
        "deduplication_scope": "messageGroup",
        "fifo_throughput_limit": "perMessageGroupId",
    }
    return aws.sqs.Queue(
        name,
        sqs_managed_sse_enabled=True if key is None else None,
        kms_master_key_id=key,
        message_retention_seconds=RETENTION_SECONDS,
        visibility_timeout_seconds=hidden_seconds,
        tags=common.tags,
        opts=common.child(),
        **(ordered if fifo else {}),
    )


def redrive(
    name: str,
    queue: Queue | aws.sqs.Queue,
    dead_letters: aws.sqs.Queue,
    receives: pulumi.Input[int],
    common: Common,
) -> aws.sqs.RedrivePolicy:
    """Let what was received too often go to the dead letters.

    SQS refuses a redrive policy that the dead-letter queue does not allow, and what it allows names the
    queue. So a queue that is replaced, or another one that is brought, gets its dead letters last:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """
    allowed = aws.sqs.RedriveAllowPolicy(
        f"{name}-dead-letters",
        queue_url=dead_letters.url,
        redrive_allow_policy=json_text({"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}),
        opts=common.child(),
    )
    return aws.sqs.RedrivePolicy(
        f"{name}-callbacks",
        queue_url=queue.url,
        redrive_policy=json_text({"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives}),
        opts=common.child(allowed),
    )


def consume(sid: str, queue_arn: pulumi.Output[str], *more: str) -> policies.Statement:
    """What a function does with a queue from which Lambda brings it messages."""
    return policies.allow(
        sid, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *more], [queue_arn]
    )


def sent_by(
    sid: str, service: str, source_arn: pulumi.Input[str], queue_arn: pulumi.Output[str]
) -> policies.Statement:
    """Let a service put messages on a queue on behalf of one topic or rule."""
    return policies.allow(
        sid,
        ["sqs:SendMessage"],
        [queue_arn],
        Principal={"Service": f"{service}.amazonaws.com"},
        Condition={"ArnEquals": {"aws:SourceArn": source_arn}},
    )


def queue_policy(
    name: str, queue: aws.sqs.Queue, statements: Sequence[policies.Statement], common: Common
) -> aws.sqs.QueuePolicy:
    """The one policy of a queue."""
    return aws.sqs.QueuePolicy(
        name, queue_url=queue.url, policy=policies.document(*statements), opts=common.child()
    )


def check_subscribed(
    notifier: pulumi.Resource, queue_arn: pulumi.Input[str], topic_arn: pulumi.Input[str] | None
) -> None:
    """Refuse to subscribe the queue of a CallbackQueue that is subscribed to this topic already: of one
    address SNS has one subscription, and this one would be another. Warn if the queue does not let the topic
    send, as far as the component can know. `topic_arn` is None for a topic that is to be made.

    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
    """
    made = thing_of(queue_arn)
    if not isinstance(made, MadeQueue):
        return
    owner, theirs = made.owner, made.topic_arn

    def look(known: Sequence[Any]) -> None:
        if known[0] == known[1]:
            raise ArgumentError(
                f"queue_arns must not hold the queue of CallbackQueue {owner}, which is subscribed to this "
                "topic by its own topic_arn, got it here too"
            )
        pulumi.log.warn(
            f"queue_arns holds the queue of CallbackQueue {owner}, which does not let this topic send: what "
            "is sent there is lost, unless you give the queue an aws.sqs.QueuePolicy. Give the CallbackQueue "
            "this topic as topic_arn instead, and take it out here",
            notifier,
        )

    if None in (both := (theirs, topic_arn)):
        look(("", "another"))
    elif theirs is topic_arn:
        look(both)
    else:
        checked_together(both, look)
