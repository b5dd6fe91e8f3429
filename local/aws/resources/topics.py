"""SNS."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs, text
from local.aws.resources.kinds import Kind, Request
from local.errors import LocalError
from local.model import Created

_TOPIC_ATTRIBUTES = {
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    "fifoTopic": "FifoTopic",
    "contentBasedDeduplication": "ContentBasedDeduplication",
}
_SUBSCRIPTION_ATTRIBUTES = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
}


def _create_topic(request: Request) -> Created:
    inputs = request.inputs
    fifo = bool(inputs.get("fifoTopic"))
    if inputs.get("contentBasedDeduplication") and not fifo:
        raise LocalError("contentBasedDeduplication must only be set with fifoTopic")
    name = physical_name(
        request.name,
        inputs,
        longest=256,
        longest_made=80,
        pattern=r"[A-Za-z0-9_-]+\.fifo" if fifo else r"[A-Za-z0-9_-]+",
        suffix=".fifo" if fifo else "",
    )
    attributes = {key: text(value) for key, value in inputs.renamed(_TOPIC_ATTRIBUTES).items()}
    arn = request.aws.sns.create_topic(Name=name, Attributes=attributes, Tags=pairs(inputs.get("tags")))[
        "TopicArn"
    ]
    return Created(arn, {"name": name, "arn": arn, "owner": request.aws.account})


def _delete_topic(aws: Aws, arn: str, _properties: Mapping[str, Any]) -> None:
    aws.sns.delete_topic(TopicArn=arn)


def _create_policy(request: Request) -> Created:
    arn = request.inputs.require("arn")
    policy = request.inputs.require("policy")
    request.aws.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(arn, {"owner": request.aws.account})


def _create_subscription(request: Request) -> Created:
    inputs = request.inputs
    inputs.skip("endpointAutoConfirms", "confirmationTimeoutInMinutes")
    if inputs.get("filterPolicyScope") and not inputs.get("filterPolicy"):
        raise LocalError("filterPolicy must be given with filterPolicyScope")
    arn = request.aws.sns.subscribe(
        TopicArn=inputs.require("topic"),
        Protocol=inputs.require("protocol"),
        Endpoint=inputs.require("endpoint"),
        ReturnSubscriptionArn=True,
        Attributes={key: text(value) for key, value in inputs.renamed(_SUBSCRIPTION_ATTRIBUTES).items()},
    )["SubscriptionArn"]
    return Created(
        arn,
        {
            "arn": arn,
            "ownerId": request.aws.account,
            "pendingConfirmation": False,
            "confirmationWasAuthenticated": True,
        },
    )


def _delete_subscription(aws: Aws, arn: str, _properties: Mapping[str, Any]) -> None:
    aws.sns.unsubscribe(SubscriptionArn=arn)


KINDS = {
    "aws:sns/topic:Topic": Kind(_create_topic, _delete_topic),
    "aws:sns/topicPolicy:TopicPolicy": Kind(_create_policy),
    "aws:sns/topicSubscription:TopicSubscription": Kind(_create_subscription, _delete_subscription),
}
