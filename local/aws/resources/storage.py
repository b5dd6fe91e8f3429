"""S3: buckets and their settings."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.aws.clients import DNS_SUFFIX, Aws
from local.aws.request import Request
from local.aws.resources.kinds import Kind, by_call
from local.model import Created

_WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_NAME = (
    r"(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3)$)"
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
)
_FIRST_REGION = "us-east-1"  # The only region in which a location constraint is an error.


def _create_bucket(request: Request) -> Created:
    aws = request.aws
    request.skip("forceDestroy")
    name = request.physical_name(
        longest=63,
        key="bucket",
        prefix_key="bucketPrefix",
        pattern=_BUCKET_NAME,
        logical=request.name.lower(),  # As Pulumi makes the name of a bucket.
    )
    place = None if aws.region == _FIRST_REGION else {"LocationConstraint": aws.region}
    request.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=place)
    if tags := request.get("tags"):
        request.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tags})
    return Created(
        name,
        {
            "bucket": name,
            "arn": aws.arn("s3", name, region="", account=""),
            "bucketRegion": aws.region,
            "bucketDomainName": f"{name}.s3.{DNS_SUFFIX}",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.{DNS_SUFFIX}",
        },
    )


def _delete_bucket(aws: Aws, properties: Mapping[str, Any]) -> None:
    name = properties["id"]
    if properties.get("forceDestroy"):
        for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                aws.s3.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
    aws.s3.delete_bucket(Bucket=name)


def _setting(
    operation: str, argument: str, value: Callable[[Request], Mapping[str, Any]], *skipped: str
) -> Kind:
    """A resource that is one setting of a bucket, put by one call in this argument."""

    def create(request: Request) -> Created:
        bucket = request.require("bucket")
        request.skip(*skipped)
        request.call("s3", operation, **{"Bucket": bucket, argument: value(request)})
        return Created(bucket)

    return Kind(create)


def _access_block(request: Request) -> dict[str, Any]:
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return {key: request.get(key) for key in keys}


def _encryption(request: Request) -> dict[str, Any]:
    return {"rules": [{"bucketKeyEnabled": False, **rule} for rule in request.require("rules")]}


def _lifecycle(request: Request) -> dict[str, Any]:
    return {"rules": [{"filter": {"prefix": ""}, **rule} for rule in request.require("rules")]}


def _versioning(request: Request) -> dict[str, Any]:
    return {"status": request.require("versioningConfiguration")["status"]}


def _ownership(request: Request) -> dict[str, Any]:
    return {"rules": [request.require("rule")]}


def _notification(request: Request) -> dict[str, Any]:
    configuration: dict[str, Any] = {}
    for ours, theirs, arn in (
        ("lambdaFunctions", "LambdaFunctionConfigurations", "lambdaFunctionArn"),
        ("queues", "QueueConfigurations", "queueArn"),
        ("topics", "TopicConfigurations", "topicArn"),
    ):
        if entries := [_notified(entry, arn) for entry in request.get(ours, [])]:
            configuration[theirs] = entries
    if request.get("eventbridge"):
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _notified(entry: Mapping[str, Any], arn: str) -> dict[str, Any]:
    rules = [
        {"Name": name, "Value": entry[key]}
        for name, key in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if entry.get(key)
    ]
    same = {key: entry.get(key) for key in (arn, "events", "id")}
    return {**same, "filter": {"key": {"filterRules": rules}} if rules else None}


def _create_policy(request: Request) -> Created:
    bucket = request.require("bucket")
    document = json.loads(request.require("policy"))
    if request.aws.auth:
        document = without_tls_rule(document)
    if document["Statement"]:
        request.call("s3", "put_bucket_policy", Bucket=bucket, Policy=json.dumps(document))
    return Created(bucket)


def without_tls_rule(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same policy without the statements that refuse whatever comes without TLS.

    The embedded AWS has none: it would refuse everything. The tests of the components assert the statement as
    it is deployed to AWS.
    """
    statements = document.get("Statement", [])
    kept = [
        statement
        for statement in (statements if isinstance(statements, list) else [statements])
        if (statement.get("Effect"), statement.get("Condition")) != ("Deny", _WITHOUT_TLS)
    ]
    return {**document, "Statement": kept}


KINDS = {
    "aws:s3/bucket:Bucket": Kind(_create_bucket, _delete_bucket),
    "aws:s3/bucketPolicy:BucketPolicy": Kind(
        _create_policy, by_call("s3", "delete_bucket_policy", Bucket="id")
    ),
    "aws:s3/bucketNotification:BucketNotification": _setting(
        "put_bucket_notification_configuration", "NotificationConfiguration", _notification
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        "put_public_access_block", "PublicAccessBlockConfiguration", _access_block, "skipDestroy"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _setting(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration", _encryption
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _setting(
        "put_bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        _lifecycle,
        "transitionDefaultMinimumObjectSize",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _setting(
        "put_bucket_versioning", "VersioningConfiguration", _versioning
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        "put_bucket_ownership_controls", "OwnershipControls", _ownership
    ),
}
