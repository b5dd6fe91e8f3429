"""S3."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws.clients import DNS_SUFFIX, Aws, physical_name
from local.aws.inputs import pairs, pascal
from local.aws.resources.kinds import Kind, Request
from local.model import Created

_WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_NAME = (
    r"(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3)$)"
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
)
_FIRST_REGION = "us-east-1"  # The only region in which a location constraint is an error.


def _create_bucket(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    inputs.skip("forceDestroy")
    name = physical_name(
        request.name.lower(),  # Pulumi's own name for a bucket is in lower case.
        inputs,
        longest=63,
        key="bucket",
        prefix_key="bucketPrefix",
        pattern=_BUCKET_NAME,
    )
    place = {} if aws.region == _FIRST_REGION else {"LocationConstraint": aws.region}
    aws.s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))  # type: ignore[arg-type]
    if tags := inputs.get("tags"):
        aws.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(tags)})
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


def _delete_bucket(aws: Aws, name: str, properties: Mapping[str, Any]) -> None:
    if properties.get("forceDestroy"):
        for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                aws.s3.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
    aws.s3.delete_bucket(Bucket=name)


def _create_notification(request: Request) -> Created:
    inputs = request.inputs
    bucket = inputs.require("bucket")
    configuration: dict[str, Any] = {}
    for ours, theirs, arn in (
        ("lambdaFunctions", "LambdaFunctionConfigurations", "lambdaFunctionArn"),
        ("queues", "QueueConfigurations", "queueArn"),
        ("topics", "TopicConfigurations", "topicArn"),
    ):
        entries = [_notification(entry, arn) for entry in inputs.get(ours, [])]
        if entries:
            configuration[theirs] = entries
    if inputs.get("eventbridge"):
        configuration["EventBridgeConfiguration"] = {}
    request.aws.s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration=configuration,  # type: ignore[arg-type]
    )
    return Created(bucket)


def _notification(entry: Mapping[str, Any], arn: str) -> dict[str, Any]:
    rules = [
        {"Name": name, "Value": entry[key]}
        for name, key in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if entry.get(key)
    ]
    return {
        **pascal({arn: entry[arn], "events": entry["events"], "id": entry.get("id")}),
        **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}),
    }


def _create_public_access_block(request: Request) -> Created:
    inputs = request.inputs
    inputs.skip("skipDestroy")
    bucket = inputs.require("bucket")
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    block = inputs.pascal(*keys)
    request.aws.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)  # type: ignore[arg-type]
    return Created(bucket)


def _create_encryption(request: Request) -> Created:
    inputs = request.inputs
    bucket = inputs.require("bucket")
    rules: list[Any] = []
    for rule in inputs.require("rules"):
        default = rule.get("applyServerSideEncryptionByDefault", {})
        encryption = {"SSEAlgorithm": default["sseAlgorithm"]} if default else {}
        if default.get("kmsMasterKeyId"):
            encryption["KMSMasterKeyID"] = default["kmsMasterKeyId"]
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": encryption,
                "BucketKeyEnabled": rule.get("bucketKeyEnabled", False),
            }
        )
    request.aws.s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": rules},
    )
    return Created(bucket)


def _create_lifecycle(request: Request) -> Created:
    inputs = request.inputs
    inputs.skip("transitionDefaultMinimumObjectSize")
    bucket = inputs.require("bucket")
    rules = []
    for rule in inputs.require("rules"):
        translated = pascal({key: value for key, value in rule.items() if key != "id"})
        translated.setdefault("Filter", {"Prefix": ""})
        if rule.get("id"):
            translated["ID"] = rule["id"]
        rules.append(translated)
    request.aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    return Created(bucket)


def _create_versioning(request: Request) -> Created:
    bucket = request.inputs.require("bucket")
    status = request.inputs.require("versioningConfiguration")["status"]
    request.aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    return Created(bucket)


def _create_policy(request: Request) -> Created:
    bucket = request.inputs.require("bucket")
    document = json.loads(request.inputs.require("policy"))
    if request.aws.auth:
        document = without_tls_rule(document)
    if document["Statement"]:
        request.aws.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
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


def _delete_policy(aws: Aws, bucket: str, _properties: Mapping[str, Any]) -> None:
    aws.s3.delete_bucket_policy(Bucket=bucket)


def _create_ownership(request: Request) -> Created:
    bucket = request.inputs.require("bucket")
    rule = pascal(request.inputs.require("rule"))
    request.aws.s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [rule]})
    return Created(bucket)


_BUCKET_SETTINGS = {
    "aws:s3/bucketNotification:BucketNotification": Kind(_create_notification),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Kind(_create_public_access_block),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Kind(
        _create_encryption
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Kind(_create_lifecycle),
    "aws:s3/bucketVersioning:BucketVersioning": Kind(_create_versioning),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Kind(_create_ownership),
}
KINDS = {
    "aws:s3/bucket:Bucket": Kind(_create_bucket, _delete_bucket),
    "aws:s3/bucketPolicy:BucketPolicy": Kind(_create_policy, _delete_policy),
    **_BUCKET_SETTINGS,
}
