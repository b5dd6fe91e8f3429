"""What an upgrade would do to the resources that hold state, told from what two versions register.

Pulumi replaces a resource whose URN is new (its name, its type or its parents' types changed and no alias
says so) or one of whose identifying inputs changed: it makes the new one, then deletes the old one. For what
is listed here that loses messages, decisions, links, confirmed subscriptions or history, or takes away what
the new one had just set.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.support.cases import as_it_is
from tests.support.engine import Registration

# "Forces new resource" on each type's page: https://www.pulumi.com/registry/packages/aws/api-docs/
IDENTIFYING: Mapping[str, tuple[str, ...]] = {
    "aws:apigatewayv2/api:Api": ("protocolType",),
    "aws:apigatewayv2/domainName:DomainName": ("domainName",),
    "aws:apigatewayv2/stage:Stage": ("name",),
    "aws:cloudwatch/logGroup:LogGroup": ("logGroupClass", "name", "namePrefix"),
    "aws:dynamodb/table:Table": ("hashKey", "localSecondaryIndexes", "name", "rangeKey"),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage", "multiRegion"),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix", "objectLockEnabled"),
    "aws:sfn/stateMachine:StateMachine": ("name", "namePrefix", "type"),
    "aws:sns/topic:Topic": ("fifoTopic", "name", "namePrefix"),
    "aws:sns/topicSubscription:TopicSubscription": ("endpoint", "protocol"),
    "aws:sqs/queue:Queue": ("fifoQueue", "name", "namePrefix"),
}
"""Types that hold state → the inputs a change of which replaces them."""

ONE_EACH = {
    "aws:apigatewayv2/apiMapping:ApiMapping",
    "aws:apigatewayv2/route:Route",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    "aws:sqs/redrivePolicy:RedrivePolicy",
}
"""Types of which AWS has one for each queue, bucket, route, or pair of queue and function. Under a new name,
its creation is refused, since there is one, or it is the one there is, which the old name then deletes. So
they must keep their names, whatever else of them changes."""

STATELESS = {
    "aws:apigatewayv2/integration:Integration",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/alias:Alias",
    "aws:lambda/function:Function",
    "aws:lambda/permission:Permission",
    "aws:scheduler/schedule:Schedule",
}
"""Types that can be made again beside the old one without losing anything."""

Snapshot = dict[str, dict[str, Any]]
"""URN → identifying inputs, of what holds state or is the only one of its kind."""


def registered() -> Sequence[Registration]:
    """What every component registers, each with the arguments of the contract tests."""
    return as_it_is().cloud()


def snapshot(resources: Iterable[Registration]) -> Snapshot:
    """What of these would be missed."""
    return {
        resource.urn: {key: resource.inputs.get(key) for key in IDENTIFYING.get(resource.type, ())}
        for resource in sorted(resources, key=lambda resource: resource.urn)
        if resource.type in IDENTIFYING or resource.type in ONE_EACH
    }


def lost(before: Snapshot, now: Iterable[Registration]) -> list[str]:
    """One line for each resource of the version before that an upgrade would replace or delete.

    A resource keeps the first of them that it may be: under its own name, then under each alias.
    """
    kept: dict[str, Registration] = {}
    lines = []
    for resource in now:
        was = next((urn for urn in (resource.urn, *former_urns(resource)) if urn in before), None)
        if was in kept:
            lines.append(f"{resource.type} {resource.name} and {kept[was].name} would both be {_last(was)}")
        elif was is not None:
            kept[was] = resource
    for urn, inputs in before.items():
        if urn not in kept:
            lines.append(f"{_last(urn)} would be deleted: an alias is missing")
            continue
        for key, value in inputs.items():
            if (new := kept[urn].inputs.get(key)) != value:
                lines.append(f"{_last(urn)} would be replaced: {key} was {value!r}, is {new!r}")
    return lines


def _last(urn: str) -> str:
    """Type and name."""
    kind, name = urn.split("::")[-2:]
    return f"{kind.rsplit('$', 1)[-1]} {name}"


def former_urns(resource: Registration) -> list[str]:
    """The URNs that a resource's aliases name: other names under the same parent."""
    where = resource.urn.rpartition("::")[0]
    return [f"{where}::{alias.spec.name}" for alias in resource.options["aliases"]]
