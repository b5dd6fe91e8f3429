"""Rows of the permission table for `aws-sdk:dynamodb:*` operations on several items, of several tables."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .grants import Call, Grant, Resources, Unknown, escape, grant, one

_REFERENCE: Final = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html"
)
_TRANSACTIONS: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"
)


def _table(call: Call, name: str) -> str:
    return one(name) if name.startswith("arn:") else call.arn("dynamodb", f"table/{escape(name)}")


def _of_batch(call: Call) -> list[str]:
    """The tables that a batch is about: the keys of `RequestItems`."""
    requests = call.get("RequestItems")
    if not isinstance(requests, Mapping) or not requests:
        raise Unknown("RequestItems does not name the tables")
    return [_table(call, str(name).removesuffix(".$")) for name in requests]


def _items(call: Call) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The items of a transaction, each with its place."""
    items = call.get("TransactItems")
    if not isinstance(items, (list, tuple)) or not items:
        raise Unknown("TransactItems does not name the tables")
    for index in range(len(items)):
        item = call.get("TransactItems", index)
        if not isinstance(item, Mapping):
            raise Unknown(f"TransactItems.{index} is not an object")
        yield index, item


def _of_transaction(operation: str) -> Resources:
    """The tables on which a transaction does something: `Put`, `Get`."""

    def tables(call: Call) -> list[str]:
        return [
            _table(call, call.text("TransactItems", index, operation, "TableName"))
            for index, item in _items(call)
            if any(str(key).removesuffix(".$") == operation for key in item)
        ]

    return tables


ITEMS_TABLE: Final[Mapping[str, tuple[Grant, ...]]] = {
    "dynamodb:batchGetItem": (grant("ReadItems", "dynamodb:BatchGetItem", _of_batch, _REFERENCE),),
    "dynamodb:batchWriteItem": (grant("WriteItems", "dynamodb:BatchWriteItem", _of_batch, _REFERENCE),),
    "dynamodb:transactGetItems": (
        grant("ReadItems", "dynamodb:GetItem", _of_transaction("Get"), _TRANSACTIONS),
    ),
    "dynamodb:transactWriteItems": (
        grant("CheckItems", "dynamodb:ConditionCheckItem", _of_transaction("ConditionCheck"), _TRANSACTIONS),
        grant("DeleteItems", "dynamodb:DeleteItem", _of_transaction("Delete"), _TRANSACTIONS),
        grant("PutItems", "dynamodb:PutItem", _of_transaction("Put"), _TRANSACTIONS),
        grant("UpdateItems", "dynamodb:UpdateItem", _of_transaction("Update"), _TRANSACTIONS),
    ),
}
"""DynamoDB operation → what it needs."""
