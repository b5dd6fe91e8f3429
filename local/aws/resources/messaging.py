"""SQS and SNS."""

from local.aws.request import Request
from local.aws.resources.kinds import Kind, by_call
from local.errors import LocalError
from local.model import Created

_QUEUE_ATTRIBUTES = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "delaySeconds": "DelaySeconds",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "policy": "Policy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
}
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


def _create_queue(request: Request) -> Created:
    if request.get("sqsManagedSseEnabled") and request.get("kmsMasterKeyId"):
        raise LocalError("sqsManagedSseEnabled and kmsMasterKeyId exclude each other, got both")
    name = _name(request, "fifoQueue", longest=80)
    attributes = request.attributes(_QUEUE_ATTRIBUTES)
    url = request.call("sqs", "create_queue", QueueName=name, Attributes=attributes)["QueueUrl"]
    return Created(url, {"name": name, "url": url, "arn": request.aws.arn("sqs", name)})


def _name(request: Request, fifo_key: str, *, longest: int) -> str:
    fifo = bool(request.get(fifo_key))
    if request.get("contentBasedDeduplication") and not fifo:
        raise LocalError(f"contentBasedDeduplication must only be set with {fifo_key}")
    return request.physical_name(
        longest=longest,
        longest_made=80,
        pattern=r"[A-Za-z0-9_-]+\.fifo" if fifo else r"[A-Za-z0-9_-]+",
        suffix=".fifo" if fifo else "",
    )


def _queue_attribute(key: str) -> Kind:
    """A resource that is one attribute of a queue."""

    def create(request: Request) -> Created:
        url, attributes = request.require("queueUrl"), {_QUEUE_ATTRIBUTES[key]: request.require(key)}
        request.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes=attributes)
        return Created(url)

    return Kind(create)


def _create_topic(request: Request) -> Created:
    name = _name(request, "fifoTopic", longest=256)
    attributes = request.attributes(_TOPIC_ATTRIBUTES)
    arn = request.call("sns", "create_topic", Name=name, Attributes=attributes)["TopicArn"]
    return Created(arn, {"name": name, "arn": arn, "owner": request.aws.account})


def _create_topic_policy(request: Request) -> Created:
    arn, policy = request.require("arn"), request.require("policy")
    request.call("sns", "set_topic_attributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(arn, {"owner": request.aws.account})


def _create_subscription(request: Request) -> Created:
    request.skip("endpointAutoConfirms", "confirmationTimeoutInMinutes")
    if request.get("filterPolicyScope") and not request.get("filterPolicy"):
        raise LocalError("filterPolicy must be given with filterPolicyScope")
    arn = request.call(
        "sns",
        "subscribe",
        TopicArn=request.require("topic"),
        Endpoint=request.require("endpoint"),
        ReturnSubscriptionArn=True,
        Attributes=request.attributes(_SUBSCRIPTION_ATTRIBUTES),
    )["SubscriptionArn"]
    confirmed = {"pendingConfirmation": False, "confirmationWasAuthenticated": True}
    return Created(arn, {"arn": arn, "ownerId": request.aws.account, **confirmed})


KINDS = {
    "aws:sqs/queue:Queue": Kind(_create_queue, by_call("sqs", "delete_queue", QueueUrl="id")),
    "aws:sqs/queuePolicy:QueuePolicy": _queue_attribute("policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _queue_attribute("redriveAllowPolicy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _queue_attribute("redrivePolicy"),
    "aws:sns/topic:Topic": Kind(_create_topic, by_call("sns", "delete_topic", TopicArn="id")),
    "aws:sns/topicPolicy:TopicPolicy": Kind(_create_topic_policy),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        _create_subscription, by_call("sns", "unsubscribe", SubscriptionArn="id")
    ),
}
