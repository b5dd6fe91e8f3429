"""What an ApprovalApi is made of: table, key, what its functions may do, what calls them."""

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals import table as keys

from ..common import policies
from ..common.arguments import Common
from ..common.running import Function

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
        *policies.use_key("UseTheKey", kms_key_arn, KEY_ACTIONS),
    ]


def may_list(table: aws.dynamodb.Table) -> list[policies.Statement]:
    """What the page may do besides: show somebody all that waits for them."""
    index = table.arn.apply(lambda text: f"{text}/index/{keys.WAITING}")
    return [policies.allow("ListWhatWaits", ["dynamodb:Query"], [index])]


def may_follow_up(table: aws.dynamodb.Table) -> list[policies.Statement]:
    """What the follow-up may do besides."""
    index = table.arn.apply(lambda text: f"{text}/index/{keys.DUE}")
    return [
        policies.allow("FindWhatIsDue", ["dynamodb:Query"], [index]),
        policies.allow("TakeOutForgeries", ["dynamodb:DeleteItem"], [table.arn]),
    ]


def may_send(
    table: aws.dynamodb.Table,
    key: aws.kms.Key,
    topic_arn: pulumi.Input[str],
    topic_key_arn: pulumi.Input[str] | None,
    check_subscriptions: bool,
) -> list[policies.Statement]:
    """What those may do besides that send: the intake and the follow-up. The page makes no links.

    What a publisher needs of the topic's key: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    default_bus = table.arn.apply(lambda arn: policies.Place.of(arn).arn("events", "event-bus/default"))
    return [
        policies.allow("MakeLinks", ["kms:GenerateMac"], [key.arn]),
        policies.allow("MailApprovers", ["sns:Publish"], [topic_arn]),
        *policies.use_key("UseTopicKey", topic_key_arn, ["kms:Decrypt", "kms:GenerateDataKey"]),
        *may_look(topic_arn, check_subscriptions),
        policies.allow("AnnounceChanges", ["events:PutEvents"], [default_bus]),
    ]


def may_look(topic_arn: pulumi.Input[str], check_subscriptions: bool) -> list[policies.Statement]:
    """What those may do besides that want to know who can be mailed."""
    look = policies.allow("SeeWhoIsSubscribed", ["sns:ListSubscriptionsByTopic"], [topic_arn])
    return [look] if check_subscriptions else []


def may_call(follow_up: Function) -> policies.Statement:
    """What those may do besides that have something to send: the page and the operator's function."""
    return policies.allow("CallTheFollowUp", ["lambda:InvokeFunction"], [follow_up.arn])


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
) -> aws.cloudwatch.EventRule:
    """Call the function when the rule that is returned says so."""
    rule = aws.cloudwatch.EventRule(
        name,
        schedule_expression=schedule_expression,
        event_pattern=event_pattern,
        tags=common.tags,
        opts=common.child(),
    )
    called = function.called_by(name, common, "events", rule.arn)
    aws.cloudwatch.EventTarget(name, rule=rule.name, arn=function.arn, opts=called)
    return rule
