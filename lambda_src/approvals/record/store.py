"""Requests, decisions and audit in one DynamoDB table.

    pk               sk                   what
    R#<request>      ASK                  what was asked; never changed
    R#<request>      REQUEST              where it stands, and the token until it is closed
    R#<request>      D#<approver>         one decision; written once
    R#<request>      A#<version>          audit: one for every change that means something; written once
    E#<execution>    <digest>#<request>   which requests an execution made, and whether they are closed

REQUEST carries a version. Every change reads it, takes a step (life.py) and writes the outcome in one
transaction on condition that the version is still the same, with the decision and audit item that go with it,
and what closes a request marks it so among those of its execution.
The index `due` holds the requests somebody has to look at again, by time: some 5,000 in one read.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from countersign_runtime.clients import client

from approvals.request.life import Due, Step
from approvals.request.model import Change, Record, Request
from approvals.settings import text
from countersign_contract.approvals import table, variables

from . import rows
from .attributes import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    from countersign_contract.approvals.request import Ask

TRIES: Final = 30
_IS_NEW: Final = "attribute_not_exists(pk)"
_CONFLICTS: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Busy(Exception):
    """Too many changes of one request at the same time. Trying again later helps."""


@dataclass(frozen=True)
class Asked:
    """A request that is not closed, as its execution's list has it."""

    id: str
    retry_count: int
    deadline: float


class Store:
    """The table. `pause` waits between tries, `who` is put on record as what made a change, `clock` says what
    has expired."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table_name: str,
        *,
        who: str,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table_name
        self._who = who
        self._pause = pause
        self._clock = clock

    @classmethod
    def read(cls, environment: Mapping[str, str], who: str) -> "Store":
        """The store, as the component configures it."""
        return cls(client("dynamodb"), text(environment, variables.TABLE_NAME), who=who)

    def create(self, request: Request, ask: "Ask") -> bool:
        """Put a new request on record, all of it or nothing. False when it is there already."""
        asked = {
            "subject": ask.subject,
            "details": _json(ask.details),
            "fields": _json(ask.specification),
        }
        audit = self._audit(Change(request, "requested"), request.asked_at)
        writes = [
            self._put(rows.key(request.id, "ASK"), asked, request, _IS_NEW),
            self._put(rows.key(request.id, "REQUEST"), rows.state(request), request, _IS_NEW),
            self._put(rows.key(request.id, f"A#{1:09}"), audit, request, _IS_NEW),
            self._put(rows.execution_key(request), rows.asked(request), request),
        ]
        for attempt in range(TRIES):
            conflicts = self._transact(writes)
            if not conflicts or "ConditionalCheckFailed" in conflicts:
                return not conflicts
            # Two deliveries of one message at once. By now one of them is there.
            self._pause(_backoff(attempt))
        raise Busy("a request is made too often at once")

    def load(self, request_id: str) -> Record | None:
        """A request with what was asked and decided; None if there is none, or its time is over.

        Reads the same whether there is one or not.
        """
        for attempt in range(TRIES):
            items = {item["sk"]: item for item in self._read(request_id)}
            if "REQUEST" not in items:
                return None
            request = rows.request_of(items["REQUEST"])
            if request.expires_at <= self._clock():
                # Items expire one by one: what is left of a request is none.
                return None
            made = [rows.decision_of(item) for key, item in items.items() if key.startswith("D#")]
            decisions = {decision.approver: decision for decision in made}
            # A query is no snapshot: it can see one half of a transaction. Then it is read again.
            if set(decisions) == set(request.votes) and "ASK" in items:
                asked = items["ASK"]
                return Record(
                    request=request,
                    subject=asked["subject"],
                    details=json.loads(asked["details"]),
                    fields=tuple(json.loads(asked["fields"])),
                    decisions=decisions,
                )
            self._pause(_backoff(attempt))
        raise Busy("a request changes faster than it can be read")

    def change(
        self, request_id: str, step: Step, now: float, known: Request | None = None
    ) -> tuple[Request | None, bool]:
        """Take a step from the newest version; the request as it is then, and whether this changed it.

        `known` is a version read before, to save a read. What the step raises comes through.
        """
        for attempt in range(TRIES):
            request = known or self._get(request_id)
            known = None
            if request is None:
                return None, False
            change = step(request)
            if change is None:
                return request, False
            after = replace(change.request, version=request.version + 1)
            if self._write(replace(change, request=after), request.version, now):
                return after, True
            self._pause(_backoff(attempt))
        raise Busy("a request changes faster than it can be written")

    def due(self, now: float) -> dict[Due, list[str]]:
        """The requests that are due, by why, the longest overdue first."""
        found: dict[Due, list[str]] = {why: [] for why in Due}
        condition = f"{table.DUE} = :due AND {table.DUE_AT} <= :now"
        values = {":due": {"S": table.DUE}, ":now": {"N": repr(now)}}
        for item in self._pages(condition, values, IndexName=table.DUE):
            found[rows.why_due(item, now)].append(item["pk"].removeprefix("R#"))
        return found

    def of_execution(self, execution_arn: str, digest: str = "") -> list[Asked]:
        """Requests of an execution that are not closed; with `digest`, those that ask the same in the same
        state."""
        condition, values = "pk = :pk", {":pk": {"S": f"E#{execution_arn}"}}
        if digest:
            condition, values = f"{condition} AND begins_with(sk, :sk)", values | {":sk": {"S": digest}}
        return [
            Asked(item["sk"].rpartition("#")[2], item["retry_count"], item["deadline"])
            for item in self._pages(condition, values)
            if not item["closed"]
        ]

    def _get(self, request_id: str) -> Request | None:
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=to_item(rows.key(request_id, "REQUEST")), ConsistentRead=True
        )
        return rows.request_of(from_item(answer["Item"])) if "Item" in answer else None

    def _read(self, request_id: str) -> Iterator[dict[str, Any]]:
        # The audit sorts before ASK, and is not needed here.
        return self._pages("pk = :pk AND sk >= :sk", {":pk": {"S": f"R#{request_id}"}, ":sk": {"S": "ASK"}})

    def _pages(self, condition: str, values: Mapping[str, Any], **more: Any) -> Iterator[dict[str, Any]]:
        # An index has no consistent reads.
        more = more or {"ConsistentRead": True}
        while True:
            answer = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                **more,
            )
            yield from (from_item(item) for item in answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return
            more = {**more, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _write(self, change: Change, version: int, now: float) -> bool:
        """Write a change onto the version it was made from; False if that is no longer the newest."""
        request = change.request
        newest, values = "#version = :version", {":version": version}
        writes = [self._put(rows.key(request.id, "REQUEST"), rows.state(request), request, newest, values)]
        if change.decision is not None:
            decision = change.decision
            key = rows.key(request.id, f"D#{decision.approver:03}")
            writes.append(self._put(key, rows.decision_row(decision), request, _IS_NEW))
        if change.what:
            key = rows.key(request.id, f"A#{request.version:09}")
            writes.append(self._put(key, self._audit(change, now), request, _IS_NEW))
            if request.is_closed:
                writes.append(self._put(rows.execution_key(request), rows.asked(request), request))
        return not self._transact(writes)

    def _transact(self, writes: list[dict[str, Any]]) -> frozenset[str]:
        """Write all or nothing; what it was in conflict with, if it was."""
        try:
            if len(writes) == 1:
                self._dynamodb.put_item(**writes[0]["Put"])
            else:
                self._dynamodb.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
        except ClientError as problem:
            if conflicts := _reasons(problem) & _CONFLICTS:
                return conflicts
            raise
        return frozenset()

    def _put(
        self,
        key: Mapping[str, str],
        values: Mapping[str, Any],
        request: Request,
        condition: str = "",
        condition_values: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": to_item({**key, **values, table.EXPIRES_AT: request.expires_at}),
        }
        if condition:
            put["ConditionExpression"] = condition
        if condition_values:
            put["ExpressionAttributeNames"] = {"#version": "version"}
            put["ExpressionAttributeValues"] = to_item(condition_values)
        return {"Put": put}

    def _audit(self, change: Change, now: float) -> dict[str, Any]:
        request, decision = change.request, change.decision
        entry: dict[str, Any] = {
            "what": change.what,
            "at": rows.precise_time(now),
            "by": self._who,
            "status": request.status.value,
            "outcome": request.outcome.value if request.outcome else None,
        }
        if decision is not None:
            entry |= {
                "approver": request.people[decision.approver],
                "decision": decision.outcome.value,
                "source_address": decision.source_address,
                "user_agent": decision.user_agent,
            }
        return entry


def _json(value: Any) -> str:
    """JSON in as few bytes as it can have, because an item has at most 400 KB. Escaped, Korean would have
    twice as many; only halves of characters are, which UTF-8 does not have."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode()


def _reasons(problem: ClientError) -> frozenset[str]:
    """Why a write was refused, in the words of a cancelled transaction's reasons."""
    code = problem.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons: list[dict[str, str]] = problem.response.get("CancellationReasons", [])  # type: ignore[assignment]
        return frozenset(reason.get("Code", "") for reason in reasons)
    names = {
        "ConditionalCheckFailedException": "ConditionalCheckFailed",
        "TransactionConflictException": "TransactionConflict",
        "TransactionInProgressException": "TransactionConflict",
    }
    return frozenset({names.get(code, code)})


def _backoff(attempt: int) -> float:
    return random.uniform(0.2, 1) * min(0.4, 0.005 * 2.0**attempt)  # noqa: S311 (spreads tries, decides nothing)
