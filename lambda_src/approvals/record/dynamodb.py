"""What the store does with DynamoDB: queries page by page, and writes that are all or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from countersign_runtime.clients import code_of

from .attributes import to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import QueryOutputTypeDef

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB has it."""

IS_NEW: Final = "attribute_not_exists(pk)"
REFUSED: Final = "ConditionalCheckFailed"
CONFLICTS: Final = frozenset({REFUSED, "TransactionConflict"})
MOST_WRITES: Final = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""


@dataclass
class Table:
    """One table."""

    dynamodb: "DynamoDBClient"
    name: str

    def items(self, condition: str, values: Mapping[str, Any], index: str | None = None) -> Iterator[Item]:
        """What a query finds, as it is now; in an index, as it was a moment ago."""
        more: dict[str, Any] = {}
        while True:
            answer = self._query(condition, values, index, **more)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def first(
        self,
        condition: str,
        values: Mapping[str, Any],
        most: int,
        index: str | None = None,
        *,
        newest_first: bool = False,
    ) -> tuple[Sequence[Item], bool]:
        """The first of what a query finds, at most so many, in one read; and whether there may be more."""
        answer = self._query(condition, values, index, Limit=most, ScanIndexForward=not newest_first)
        return answer["Items"], bool(answer.get("LastEvaluatedKey"))

    def _query(
        self, condition: str, values: Mapping[str, Any], index: str | None, **more: Any
    ) -> "QueryOutputTypeDef":
        return self.dynamodb.query(
            TableName=self.name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=to_item(values),
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **more,
        )

    def put(
        self,
        key: Mapping[str, str],
        values: Mapping[str, Any],
        extra: Item | None = None,
        condition: str = "",
    ) -> dict[str, Any]:
        """The write of an item: `extra` are attributes as DynamoDB has them."""
        put: dict[str, Any] = {
            "TableName": self.name,
            "Item": {**(extra or {}), **to_item({**key, **values})},
        }
        return {"Put": put | ({"ConditionExpression": condition} if condition else {})}

    def next_version(
        self, key: Mapping[str, str], values: Mapping[str, Any], extra: Item, version: int | str
    ) -> dict[str, Any]:
        """The write of an item of which this version was read."""
        write = self.put(key, values, extra, "#version = :version")
        write["Put"]["ExpressionAttributeNames"] = {"#version": "version"}
        write["Put"]["ExpressionAttributeValues"] = to_item({":version": version})
        return write

    def update(self, key: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
        """The write of some attributes of an item, that leaves the others; None takes one out."""
        sets = ", ".join(f"#{name} = :{name}" for name, value in values.items() if value is not None)
        removes = ", ".join(f"#{name}" for name, value in values.items() if value is None)
        return {
            "Update": {
                "TableName": self.name,
                "Key": to_item(key),
                "UpdateExpression": f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
                "ExpressionAttributeNames": {f"#{name}": name for name in values},
                "ExpressionAttributeValues": to_item({f":{name}": each for name, each in values.items()}),
            }
        }

    def delete(self, key: Mapping[str, str]) -> dict[str, Any]:
        """The write that takes an item out."""
        return {"Delete": {"TableName": self.name, "Key": to_item(key)}}

    def write(self, writes: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        """Write all or nothing; what it was in conflict with, if it was. Raises what else was wrong."""
        try:
            if len(writes) == 1:
                self.dynamodb.put_item(**writes[0]["Put"])
            else:
                self.dynamodb.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except ClientError as problem:
            if conflicts := _reasons(problem) & CONFLICTS:
                return conflicts
            raise
        return frozenset()


def _reasons(problem: ClientError) -> frozenset[str]:
    """Why a write was refused, in the words of a cancelled transaction's reasons."""
    code = code_of(problem)
    if code == "TransactionCanceledException":
        reasons: list[dict[str, str]] = problem.response.get("CancellationReasons", [])  # type: ignore[assignment]
        return frozenset(reason.get("Code", "") for reason in reasons)
    names = {
        "ConditionalCheckFailedException": REFUSED,
        "TransactionConflictException": "TransactionConflict",
        "TransactionInProgressException": "TransactionConflict",
    }
    return frozenset({names.get(code, code)})
