"""CallbackTable: a table in which a state machine leaves task tokens, and the function that returns them."""

from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from countersign_contract import wait_message
from countersign_contract.batches import MAX_BATCH_SIZE

from .asl import wait
from .common import policies
from .common.checks import explained, whole_number
from .common.documents import compact
from .common.program import HandedOut, hand_out
from .common.worker import CallbackComponent, WorkerArgs

KEY = "id"
STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
"""What Lambda does with a stream, on that stream:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html"""


class CallbackTableArgs(WorkerArgs):
    """Arguments of a CallbackTable. Only `worker` is required."""

    worker: pulumi.Input[str]
    """Folder holding `worker.py` with `handle(request, task)`."""
    batch_size: NotRequired[pulumi.Input[int] | None]
    """Items the worker gets at a time, all of which it begins at once, each in a thread. 1 to 100, default
    10."""
    max_retry_attempts: NotRequired[pulumi.Input[int] | None]
    """How often items that could not be answered come again; those behind them wait. 0 to 10000, default
    10."""


class CallbackTable(CallbackComponent):
    """A DynamoDB table for task tokens, and the function that its stream calls, which answers.

    An item is deleted once its task is answered. Its key is a hash of the token, so that no attempt and no
    other execution meets it. The stream has keys alone, so the token is nowhere else.
    While `handle` leaves it PENDING it stays, until the task has timed out; then DynamoDB deletes it. An
    exception fails the task at once, with its type as the error, so that the state's Retry decides what comes
    next.

    An item that the function could never take, however often it was tried, stays with a token that is worth
    nothing after the state's timeout.

    `kms_key_arn` is the key of the table, with its stream, of the log and of the function's
    environment.

    Raises ValueError for an argument out of range, before anything is registered.
    """

    table_name: pulumi.Output[str]
    """Name of the table."""
    table_arn: pulumi.Output[str]
    """ARN of the table."""

    @explained
    def __init__(
        self, name: str, args: CallbackTableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackTableArgs, name, args, opts)
        options, common = self._options, self._common
        batch_size = whole_number(options, "batch_size", 10, 1, MAX_BATCH_SIZE)
        retries = whole_number(options, "max_retry_attempts", 10, 0, 10_000)

        table = aws.dynamodb.Table(
            f"{name}-callbacks",
            billing_mode="PAY_PER_REQUEST",
            hash_key=KEY,
            attributes=[{"name": KEY, "type": "S"}],
            stream_enabled=True,
            stream_view_type="KEYS_ONLY",
            ttl={"enabled": True, "attribute_name": wait_message.EXPIRES_AT},
            server_side_encryption={"enabled": True, "kms_key_arn": common.kms_key_arn},
            # A backup would keep tokens that were deleted, and restored they are good for nothing.
            point_in_time_recovery={"enabled": False},
            tags=common.tags,
            opts=common.child(),
        )
        function = self._function(
            name,
            "worker",
            [
                policies.allow("ReadStream", STREAM_ACTIONS, [table.stream_arn]),
                policies.allow(
                    "TakeAndDeleteItems", ["dynamodb:UpdateItem", "dynamodb:DeleteItem"], [table.arn]
                ),
                # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
                *policies.use_key("DecryptItems", common.kms_key_arn),
            ],
        )
        function.takes_from(
            f"{name}-worker",
            common,
            table.stream_arn,
            # From the beginning, because what is written while a mapping is made could be missed otherwise:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
            starting_position="TRIM_HORIZON",
            batch_size=batch_size,
            filter_criteria={"filters": [{"pattern": compact({"eventName": ["INSERT"]})}]},
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=retries,
        )

        self.table_name = table.name
        self.table_arn = table.arn
        hand_out(HandedOut(common.kms_key_arn), self.table_name, self.table_arn)
        self._register()

    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        return wait.dynamodb(self.table_name, request=request, **options)
