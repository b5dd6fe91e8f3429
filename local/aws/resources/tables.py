"""DynamoDB."""

from collections.abc import Mapping
from typing import Any

from local.aws.request import Request
from local.model import Created


def _create_table(request: Request) -> Created:
    name = request.physical_name(longest=255, pattern=r"[A-Za-z0-9_.-]{3,}")
    mode, attributes = request.get("billingMode", "PROVISIONED"), request.require("attributes")
    table = request.call(
        "dynamodb",
        "create_table",
        TableName=name,
        BillingMode=mode,
        KeySchema=_keys(request.require("hashKey"), request.get("rangeKey")),
        AttributeDefinitions=[{"AttributeName": a["name"], "AttributeType": a["type"]} for a in attributes],
        GlobalSecondaryIndexes=[_index(index) for index in request.get("globalSecondaryIndexes", [])] or None,
        **_settings(request, mode),
    )["TableDescription"]
    if (ttl := request.get("ttl", {})).get("enabled"):
        specification = {"enabled": True, "attributeName": ttl["attributeName"]}
        request.call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=specification)
    if request.get("pointInTimeRecovery", {}).get("enabled"):
        request.aws.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    stream = {f"stream{key}": table.get(f"LatestStream{key}", "") for key in ("Arn", "Label")}
    return Created(name, {"name": name, "arn": table["TableArn"], **stream})


def _settings(request: Request, mode: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if mode == "PROVISIONED":
        settings["ProvisionedThroughput"] = {
            f"{way}CapacityUnits": request.require(f"{way}Capacity") for way in ("read", "write")
        }
    if request.get("streamEnabled"):
        view = request.require("streamViewType")
        settings["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    encryption = request.get("serverSideEncryption", {})
    if encryption.get("enabled"):
        key = encryption.get("kmsKeyArn")
        settings["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    return settings


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    """An index with its keys by name, or in the newer spelling: a list of key schemas."""
    keys = _keys(index["hashKey"], index.get("rangeKey")) if "hashKey" in index else index.get("keySchemas")
    projection = {key: index.get(key) or None for key in ("projectionType", "nonKeyAttributes")}
    return {"indexName": index["name"], "keySchema": keys, "projection": projection}


def _keys(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else keys


KINDS = {"aws:dynamodb/table:Table": _create_table}
