"""DynamoDB."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs
from local.aws.resources.kinds import Kind, Request
from local.model import Created


def _create_table(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    name = physical_name(request.name, inputs, longest=255, prefix_key=None, pattern=r"[A-Za-z0-9_.-]{3,}")
    mode = inputs.get("billingMode", "PROVISIONED")
    settings: dict[str, Any] = {}
    if mode == "PROVISIONED":
        settings["ProvisionedThroughput"] = {
            "ReadCapacityUnits": inputs.require("readCapacity"),
            "WriteCapacityUnits": inputs.require("writeCapacity"),
        }
    if indexes := inputs.get("globalSecondaryIndexes"):
        settings["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if indexes := inputs.get("localSecondaryIndexes"):
        hash_key = inputs.require("hashKey")
        settings["LocalSecondaryIndexes"] = [_index({"hashKey": hash_key, **index}) for index in indexes]
    if inputs.get("streamEnabled"):
        view = inputs.require("streamViewType")
        settings["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    encryption = inputs.get("serverSideEncryption", {})
    if encryption.get("enabled"):
        key = encryption.get("kmsKeyArn")
        settings["SSESpecification"] = {
            "Enabled": True,
            "SSEType": "KMS",
            **({"KMSMasterKeyId": key} if key else {}),
        }
    table = aws.dynamodb.create_table(
        TableName=name,
        BillingMode=mode,
        KeySchema=_keys(inputs.require("hashKey"), inputs.get("rangeKey")),
        AttributeDefinitions=[
            {"AttributeName": item["name"], "AttributeType": item["type"]}
            for item in inputs.require("attributes")
        ],
        Tags=pairs(inputs.get("tags")),
        **inputs.pascal("tableClass", "deletionProtectionEnabled"),
        **settings,
    )["TableDescription"]
    _configure(aws, name, inputs.get("ttl", {}), inputs.get("pointInTimeRecovery", {}))
    return Created(
        name,
        {
            "name": name,
            "arn": table["TableArn"],
            "streamArn": table.get("LatestStreamArn", ""),
            "streamLabel": table.get("LatestStreamLabel", ""),
        },
    )


def _configure(aws: Aws, name: str, ttl: Mapping[str, Any], recovery: Mapping[str, Any]) -> None:
    if ttl.get("enabled"):
        aws.dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl["attributeName"]},
        )
    if recovery.get("enabled"):
        aws.dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    keys = _keys(index["hashKey"], index.get("rangeKey")) if "hashKey" in index else _index_keys(index)
    return {"IndexName": index["name"], "KeySchema": keys, "Projection": projection}


def _index_keys(index: Mapping[str, Any]) -> list[Any]:
    """The newer spelling of an index: a list of key schemas."""
    return [
        {"AttributeName": key["attributeName"], "KeyType": key["keyType"]}
        for key in index.get("keySchemas", [])
    ]


def _keys(hash_key: str, range_key: str | None) -> list[Any]:
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key:
        keys.append({"AttributeName": range_key, "KeyType": "RANGE"})
    return keys


def _delete_table(aws: Aws, name: str, _properties: Mapping[str, Any]) -> None:
    aws.dynamodb.delete_table(TableName=name)


KINDS = {"aws:dynamodb/table:Table": Kind(_create_table, _delete_table)}
