"""DynamoDB."""

from collections.abc import Mapping
from typing import Any

from local.aws.request import Request
from local.aws.resources.kinds import Kind, by_call
from local.model import Created


def _create_table(request: Request) -> Created:
    aws = request.aws
    name = request.physical_name(longest=255, prefix_key=None, pattern=r"[A-Za-z0-9_.-]{3,}")
    mode, hash_key = request.get("billingMode", "PROVISIONED"), request.require("hashKey")
    attributes = request.require("attributes")
    everywhere, beside = (request.get(f"{where}SecondaryIndexes", []) for where in ("global", "local"))
    table = request.call(
        "dynamodb",
        "create_table",
        TableName=name,
        BillingMode=mode,
        KeySchema=_keys(hash_key, request.get("rangeKey")),
        AttributeDefinitions=[
            {"AttributeName": item["name"], "AttributeType": item["type"]} for item in attributes
        ],
        GlobalSecondaryIndexes=[_index(index) for index in everywhere] or None,
        LocalSecondaryIndexes=[_index({"hashKey": hash_key, **index}) for index in beside] or None,
        **_settings(request, mode),
    )["TableDescription"]
    ttl, recovery = request.get("ttl", {}), request.get("pointInTimeRecovery", {})
    if ttl.get("enabled"):
        specification = {"Enabled": True, "AttributeName": ttl["attributeName"]}
        request.call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=specification)
    if recovery.get("enabled"):
        aws.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    stream = {
        "streamArn": table.get("LatestStreamArn", ""),
        "streamLabel": table.get("LatestStreamLabel", ""),
    }
    return Created(name, {"name": name, "arn": table["TableArn"], **stream})


def _settings(request: Request, mode: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if mode == "PROVISIONED":
        settings["ProvisionedThroughput"] = {
            "ReadCapacityUnits": request.require("readCapacity"),
            "WriteCapacityUnits": request.require("writeCapacity"),
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
    projection = {
        "projectionType": index["projectionType"],
        "nonKeyAttributes": index.get("nonKeyAttributes") or None,
    }
    return {"indexName": index["name"], "keySchema": keys, "projection": projection}


def _keys(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else keys


KINDS = {"aws:dynamodb/table:Table": Kind(_create_table, by_call("dynamodb", "delete_table", TableName="id"))}
