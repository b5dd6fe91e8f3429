"""Tables and buckets that hold wait messages, in moto, and the events that tell of them."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import boto3


class Clients:
    """The clients of a session that the stores need."""

    def __init__(self, session: boto3.Session) -> None:
        self.region = session.region_name
        self.dynamodb = session.client("dynamodb")
        self.streams = session.client("dynamodbstreams")
        self.s3 = session.client("s3")


class Store(ABC):
    """Where messages are, as a function meets it."""

    service: str
    take: str
    """The client's method with which a function takes a message."""
    delete: str

    @abstractmethod
    def put(self, message: dict[str, Any], key: str = "first") -> dict[str, Any]:
        """Store a wait message; the record that tells of it."""

    @abstractmethod
    def keys(self) -> list[str]:
        """What it holds."""

    @abstractmethod
    def id_of(self, record: dict[str, Any]) -> str:
        """How logs and partial batch responses name a record's message."""


def stored_item(message: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A wait message as an item of a table."""
    item: dict[str, Any] = {"id": {"S": key}}
    for name, value in message.items():
        if name == "Request":
            item[name] = {"S": json.dumps(value)}
        else:
            item[name] = {"S": value} if isinstance(value, str) else {"N": str(value)}
    return item


class Table(Store):
    """A table with the key schema and the stream of a CallbackTable."""

    service, take, delete = "dynamodb", "update_item", "delete_item"

    def __init__(self, clients: Clients, name: str) -> None:
        self.name = name
        self.client = clients.dynamodb
        self._streams = clients.streams
        made = self.client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
        self._stream_arn = made["TableDescription"]["LatestStreamArn"]

    def put(self, message: dict[str, Any], key: str = "first") -> dict[str, Any]:
        self.client.put_item(TableName=self.name, Item=stored_item(message, key))
        (record,) = [r for r in self.records() if r["dynamodb"]["Keys"]["id"]["S"] == key]
        return record

    def records(self, kind: str = "INSERT") -> list[dict[str, Any]]:
        """All records of one kind that its stream has, as Lambda hands them over."""
        shard = self._streams.describe_stream(StreamArn=self._stream_arn)["StreamDescription"]["Shards"][0]
        iterator = self._streams.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found = self._streams.get_records(ShardIterator=iterator)["Records"]
        return [{**r, "eventSourceARN": self._stream_arn} for r in found if r["eventName"] == kind]

    def keys(self) -> list[str]:
        return sorted(item["id"]["S"] for item in self.items())

    def items(self) -> list[dict[str, Any]]:
        """What it holds, whole."""
        return self.client.scan(TableName=self.name)["Items"]

    def id_of(self, record: dict[str, Any]) -> str:
        number: str = record["dynamodb"]["SequenceNumber"]
        return number


class Bucket(Store):
    """A bucket, and the notifications it sends."""

    service, take, delete = "s3", "get_object", "delete_object"

    def __init__(self, clients: Clients, name: str) -> None:
        self.name = name
        self.client = clients.s3
        place: Any = {"LocationConstraint": clients.region}
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration=place)

    def put(self, message: dict[str, Any], key: str = "first") -> dict[str, Any]:
        return self.write(json.dumps(message).encode(), key)

    def write(self, content: bytes, key: str = "first") -> dict[str, Any]:
        """Store any object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content)
        return self.record(key)

    def record(self, key: str, event: str = "ObjectCreated:Put") -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
        thing = {"key": quote_plus(key, safe="/"), "size": 1, "eTag": "e", "sequencer": "0A"}
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": event,
            "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": self.name}, "object": thing},
        }

    def keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return sorted(each["Key"] for each in found)

    def id_of(self, record: dict[str, Any]) -> str:
        key: str = record["s3"]["object"]["key"]
        return key
