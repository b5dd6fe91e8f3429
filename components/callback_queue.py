"""CallbackQueue: a queue on which a state machine leaves task tokens, and the function that returns them."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from countersign_contract import variables
from countersign_contract.batches import MAX_BATCH_SIZE

from . import queues
from .asl import wait
from .common import places, policies
from .common.alarms import Metric, alarm
from .common.arguments import Common
from .common.checks import ArgumentError, checked_together, explained, standard_topic, whole_number
from .common.documents import json_text
from .common.events import EventArgs, EventSource
from .common.program import HandedOut, MadeQueue, hand_out
from .common.worker import CallbackComponent, WorkerArgs

DEAD_LETTER_BATCH_SIZE = 10
HIDE = "sqs:ChangeMessageVisibility"
"""What lets a worker say when a message comes again."""


class CallbackQueueArgs(WorkerArgs, EventArgs):
    """Arguments of a CallbackQueue. None is required."""

    worker: NotRequired[pulumi.Input[str] | None]
    """Folder holding `worker.py` with `handle(request, task)`. Without it the queue serves a consumer of your
    own, which returns the tokens itself."""
    fifo: NotRequired[bool | None]
    """Whether the queue is a FIFO queue: the messages of a group are worked on one after another, in the
    order in which the executions asked. Every `wait` then needs a `group_id`. What comes again holds up its
    group, until it is done or a dead letter. Another choice makes another queue. Default false."""
    batch_size: NotRequired[pulumi.Input[int] | None]
    """Messages the worker gets at a time, all of which it begins at once, each in a thread. 1 to 100, default
    10. Of a FIFO queue 1 to 10, default 1: those of a group that wait behind one that fails are delivered as
    often as that one."""
    batching_window_seconds: NotRequired[pulumi.Input[int] | None]
    """How long to wait for a batch to fill. 0 to 300, default 0; at least 1 when `batch_size` is above 10.
    Not with `fifo`."""
    max_concurrency: NotRequired[pulumi.Input[int] | None]
    """Runs of the worker at the same time. 2 to 1000, default: `reserved_concurrency`, else the account's
    limit."""
    max_receive_count: NotRequired[pulumi.Input[int] | None]
    """Deliveries of a message before it goes to the dead-letter queue and its task fails. 1 to 1000, default
    5."""
    queue_arn: NotRequired[pulumi.Input[str] | None]
    """Queue to use, with `queue_url`; a FIFO one with `fifo`. It gets this component's dead-letter queue, so
    it must have none of its own; it must hide messages for six times `timeout_seconds`; `kms_key_arn` is its
    key. Default: one is made. One that was made goes, with its messages, when another is brought; tasks that
    wait then time out."""
    queue_url: NotRequired[pulumi.Input[str] | None]
    """URL of the queue to use, with `queue_arn`."""
    topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic on which state machines leave tokens for this queue, as with `Notifier.wait`: the queue is
    subscribed to messages whose `to` is its ARN, and its policy lets the topic send them. Not with `fifo` or
    a queue of your own. Default: none."""
    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic that hears of messages stuck in the dead-letter queue. Default: the alarm tells nobody."""


class CallbackQueue(CallbackComponent):
    """A queue for task tokens, its dead-letter queue and, with `worker`, the function that answers.

    Whatever `handle` returns completes the task; `raise TaskFailed(error, cause)` fails it; `PENDING` leaves
    it to somebody else; any other exception has that one message delivered again. While the worker has a
    message, it is hidden from others for six times `timeout_seconds`, as AWS advises. A message that cannot
    be handled ends in the dead-letter queue, whose consumer fails the waiting task
    (`CallbackQueue.DeadLettered`). A message without a usable token stays there and raises the alarm.

    A message may also come through a topic (`topic_arn`) or an EventBridge bus (`event_pattern`): what these
    put around it is opened, and its message attributes are the task's `attributes`.

    `kms_key_arn` is the key of both queues, of the log and of the function's environment. With `topic_arn` or
    `event_pattern` the key's policy must let sns.amazonaws.com or events.amazonaws.com do `kms:Decrypt` and
    `kms:GenerateDataKey`, or no message arrives.

    Raises ValueError for an argument out of range, before anything is registered.
    """

    queue_url: pulumi.Output[str]
    """URL of the queue."""
    queue_arn: pulumi.Output[str]
    """ARN of the queue."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the dead-letter queue."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    queue_names: Mapping[str, pulumi.Output[str]]
    """What its queues are called in AWS: `callbacks` and `dead-letters`."""

    @explained
    def __init__(
        self, name: str, args: CallbackQueueArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackQueueArgs, name, args, opts)
        options, common, worker = self._options, self._common, self._worker
        fifo = self._fifo = queues.check_fifo(options)
        batch_size, window = _batches(options, fifo)
        receives = whole_number(options, "max_receive_count", 5, 1, 1_000)
        concurrency = _concurrency(options, self._hosting.reserved_concurrency)
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        hidden = pulumi.Output.all(self._hosting.timeout_seconds, window).apply(lambda v: 6 * v[0] + v[1])
        topic_arn, events = standard_topic(options, "topic_arn"), EventSource.of(options)
        brought = queues.brought(options, fifo)
        dead_letters = queues.make_queue(f"{name}-dead-letters", hidden, common, fifo=fifo)
        queue: queues.Queue | aws.sqs.Queue
        if brought is not None:
            queue = brought._replace(arn=places.beside("queue_arn", brought.arn, dead_letters.arn))
        else:
            queue = queues.make_queue(f"{name}-callbacks", hidden, common, fifo=fifo)
            self._receive(name, queue, dead_letters, topic_arn, events)
        redrive = queues.redrive(name, queue, dead_letters, receives, common)

        # One function takes both queues. Dead letters never touch the worker's code, so that they are taken
        # care of whatever is wrong with it.
        function = self._function(
            name,
            "worker" if worker else "dead-letters",
            [
                queues.consume("ReceiveDeadLetters", dead_letters.arn),
                *([queues.consume("ReceiveCallbacks", queue.arn, HIDE)] if worker else []),
                # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
                *policies.use_key("DecryptMessages", common.kms_key_arn),
            ],
            {variables.DEAD_LETTER_QUEUE_ARN: dead_letters.arn, variables.MAX_RECEIVE_COUNT: receives},
        )
        function.takes_from(
            f"{name}-dead-letters", common, dead_letters.arn, redrive, batch_size=DEAD_LETTER_BATCH_SIZE
        )
        if worker:
            function.takes_from(
                f"{name}-worker",
                common,
                queue.arn,
                redrive,
                batch_size=batch_size,
                maximum_batching_window_in_seconds=None if fifo else window,
                scaling_config={"maximum_concurrency": concurrency} if concurrency is not None else None,
            )
        _alarm(name, dead_letters, common)
        self.queue_url = queue.url
        self.queue_arn = queue.arn
        key = common.kms_key_arn
        handed_out = MadeQueue(key, name, topic_arn) if brought is None else HandedOut(key)
        hand_out(handed_out, self.queue_url, self.queue_arn)
        self.dead_letter_queue_url = dead_letters.url
        self.dead_letter_queue_arn = dead_letters.arn
        self.queue_names = {
            "callbacks": queue.arn.apply(policies.last_part),
            "dead-letters": dead_letters.name,
        }
        self._register()

    def _receive(
        self,
        name: str,
        queue: aws.sqs.Queue,
        dead_letters: aws.sqs.Queue,
        topic_arn: pulumi.Input[str] | None,
        events: EventSource | None,
    ) -> None:
        """Have the topic and the bus, if any, put their messages on the queue, and let nobody else."""
        common = self._common
        statements: list[policies.Statement] = []
        if topic_arn is not None:
            statements.append(queues.sent_by("TakeFromTheTopic", "sns", topic_arn, queue.arn))
        if events is not None:
            rule = events.rule(f"{name}-events", common)
            statements.append(queues.sent_by("TakeFromTheBus", "events", rule.arn, queue.arn))
            undelivered = queues.sent_by("TakeUndelivered", "events", rule.arn, dead_letters.arn)
            failing = queues.queue_policy(f"{name}-dead-letters", dead_letters, [undelivered], common)
        if not statements:
            return
        allowed = queues.queue_policy(f"{name}-callbacks", queue, statements, common)
        if topic_arn is not None:
            # It gets what is for this queue alone, without an envelope.
            aws.sns.TopicSubscription(
                f"{name}-callbacks",
                topic=topic_arn,
                protocol="sqs",
                endpoint=queue.arn,
                raw_message_delivery=True,
                filter_policy=json_text({"to": [queue.arn]}),
                opts=common.child(allowed),
            )
        if events is not None:
            after = common.child(allowed, failing)
            events.send(f"{name}-events", rule, queue.arn, after, dead_letters.arn)

    @explained
    def wait(
        self,
        request: Any = None,
        *,
        timeout_seconds: int | str,
        heartbeat_seconds: int | str | None = None,
        query_language: str = "JSONPath",
        group_id: pulumi.Input[str] | None = None,
        deduplication_id: pulumi.Input[str] | None = None,
        attributes: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> dict[str, Any]:
        """A Task state that leaves `request` and the task token here and waits for the answer.

        `request` is a path into the state's input (`$.order`) or a value whose `.$` keys are paths, by
        default the whole input; `timeout_seconds` is a number of seconds or a path to one. Add Next or End,
        Retry and Catch.

        On a FIFO queue `group_id` says what stays in order, a text or a path to one (`$.account`). Two
        messages with one `deduplication_id` within five minutes are one message, and whoever waits for the
        second waits in vain, a Retry too; by default no two have the same. `attributes` are message
        attributes, name → a text or a path to one: `{"traceparent": "$.traceparent"}`.
        """
        if self._fifo and group_id is None:
            raise ArgumentError("group_id must be given to wait, because the queue is FIFO")
        if not self._fifo and group_id is not None:
            raise ArgumentError(f"group_id must only be given for a FIFO queue, got {group_id!r}")
        return self._wait(
            request,
            timeout_seconds=timeout_seconds,
            heartbeat_seconds=heartbeat_seconds,
            query_language=query_language,
            group_id=group_id,
            deduplication_id=deduplication_id,
            attributes=attributes,
        )

    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        return wait.sqs(self.queue_url, request, **options)


def _batches(options: Mapping[str, Any], fifo: bool) -> tuple[pulumi.Input[int], pulumi.Input[int]]:
    """How many messages come at a time, and how long to wait for so many."""
    usual, most = (1, queues.MAX_FIFO_BATCH_SIZE) if fifo else (10, MAX_BATCH_SIZE)
    batch_size = whole_number(options, "batch_size", usual, 1, most)
    window = whole_number(options, "batching_window_seconds", 0, 0, 300)

    def fits(both: Sequence[int]) -> int:
        if both[0] > 10 and both[1] == 0:
            raise ArgumentError(
                "batching_window_seconds must be at least 1 when batch_size is above 10, got 0"
            )
        return both[0]

    return checked_together([batch_size, window], fits), window


def _concurrency(options: Mapping[str, Any], reserved: pulumi.Input[int] | None) -> Any:
    """How many runs there may be at the same time: not more than are reserved. A message that finds none
    counts as delivered, and its task would fail unbegun.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    """
    most = whole_number(options, "max_concurrency", None, 2, 1_000)
    if reserved is None:
        return most

    def fits(both: Sequence[Any]) -> int:
        asked, kept = both
        if kept < 2:
            raise ArgumentError(f"reserved_concurrency must be at least 2 for a queue, got {kept}")
        if asked is not None and asked > kept:
            raise ArgumentError(f"max_concurrency must be at most reserved_concurrency, {kept}, got {asked}")
        return int(asked or min(kept, 1_000))

    return checked_together([most, reserved], fits)


def _alarm(name: str, dead_letters: aws.sqs.Queue, common: Common) -> None:
    """Ring when messages stay on the dead-letter queue."""
    # Dead letters without a usable token, or whose task could not be failed, stay: they are visible,
    # or in the hands of a consumer that cannot use them.
    stuck = {"QueueName": dead_letters.name}
    alarm(
        f"{name}-dead-letters",
        common,
        [
            Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", stuck, "Maximum"),
            Metric("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", stuck, "Maximum"),
        ],
        description="Messages stay on the dead-letter queue: the function's log says whether they have "
        "no usable task token, or why their task could not be failed.",
        minutes=2,
    )
