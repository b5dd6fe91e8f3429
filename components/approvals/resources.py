"""What an ApprovalApi is made of: table, key, what its functions may do, what calls them, alarms."""

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals import table as keys

from ..common import policies
from ..common.alarms import Metric, alarm
from ..common.arguments import Common
from ..common.function import Function

NOT_FOR_THE_PAGE = ("approvals/asking", "countersign_runtime/processing")
NOT_FOR_THE_FOLLOW_UP = ("approvals/page", "countersign_runtime/processing")
"""Folders that these functions never import: less to load when somebody waits for the page."""

EXECUTION_ENDED = {
    "source": ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    "detail": {"status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]},
}
"""The end of any execution. Which machines will ask is not known when the rule is made; an execution that
asked nothing costs one read.
https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""

KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html"""


def about_requests(
    table: aws.dynamodb.Table, seals: aws.kms.Key, kms_key_arn: pulumi.Input[str] | None
) -> list[policies.Statement]:
    """What each function may do with this instance's requests."""
    actions = ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    return [
        policies.allow("ReadAndWriteRequests", actions, [table.arn]),
        policies.allow("SealRequests", ["kms:GenerateMac"], [seals.arn]),
        *([policies.allow("UseTheKey", KEY_ACTIONS, [kms_key_arn])] if kms_key_arn is not None else []),
    ]


def may_follow_up(table: aws.dynamodb.Table) -> list[policies.Statement]:
    """What the follow-up may do besides."""
    index = table.arn.apply(lambda text: f"{text}/index/{keys.DUE}")
    return [
        policies.allow("FindWhatIsDue", ["dynamodb:Query"], [index]),
        policies.allow("TakeOutForgeries", ["dynamodb:DeleteItem"], [table.arn]),
    ]


def may_send(
    table: aws.dynamodb.Table, key: aws.kms.Key, topic_arn: pulumi.Input[str]
) -> list[policies.Statement]:
    """What those may do besides that send: the intake and the follow-up. The page makes no links."""

    def default_bus(table_arn: str) -> str:
        place = policies.Place.of(table_arn)
        return f"arn:{place.partition}:events:{place.region}:{place.account_id}:event-bus/default"

    return [
        policies.allow("MakeLinks", ["kms:GenerateMac"], [key.arn]),
        policies.allow("MailApprovers", ["sns:Publish"], [topic_arn]),
        policies.allow("AnnounceChanges", ["events:PutEvents"], [table.arn.apply(default_bus)]),
    ]


def requests_table(name: str, common: Common, protected: bool) -> aws.dynamodb.Table:
    """The table that lambda_src/approvals/record/store.py describes."""
    return aws.dynamodb.Table(
        name,
        billing_mode="PAY_PER_REQUEST",
        hash_key=keys.PARTITION_KEY,
        range_key=keys.SORT_KEY,
        attributes=[
            {"name": keys.PARTITION_KEY, "type": "S"},
            {"name": keys.SORT_KEY, "type": "S"},
            {"name": keys.DUE, "type": "S"},
            {"name": keys.DUE_AT, "type": "N"},
            {"name": keys.WAITING, "type": "S"},
            {"name": keys.DEADLINE, "type": "N"},
        ],
        global_secondary_indexes=[
            # Newer providers take `key_schemas` too and call these two deprecated; older ones take no other.
            {
                "name": keys.DUE,
                "hash_key": keys.DUE,
                "range_key": keys.DUE_AT,
                "projection_type": "INCLUDE",
                "non_key_attributes": [keys.WHY, keys.STATUS, keys.DEADLINE],
            },
            {
                "name": keys.WAITING,
                "hash_key": keys.WAITING,
                "range_key": keys.DEADLINE,
                "projection_type": "ALL",
            },
        ],
        ttl={"enabled": True, "attribute_name": keys.EXPIRES_AT},
        server_side_encryption={"enabled": True, "kms_key_arn": common.kms_key_arn},
        point_in_time_recovery={"enabled": True},
        deletion_protection_enabled=protected,
        tags=common.tags,
        opts=common.child(protect=protected or None),
    )


def mac_key(name: str, description: str, common: Common, protected: bool) -> aws.kms.Key:
    """A key that authenticates, and never leaves KMS. Without that of the links no link can be mailed again;
    without that of the seals no request on record can be decided any more."""
    return aws.kms.Key(
        name,
        description=description,
        key_usage="GENERATE_VERIFY_MAC",
        customer_master_key_spec="HMAC_256",
        deletion_window_in_days=30,
        tags=common.tags,
        opts=common.child(protect=protected or None),
    )


def call_when(
    name: str,
    function: Function,
    common: Common,
    schedule_expression: str | None = None,
    event_pattern: pulumi.Input[str] | None = None,
) -> None:
    """Call the function when a rule says so."""
    rule = aws.cloudwatch.EventRule(
        name,
        schedule_expression=schedule_expression,
        event_pattern=event_pattern,
        tags=common.tags,
        opts=common.child(),
    )
    allowed = aws.lambda_.Permission(
        name,
        function=function.name,
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        source_arn=rule.arn,
        opts=common.child(),
    )
    aws.cloudwatch.EventTarget(
        name, rule=rule.name, arn=function.arn, opts=common.child(allowed, function.policy)
    )


def failures_alarms(name: str, common: Common, api_id: pulumi.Input[str], follow_up: Function) -> None:
    """Alarm when approvers get an error, and when mails, reminders or answers cannot be sent."""
    alarm(
        f"{name}-page",
        common,
        [Metric("AWS/ApiGateway", "5xx", {"ApiId": api_id})],
        description="The approval page answered with an error.",
    )
    alarm(
        f"{name}-follow-up",
        common,
        [Metric("AWS/Lambda", "Errors", {"FunctionName": follow_up.name})],
        description="Mails, events or answers of approvals could not be sent: the log says which and why.",
        minutes=2,
    )
