"""CallbackTable: a table in which a state machine leaves task tokens, and the function that returns them."""

from collections.abc import Sequence
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from . import policies
from .asl import wait
from .checks import explained, given, whole_number
from .documents import compact
from .names import check_name
from .worker import WorkerArgs, Working, worker_folder

KEY = "id"
EXPIRES_AT = "ExpiresAt"
"""Set by the runtime, see lambda_src/countersign_runtime/stored.py."""

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
    """Items the worker gets at a time. 1 to 10000, default 10."""
    max_retry_attempts: NotRequired[pulumi.Input[int] | None]
    """How often items that could not be answered come again; those behind them wait. 0 to 10000, default
    10."""


class CallbackTable(pulumi.ComponentResource):
    """A DynamoDB table for task tokens, and the function that its stream calls, which answers.

    An item is deleted once its task is answered. The stream has keys alone, so the token is nowhere else.
    While `handle` leaves it PENDING it stays, until the task has timed out; then DynamoDB deletes it. An
    exception fails the task at once, with its type as the error, so that the state's Retry decides what comes
    next.

    An item that the function could never take, however often it was tried, stays with a token that is worth
    nothing after the state's timeout.

    Raises ValueError for an argument out of range, before anything is registered.
    """

    table_name: pulumi.Output[str]
    """Name of the table."""
    table_arn: pulumi.Output[str]
    """ARN of the table."""
    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""

    @explained
    def __init__(
        self, name: str, args: CallbackTableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("countersign:index:CallbackTable", name, {}, opts)
        options = given(CallbackTableArgs, args)
        check_name("CallbackTable", name)
        worker = worker_folder(options["worker"])
        working = Working(options)
        batch_size = whole_number("batch_size", options.get("batch_size", 10), 1, 10_000)
        retries = whole_number("max_retry_attempts", options.get("max_retry_attempts", 10), 0, 10_000)
        tags, key = working.common["tags"], working.common["kms_key_arn"]

        table = aws.dynamodb.Table(
            f"{name}-callbacks",
            billing_mode="PAY_PER_REQUEST",
            hash_key=KEY,
            attributes=[{"name": KEY, "type": "S"}],
            stream_enabled=True,
            stream_view_type="KEYS_ONLY",
            ttl={"enabled": True, "attribute_name": EXPIRES_AT},
            server_side_encryption={"enabled": True, "kms_key_arn": key},
            # A backup would keep tokens that were deleted, and restored they are good for nothing.
            point_in_time_recovery={"enabled": False},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        function = working.function(
            f"{name}-worker",
            worker,
            self,
            statements=[
                policies.allow("ReadStream", STREAM_ACTIONS, [table.stream_arn]),
                policies.allow(
                    "TakeAndDeleteItems", ["dynamodb:UpdateItem", "dynamodb:DeleteItem"], [table.arn]
                ),
                # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
                *([policies.allow("DecryptItems", ["kms:Decrypt"], [key])] if key is not None else []),
            ],
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-worker",
            event_source_arn=table.stream_arn,
            function_name=function.arn,
            # From the beginning, because what is written while a mapping is made could be missed otherwise:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
            starting_position="TRIM_HORIZON",
            batch_size=batch_size,
            filter_criteria={"filters": [{"pattern": compact({"eventName": ["INSERT"]})}]},
            function_response_types=["ReportBatchItemFailures"],
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=retries,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function.policy]),
        )

        self.table_name = table.name
        self.table_arn = table.arn
        self.callback_role_names = [function.role_name]
        self.register_outputs(
            {
                "table_name": self.table_name,
                "table_arn": self.table_arn,
                "callback_role_names": self.callback_role_names,
            }
        )

    @explained
    def wait(
        self,
        request: Any = None,
        *,
        timeout_seconds: int | str,
        heartbeat_seconds: int | str | None = None,
        query_language: str = "JSONPath",
    ) -> dict[str, Any]:
        """A Task state that puts `request` and the task token into an item and waits for the answer.

        The item's key is a hash of the token, so that no attempt and no other execution meets it. Arguments
        as in `CallbackQueue.wait`; `request` is the state's whole input by default.
        """
        return wait.dynamodb(
            self.table_name,
            request=request,
            timeout_seconds=timeout_seconds,
            heartbeat_seconds=heartbeat_seconds,
            query_language=query_language,
        )
