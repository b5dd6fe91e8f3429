"""KMS."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs
from local.aws.resources.kinds import Kind, Request
from local.model import Created

_SHORTEST_WINDOW_DAYS = 7


def _create_key(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    inputs.skip("deletionWindowInDays", "bypassPolicyLockoutSafetyCheck")
    key = aws.kms.create_key(
        Tags=pairs(inputs.get("tags"), key="TagKey", value="TagValue"),
        **inputs.renamed({"customerMasterKeySpec": "KeySpec"}),
        **inputs.pascal("description", "keyUsage", "policy", "multiRegion"),
    )["KeyMetadata"]
    identifier = key["KeyId"]
    if inputs.get("enableKeyRotation"):
        aws.kms.enable_key_rotation(
            KeyId=identifier, **inputs.renamed({"rotationPeriodInDays": "RotationPeriodInDays"})
        )
    if inputs.get("isEnabled") is False:
        aws.kms.disable_key(KeyId=identifier)
    return Created(identifier, {"keyId": identifier, "arn": key["Arn"]})


def _delete_key(aws: Aws, identifier: str, _properties: Mapping[str, Any]) -> None:
    aws.kms.schedule_key_deletion(KeyId=identifier, PendingWindowInDays=_SHORTEST_WINDOW_DAYS)


def _create_alias(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    pattern = r"alias/(?!aws/)[A-Za-z0-9/_-]+"
    name = physical_name(f"alias/{request.name}", inputs, longest=256, pattern=pattern)
    target = inputs.require("targetKeyId")
    aws.kms.create_alias(AliasName=name, TargetKeyId=target)
    key_arn = aws.kms.describe_key(KeyId=target)["KeyMetadata"]["Arn"]
    return Created(name, {"name": name, "arn": aws.arn("kms", name), "targetKeyArn": key_arn})


def _delete_alias(aws: Aws, name: str, _properties: Mapping[str, Any]) -> None:
    aws.kms.delete_alias(AliasName=name)


KINDS = {
    "aws:kms/key:Key": Kind(_create_key, _delete_key),
    "aws:kms/alias:Alias": Kind(_create_alias, _delete_alias),
}
