"""CallbackQueue: a queue on which a state machine leaves task tokens, and the function that returns them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired

import pulumi
import pulumi_aws as aws

from countersign_contract import variables

from .asl import wait
from .common import places, policies
from .common.alarms import Metric, alarm
from .common.arguments import Common, existing
from .common.checks import ArgumentError, arn, checked, explained, text, whole_number
from .common.documents import json_text
from .common.worker import CallbackComponent, WorkerArgs

DEAD_LETTER_BATCH_SIZE = 10
RETENTION_SECONDS = 1_209_600
"""14 days, the longest SQS keeps a message: a task may wait longer than its queue's default of 4 days."""


class Queue(NamedTuple):
    """A queue that the caller has."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]


class CallbackQueueArgs(WorkerArgs):
    """Arguments of a CallbackQueue. None is required."""

    worker: NotRequired[pulumi.Input[str] | None]
    """Folder holding `worker.py` with `handle(request, task)`. Without it the queue serves a consumer of your
    own, which returns the tokens itself."""
    batch_size: NotRequired[pulumi.Input[int] | None]
    """Messages the worker gets at a time, all of which it begins at once, each in a thread. 1 to 100, default
    10."""
    batching_window_seconds: NotRequired[pulumi.Input[int] | None]
    """How long to wait for a batch to fill. 0 to 300, default 0; at least 1 when `batch_size` is above 10."""
    max_concurrency: NotRequired[pulumi.Input[int] | None]
    """Runs of the worker at the same time. 2 to 1000, default: `reserved_concurrency`, else the account's
    limit."""
    max_receive_count: NotRequired[pulumi.Input[int] | None]
    """Deliveries of a message before it goes to the dead-letter queue and its task fails. 1 to 1000, default
    5."""
    queue_arn: NotRequired[pulumi.Input[str] | None]
    """Standard queue to use, with `queue_url`. It gets this component's dead-letter queue, so it must have
    none of its own; it must hide messages for six times `timeout_seconds`; `kms_key_arn` is its key. Default:
    one is made. One that was made goes, with its messages, when another is brought; tasks that wait then time
    out."""
    queue_url: NotRequired[pulumi.Input[str] | None]
    """URL of the queue to use, with `queue_arn`."""
    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic that hears of messages stuck in the dead-letter queue. Default: the alarm tells nobody."""


class CallbackQueue(CallbackComponent):
    """A queue for task tokens, its dead-letter queue and, with `worker`, the function that answers.

    Whatever `handle` returns completes the task; `raise TaskFailed(error, cause)` fails it; `PENDING` leaves
    it to somebody else; any other exception has that one message delivered again. While the worker has a
    message, it is hidden from others for six times `timeout_seconds`, as AWS advises. A message that cannot
    be handled ends in the dead-letter queue, whose consumer fails the waiting task
    (`CallbackQueue.DeadLettered`). A message without a usable token stays there and raises the alarm.

    `kms_key_arn` is the key of both queues, of the log and of the function's environment.

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

    @explained
    def __init__(
        self, name: str, args: CallbackQueueArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackQueueArgs, name, args, opts)
        options, common, worker = self._options, self._common, self._worker
        batch_size = self._batch_size()
        window = whole_number(options, "batching_window_seconds", 0, 0, 300)
        receives = whole_number(options, "max_receive_count", 5, 1, 1_000)
        concurrency = _concurrency(options, self._hosting.reserved_concurrency)
        if isinstance(batch_size, int) and isinstance(window, int) and batch_size > 10 and window == 0:
            raise ArgumentError(
                f"batching_window_seconds must be at least 1 when batch_size is above 10, got {window}"
            )
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        hidden = pulumi.Output.all(self._hosting.timeout_seconds, window).apply(lambda v: 6 * v[0] + v[1])
        brought = _brought(options)
        dead_letters = _queue(f"{name}-dead-letters", hidden, common)
        if brought:
            places.check_beside("queue_arn", brought.arn, dead_letters.arn)
        queue = brought or _queue(f"{name}-callbacks", hidden, common)
        redrive = _redrive(name, queue, dead_letters, receives, common)

        # One function takes both queues. Dead letters never touch the worker's code, so that they are taken
        # care of whatever is wrong with it.
        function = self._function(
            f"{name}-worker" if worker else f"{name}-dead-letters",
            [
                _consume("ReceiveDeadLetters", dead_letters.arn),
                *([_consume("ReceiveCallbacks", queue.arn, "sqs:ChangeMessageVisibility")] if worker else []),
                # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
                *policies.decrypt("DecryptMessages", common.kms_key_arn),
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
                maximum_batching_window_in_seconds=window,
                scaling_config={"maximum_concurrency": concurrency} if concurrency is not None else None,
            )
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

        self.queue_url = queue.url
        self.queue_arn = queue.arn
        self.dead_letter_queue_url = dead_letters.url
        self.dead_letter_queue_arn = dead_letters.arn
        self._register()

    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        return wait.sqs(self.queue_url, request, **options)


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

    if any(isinstance(value, pulumi.Output) for value in (most, reserved)):
        return checked(pulumi.Output.all(most, reserved), fits)
    return fits((most, reserved))


def _brought(options: Mapping[str, Any]) -> Queue | None:
    """The queue that the caller has, checked."""
    if not existing(options, "queue_arn", "queue_url"):
        return None
    # The dead letters of a FIFO queue need another one, and its messages may not be begun all at once.
    queue_arn = arn(options, "queue_arn", "sqs", "a standard queue", r".+(?<!\.fifo)")
    queue_url = text("queue_url must be a queue's URL", options["queue_url"], r"https?://\S+")
    places.check_one_queue(queue_arn, queue_url)
    return Queue(pulumi.Output.from_input(queue_arn), pulumi.Output.from_input(queue_url))


def _queue(name: str, hidden_seconds: pulumi.Output[int], common: Common) -> aws.sqs.Queue:
    key = common.kms_key_arn
    return aws.sqs.Queue(
        name,
        sqs_managed_sse_enabled=True if key is None else None,
        kms_master_key_id=key,
        message_retention_seconds=RETENTION_SECONDS,
        visibility_timeout_seconds=hidden_seconds,
        tags=common.tags,
        opts=common.child(),
    )


def _redrive(
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


def _consume(sid: str, queue_arn: pulumi.Output[str], *more: str) -> policies.Statement:
    return policies.allow(
        sid, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *more], [queue_arn]
    )
