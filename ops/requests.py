"""Requests for approval, as the table has them. Only what operators may read is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer

from countersign_contract.approvals import table

from .aws import Aws, explained
from .stack import Approvals

OPEN: Final = "open"
DECIDED: Final = "decided"
"""And not delivered yet: the answer is on its way."""

FIRST_PAGE: Final = 50
PAGE: Final = 1000
"""So many are read at once: the first rows are there soon, and the rest in few calls."""

Row = Mapping[str, Any]
"""Attributes of an item, as plain values."""

_read = TypeDeserializer()


@dataclass
class Told:
    """Everything that is told of one request."""

    approvals: Approvals
    request: Row = field(default_factory=dict)
    asked: Row = field(default_factory=dict)
    decisions: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)


class Requests:
    """The requests of one ApprovalApi."""

    def __init__(self, aws: Aws, approvals: Approvals) -> None:
        self._aws = aws
        self._approvals = approvals

    def waiting(self) -> Iterator[list[Row]]:
        """What is open, the nearest deadline first, then what is decided and not delivered, page by page."""
        for status in (OPEN, DECIDED):
            yield from self._pages(
                f"{table.WAITING} = :key", status, IndexName=table.WAITING, Limit=FIRST_PAGE
            )

    def one(self, request_id: str) -> Told | None:
        """One request; None if this ApprovalApi has none with this id."""
        told = Told(self._approvals)
        for page in self._pages(f"{table.PARTITION_KEY} = :key", f"R#{request_id}", ConsistentRead=True):
            for row in page:
                kind = row[table.SORT_KEY][:2]
                if kind == "A#":
                    told.audit.append(row)
                elif kind == "D#":
                    told.decisions.append(row)
                elif row[table.SORT_KEY] == "ASK":
                    told.asked = row
                elif row[table.SORT_KEY] == "REQUEST":
                    told.request = row
        told.decisions.sort(key=lambda row: row.get("at", 0))
        return told if told.request else None

    def _pages(self, condition: str, key: str, **more: Any) -> Iterator[list[Row]]:
        names = {f"#{number}": name for number, name in enumerate(table.READABLE)}
        while True:
            with explained(f"the table {self._approvals.table_name}"):
                answer = self._aws.client("dynamodb").query(
                    TableName=self._approvals.table_name,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues={":key": {"S": key}},
                    ExpressionAttributeNames=names,
                    ProjectionExpression=", ".join(names),
                    Select="SPECIFIC_ATTRIBUTES",  # in words, as an operator's policy may ask for them
                    **more,
                )
            yield [
                {name: _plain(_read.deserialize(value)) for name, value in item.items()}
                for item in answer["Items"]
            ]
            if not answer.get("LastEvaluatedKey"):
                return
            more["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            more["Limit"] = PAGE


def find(requests: Sequence[Requests], request_id: str) -> Told | None:
    """One request of whichever ApprovalApi has it."""
    return next((told for each in requests if (told := each.one(request_id))), None)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
