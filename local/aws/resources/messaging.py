"""SQS and SNS."""

from typing import Any

from local.aws.request import Create, Request
from local.errors import LocalError
from local.model import Created

# The attributes of a queue that are not called as the input is.
_RENAMED = {
    "VisibilityTimeout": "visibilityTimeoutSeconds",
    "MessageRetentionPeriod": "messageRetentionSeconds",
    "MaximumMessageSize": "maxMessageSize",
    "ReceiveMessageWaitTimeSeconds": "receiveWaitTimeSeconds",
}
_TOPIC_ATTRIBUTES = (
    *("DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"),
    *("FifoTopic", "ContentBasedDeduplication"),
)
_SUBSCRIPTION_ATTRIBUTES = (
    *("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy"),
)


def _create_queue(request: Request) -> Created:
    if request.get("sqsManagedSseEnabled") and request.get("kmsMasterKeyId"):
        raise LocalError("sqsManagedSseEnabled and kmsMasterKeyId exclude each other, got both")
    name = _name(request, "fifoQueue", longest=80)
    names: Any = request.aws.sqs.meta.service_model.shape_for("QueueAttributeName")
    attributes = request.attributes(names.enum, _RENAMED)
    url = request.call("sqs", "create_queue", QueueName=name, Attributes=attributes)["QueueUrl"]
    return Created(url, {"name": name, "url": url, "arn": request.aws.arn("sqs", name)})


def _name(request: Request, fifo_key: str, *, longest: int) -> str:
    fifo = bool(request.get(fifo_key))
    if request.get("contentBasedDeduplication") and not fifo:
        raise LocalError(f"contentBasedDeduplication must only be set with {fifo_key}")
    end, pattern = (".fifo", r"[A-Za-z0-9_-]+\.fifo") if fifo else ("", r"[A-Za-z0-9_-]+")
    return request.physical_name(longest=longest, longest_made=80, pattern=pattern, suffix=end)


def _queue_attribute(name: str) -> Create:
    """Creates what is one attribute of a queue."""

    def create(request: Request) -> Created:
        url = request.require("queueUrl")
        request.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes=request.attributes([name]))
        return Created(url)

    return create


def _create_topic(request: Request) -> Created:
    name = _name(request, "fifoTopic", longest=256)
    attributes = request.attributes(_TOPIC_ATTRIBUTES)
    arn = request.call("sns", "create_topic", Name=name, Attributes=attributes)["TopicArn"]
    return Created(arn, {"name": name, "arn": arn, "owner": request.aws.account})


def _create_subscription(request: Request) -> Created:
    request.skip("endpointAutoConfirms", "confirmationTimeoutInMinutes")
    if request.get("filterPolicyScope") and not request.get("filterPolicy"):
        raise LocalError("filterPolicy must be given with filterPolicyScope")
    topic, attributes = request.require("topic"), request.attributes(_SUBSCRIPTION_ATTRIBUTES)
    made = request.call("sns", "subscribe", TopicArn=topic, ReturnSubscriptionArn=True, Attributes=attributes)
    confirmed = {"pendingConfirmation": False, "confirmationWasAuthenticated": True}
    arn = made["SubscriptionArn"]
    return Created(arn, {"arn": arn, "ownerId": request.aws.account, **confirmed})


KINDS = {
    "aws:sqs/queue:Queue": _create_queue,
    "aws:sqs/queuePolicy:QueuePolicy": _queue_attribute("Policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _queue_attribute("RedriveAllowPolicy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _queue_attribute("RedrivePolicy"),
    "aws:sns/topic:Topic": _create_topic,
    "aws:sns/topicSubscription:TopicSubscription": _create_subscription,
}
