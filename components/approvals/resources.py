"""What an ApprovalApi is made of beside its functions: table and keys, and what calls a function."""

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals import table as keys

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
