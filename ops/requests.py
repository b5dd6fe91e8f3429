"""Requests for approval, as the table has them. Only what operators may read is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from countersign_contract.approvals import table

from . import items
from .aws import Aws
from .items import Row
from .stack import Approvals

OPEN: Final = "open"
DECIDED: Final = "decided"
"""And not delivered yet: the answer is on its way."""


@dataclass
class Told:
    """Everything that is told of one request."""

    approvals: Approvals
    request: Row = field(default_factory=dict)
    asked: Row = field(default_factory=dict)
    decisions: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """One item more."""
        kind = row[table.SORT_KEY]
        if kind.startswith("A#"):
            self.audit.append(row)
        elif kind.startswith("D#"):
            self.decisions.append(row)
            self.decisions.sort(key=lambda each: each.get("at", 0))
        elif kind == "ASK":
            self.asked = row
        elif kind == "REQUEST":
            self.request = row


class Requests:
    """The requests of one ApprovalApi."""

    def __init__(self, aws: Aws, approvals: Approvals) -> None:
        self._aws = aws
        self.approvals = approvals

    def waiting(self) -> Iterator[list[Row]]:
        """What is open, the nearest deadline first, then what is decided and not delivered, page by page."""
        for status in (OPEN, DECIDED):
            for page in self._queried(f"{table.WAITING} = :key", status, IndexName=table.WAITING):
                yield [*items.listed(page)]

    def one(self, request_id: str) -> Told | None:
        """One request; None if this ApprovalApi has none with this id."""
        told = Told(self.approvals)
        for page in self._queried(f"{table.PARTITION_KEY} = :key", f"R#{request_id}", ConsistentRead=True):
            for row in page:
                told.take(row)
        return told if told.request else None

    def everything(self) -> Iterator[Told]:
        """All requests with all that is on record of them, one by one, in no order.

        Reads the whole table: no index has what is closed.
        """
        told, of = Told(self.approvals), ""
        for page in self._scanned("begins_with(#{pk}, :of)", "R#"):
            for row in page:
                # The items of a request come one after the other.
                if row[table.PARTITION_KEY] != of:
                    if told.request:
                        yield told
                    told, of = Told(self.approvals), row[table.PARTITION_KEY]
                told.take(row)
        if told.request:
            yield told

    def audit(self) -> Iterator[list[Row]]:
        """What happened to all requests, page by page, in no order. Reads the whole table."""
        return self._scanned("begins_with(#{sk}, :of)", "A#")

    def _scanned(self, condition: str, of: str) -> Iterator[list[Row]]:
        places = {name: number for number, name in enumerate(table.READABLE)}
        return self._read("scan", {":of": of}, FilterExpression=condition.format(**places))

    def _queried(self, condition: str, key: str, **more: Any) -> Iterator[list[Row]]:
        return self._read("query", {":key": key}, KeyConditionExpression=condition, **more)

    def _read(self, operation: str, values: Mapping[str, str], **more: Any) -> Iterator[list[Row]]:
        """Pages of a megabyte, as AWS makes them."""
        names = {f"#{number}": name for number, name in enumerate(table.READABLE)}
        pages = self._aws.pages(
            "dynamodb",
            operation,
            f"the table {self.approvals.table_name}",
            TableName=self.approvals.table_name,
            ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
            ExpressionAttributeNames=names,
            ProjectionExpression=", ".join(names),
            Select="SPECIFIC_ATTRIBUTES",  # in words, as an operator's policy may ask for them
            **more,
        )
        for page in pages:
            yield [*map(items.row, page["Items"])]
