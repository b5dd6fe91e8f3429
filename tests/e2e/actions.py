"""Every action that a role of the stack may do, and how the tests try whether it may."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.e2e.roles import Statement

NO_KEY: Final = {"id": {"S": "none"}}

Call = Callable[[Callable[[str], Any], str], object]
"""A call for which a role is: it is given what makes clients by their service, and the resource."""

TRIED: Final[Mapping[str, Call]] = {
    "dynamodb:PutItem": lambda client, arn: client("dynamodb").put_item(TableName=_last(arn), Item={}),
    "dynamodb:UpdateItem": lambda client, arn: client("dynamodb").update_item(
        TableName=_last(arn), Key=NO_KEY, ConditionExpression="attribute_exists(id)"
    ),
    "dynamodb:DeleteItem": lambda client, arn: client("dynamodb").delete_item(
        TableName=_last(arn), Key=NO_KEY
    ),
    "dynamodb:Query": lambda client, arn: client("dynamodb").query(
        TableName=arn.split("/")[1],
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": "none"}},
        **({"IndexName": _last(arn)} if "/index/" in arn else {}),
    ),
    "events:PutEvents": lambda client, arn: client("events").put_events(
        Entries=[{"EventBusName": arn, "Source": "Countersign", "DetailType": "Tried", "Detail": "{}"}]
    ),
    "kms:GenerateMac": lambda client, arn: client("kms").generate_mac(
        KeyId=arn, Message=b"tried", MacAlgorithm="HMAC_SHA_256"
    ),
    "lambda:InvokeFunction": lambda client, arn: client("lambda").invoke(
        FunctionName=arn, InvocationType="DryRun"
    ),
    "s3:GetObject": lambda client, arn: client("s3").get_object(**_object(arn)),
    "s3:DeleteObject": lambda client, arn: client("s3").delete_object(**_object(arn)),
    "s3:ListBucket": lambda client, arn: client("s3").list_objects_v2(Bucket=arn.rsplit(":", 1)[1]),
    # Neither a message nor a notification: both are refused as empty, once they are allowed.
    "sns:ListSubscriptionsByTopic": lambda client, arn: client("sns").list_subscriptions_by_topic(
        TopicArn=arn
    ),
    "sns:Publish": lambda client, arn: client("sns").publish(TopicArn=arn, Message=""),
    "sqs:SendMessage": lambda client, arn: client("sqs").send_message(
        QueueUrl=_url(client, arn), MessageBody=""
    ),
    "sqs:GetQueueAttributes": lambda client, arn: client("sqs").get_queue_attributes(
        QueueUrl=_url(client, arn)
    ),
    "sqs:ReceiveMessage": lambda client, arn: client("sqs").receive_message(
        QueueUrl=_url(client, arn), VisibilityTimeout=0
    ),
    "sqs:ChangeMessageVisibility": lambda client, arn: client("sqs").change_message_visibility(
        QueueUrl=_url(client, arn), ReceiptHandle="none", VisibilityTimeout=0
    ),
    "states:GetExecutionHistory": lambda client, arn: client("stepfunctions").get_execution_history(
        executionArn=arn.replace("*", "none")
    ),
    "states:SendTaskSuccess": lambda client, _: client("stepfunctions").send_task_success(
        taskToken="none", output="{}"
    ),
    "states:SendTaskFailure": lambda client, _: client("stepfunctions").send_task_failure(taskToken="none"),
    "states:SendTaskHeartbeat": lambda client, _: client("stepfunctions").send_task_heartbeat(
        taskToken="none"
    ),
    "sqs:DeleteMessage": lambda client, arn: client("sqs").delete_message(
        QueueUrl=_url(client, arn), ReceiptHandle="none"
    ),
}

COMPARED_ONLY: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        "the embedded AWS asks for the log group, AWS for the log stream",
    ),
    "cloudwatch:PutMetricData": "the embedded AWS does not know the condition key cloudwatch:namespace",
    **dict.fromkeys(
        (
            *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
            *("logs:ListLogDeliveries", "logs:PutResourcePolicy"),
            *("logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
        ),
        "the embedded AWS delivers no logs of executions",
    ),
    **dict.fromkeys(
        (
            *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
            *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
        ),
        "the embedded AWS traces nothing",
    ),
    **dict.fromkeys(
        (
            *("dynamodb:DescribeStream", "dynamodb:ListStreams"),
            *("dynamodb:GetShardIterator", "dynamodb:GetRecords"),
        ),
        "the embedded AWS allows them on every stream or on none",
    ),
}
"""Why they cannot be tried. They are compared whole in tests/program and tests/components."""

REFUSED: Final = ("AccessDenied", "AccessDeniedException", "AuthorizationError")


def is_allowed(client: Callable[[str], Any], statement: Statement, action: str) -> bool:
    """Whether the role may do this. Another refusal than IAM's comes after it."""
    for resource in statement.resources:
        try:
            TRIED[action](client, resource)
        except ClientError as problem:
            if problem.response["Error"]["Code"] in REFUSED:
                return False
    return True


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def _object(arn: str) -> dict[str, str]:
    """An object that is not there, among those of an ARN that ends in `*`."""
    bucket, key = arn.rsplit(":", 1)[1].split("/", 1)
    return {"Bucket": bucket, "Key": key.replace("*", "none")}


def _url(client: Callable[[str], Any], queue_arn: str) -> str:
    account, name = queue_arn.split(":")[4:]
    return f"{client('sqs').meta.endpoint_url}/{account}/{name}"
