"""SQS."""

from collections.abc import Mapping
from typing import Any, cast

from local.aws.clients import Aws, physical_name
from local.aws.inputs import text
from local.aws.resources.kinds import Kind, Request
from local.errors import LocalError
from local.model import Created

_ATTRIBUTES = {
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


def _create_queue(request: Request) -> Created:
    inputs = request.inputs
    fifo = bool(inputs.get("fifoQueue"))
    if inputs.get("contentBasedDeduplication") and not fifo:
        raise LocalError("contentBasedDeduplication must only be set with fifoQueue")
    if inputs.get("sqsManagedSseEnabled") and inputs.get("kmsMasterKeyId"):
        raise LocalError("sqsManagedSseEnabled and kmsMasterKeyId exclude each other, got both")
    name = physical_name(
        request.name,
        inputs,
        longest=80,
        pattern=r"[A-Za-z0-9_-]+\.fifo" if fifo else r"[A-Za-z0-9_-]+",
        suffix=".fifo" if fifo else "",
    )
    attributes = {
        key: text(value) for key, value in inputs.renamed(_ATTRIBUTES).items() if value is not False
    }
    url = request.aws.sqs.create_queue(
        QueueName=name, Attributes=cast("Any", attributes), tags=inputs.get("tags", {})
    )["QueueUrl"]
    return Created(url, {"name": name, "url": url, "arn": request.aws.arn("sqs", name)})


def _delete_queue(aws: Aws, url: str, _properties: Mapping[str, Any]) -> None:
    aws.sqs.delete_queue(QueueUrl=url)


def _attribute(key: str) -> Kind:
    """A resource that is one attribute of a queue."""
    attribute = _ATTRIBUTES[key]

    def create(request: Request) -> Created:
        url = request.inputs.require("queueUrl")
        value = request.inputs.require(key)
        request.aws.sqs.set_queue_attributes(QueueUrl=url, Attributes=cast("Any", {attribute: value}))
        return Created(url)

    return Kind(create)


KINDS = {
    "aws:sqs/queue:Queue": Kind(_create_queue, _delete_queue),
    "aws:sqs/queuePolicy:QueuePolicy": _attribute("policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _attribute("redriveAllowPolicy"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _attribute("redrivePolicy"),
}
