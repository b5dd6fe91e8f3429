"""S3: buckets and their settings."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.aws.clients import DNS_SUFFIX
from local.aws.request import Create, Request, as_list
from local.model import Created

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_NAME = (
    r"(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3)$)"
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
)
_FIRST_REGION = "us-east-1"  # The only region in which a location constraint is an error.


def _create_bucket(request: Request) -> Created:
    aws = request.aws
    name = request.physical_name(
        longest=63,
        key="bucket",
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


def _setting(operation: str, argument: str, value: Callable[[Request], Mapping[str, Any]]) -> Create:
    """Creates what is one setting of a bucket, put by one call in this argument."""

    def create(request: Request) -> Created:
        bucket = request.require("bucket")
        request.call("s3", operation, **{"Bucket": bucket, argument: value(request)})
        return Created(bucket)

    return create


def _access_block(request: Request) -> dict[str, Any]:
    keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return {key: request.get(key) for key in keys}


def _rules(**default: object) -> Callable[[Request], Mapping[str, Any]]:
    return lambda request: {"rules": [{**default, **rule} for rule in request.require("rules")]}


def _notification(request: Request) -> dict[str, Any]:
    configuration: dict[str, Any] = {"EventBridgeConfiguration": {} if request.get("eventbridge") else None}
    for kind in ("LambdaFunction", "Queue", "Topic"):
        entries = request.get(f"{kind[0].lower()}{kind[1:]}s", [])
        configuration[f"{kind}Configurations"] = [_notified(entry) for entry in entries] or None
    return configuration


def _notified(entry: Mapping[str, Any]) -> dict[str, Any]:
    same = dict(entry)
    ends = {name: same.pop(f"filter{name}", None) for name in ("Prefix", "Suffix")}
    rules = [{"Name": name.lower(), "Value": value} for name, value in ends.items() if value]
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
    refused = [("Deny", {"Bool": {"aws:SecureTransport": "false"}})]
    statements = as_list(document.get("Statement"))
    kept = [each for each in statements if (each.get("Effect"), each.get("Condition")) not in refused]
    return {**document, "Statement": kept}


KINDS = {
    "aws:s3/bucket:Bucket": _create_bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _create_policy,
    "aws:s3/bucketNotification:BucketNotification": _setting(
        "put_bucket_notification_configuration", "NotificationConfiguration", _notification
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        "put_public_access_block", "PublicAccessBlockConfiguration", _access_block
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _setting(
        "put_bucket_encryption", "ServerSideEncryptionConfiguration", _rules(bucketKeyEnabled=False)
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _setting(
        "put_bucket_lifecycle_configuration", "LifecycleConfiguration", _rules(filter={"prefix": ""})
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        "put_bucket_ownership_controls",
        "OwnershipControls",
        lambda request: {"rules": [request.require("rule")]},
    ),
}
