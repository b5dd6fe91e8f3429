"""Wait messages that are stored: as an item of a table or an object of a bucket, until they are answered.

The event only says where a message is. So the token is nowhere but there, and once it is deleted it is gone:
not even the table's stream has it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from logging import WARNING
from time import time
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from countersign_contract import wait_message
from countersign_runtime import clients
from countersign_runtime.answers import Undelivered
from countersign_runtime.message import UnusableMessage

from .events import Item

T = TypeVar("T")

YEAR_SECONDS: Final = 31_536_000
"""How long a task can wait at most:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

MAX_OBJECT_BYTES: Final = 1_048_576
"""More than any message has: its request is at most what a state's input can be, 256 KiB."""


def take(item: Item) -> Item | None:
    """The item with the message that is stored there; None if it was deleted, as it is once it was answered.
    It counts as delivered twice if an earlier run had begun with it: a table can tell, a bucket cannot.

    An item of a table gets the time at which it may go: when its task has timed out, counted from now. So
    what nobody comes back to does not stay.

    Raises `Undelivered` if the store cannot be reached, and `UnusableMessage` for what is no wait message.
    """
    if isinstance(item.key, str):
        stored = _object(item.store, item.key)
        return None if stored is None else replace(item, body=stored)
    if (attributes := _attributes(item.store, item.key)) is None:
        return None
    return replace(item, body=_message(attributes), deliveries=1 + (wait_message.EXPIRES_AT in attributes))


def delete(item: Item) -> None:
    """Delete the message. Best effort: its token is used up, and the rest goes with its time."""
    try:
        if isinstance(item.key, str):
            clients.s3().delete_object(Bucket=item.store, Key=item.key)
        else:
            clients.dynamodb().delete_item(TableName=item.store, Key=item.key)
    except (ClientError, BotoCoreError) as problem:
        item.log(WARNING, "stored message %s stays until it expires: %s", clients.code_of(problem))


def _attributes(table: str, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the item of a table was until it was taken now."""
    try:
        answer = _call(
            "UpdateItem",
            lambda: clients.dynamodb().update_item(
                TableName=table,
                Key=key,
                ConditionExpression="attribute_exists(#key)",
                UpdateExpression="SET #expires = if_not_exists(#timeout, :year) + :now",
                ExpressionAttributeNames={
                    "#key": next(iter(key)),
                    "#expires": wait_message.EXPIRES_AT,
                    "#timeout": wait_message.TIMEOUT_SECONDS,
                },
                ExpressionAttributeValues={
                    ":year": {"N": str(YEAR_SECONDS)},
                    ":now": {"N": str(int(time()))},
                },
                ReturnValues="ALL_OLD",
            ),
        )
    except Undelivered as problem:
        if problem.code == "ConditionalCheckFailedException":
            return None
        if problem.code == "ValidationException":
            # Its text can quote what it read.
            raise UnusableMessage("the item is no wait message: TimeoutSeconds is no number") from None
        raise
    return answer["Attributes"]


def _object(bucket: str, key: str) -> bytes | None:
    def get() -> bytes:
        found = clients.s3().get_object(Bucket=bucket, Key=key)
        size = found["ContentLength"]
        if size > MAX_OBJECT_BYTES:
            raise UnusableMessage(f"the object must have at most {MAX_OBJECT_BYTES} bytes, got {size}")
        return found["Body"].read()

    try:
        return _call("GetObject", get)
    except Undelivered as problem:
        if problem.code == "NoSuchKey":
            return None
        raise


def _message(item: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    """A wait message from the attributes of its item. Request is JSON text there."""
    message = {name: _value(value) for name, value in item.items()}
    if isinstance(request := message.get(wait_message.REQUEST), str):
        message[wait_message.REQUEST] = _json(request)
    return message


def _value(attribute: Mapping[str, Any]) -> object:
    return _json(attribute["N"]) if "N" in attribute else attribute.get("S")


def _json(text: str) -> object:
    """The text's value; the text itself if it is no JSON, for `handle` to look at."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _call(operation: str, call: Callable[[], T]) -> T:
    try:
        return call()
    except (ClientError, BotoCoreError) as problem:
        raise Undelivered(operation, clients.code_of(problem), "the stored message") from None
