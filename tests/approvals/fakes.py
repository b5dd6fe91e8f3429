"""Strict fakes of the services that approvals use, small enough to be read as a specification.

Each takes only the calls and the expressions that are used, and refuses everything else, so that nothing
passes here that the service would not take.
"""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from tests.support.step_functions import StepFunctions, client_error

NEW = "attribute_not_exists(pk)"
SAME_VERSION = "#version = :version"
PAGE = 2
PAGE_OF_INDEX = 100


class DynamoDB:
    """A table with keys pk and sk and the indexes `due` and `waiting`; each call is atomic. Items are written
    whole, and what is read is only read, so nothing is copied."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self._lock = RLock()
        self._indexed: dict[tuple[str, str], dict[str, Any]] | None = None

    def lag(self, behind: bool = True) -> None:
        """From now on the index shows what is in the table now; or what is in it at any time again."""
        self._indexed = dict(self.items) if behind else None

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        with self._lock:
            writes = [self._write_of(write) for write in TransactItems]
            keys = [key for key, _, _ in writes]
            assert 1 <= len(keys) <= 100
            assert len(set(keys)) == len(keys), "one transaction cannot write one item twice"
            held = [self._holds(key, write) for key, write, _ in writes]
            if not all(held):
                reasons: Any = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in held]
                problem = client_error("TransactWriteItems", "TransactionCanceledException")
                problem.response["CancellationReasons"] = reasons
                raise problem
            for key, _, item in writes:
                self._store(key, item)
        return {}

    def put_item(self, **put: Any) -> dict[str, Any]:
        with self._lock:
            key, _, item = self._write_of({"Put": put})
            if not self._holds(key, put):
                raise client_error("PutItem", "ConditionalCheckFailedException")
            self._store(key, item)
        return {}

    def query(self, **query: Any) -> dict[str, Any]:
        assert query.pop("TableName") == "requests"
        with self._lock:
            if "IndexName" in query:
                return self._index(query)
            found = self._partition(query)
        # Small pages: what is changed between them is read half old, half new, as in a real query.
        after = self._key(query.get("ExclusiveStartKey", {"pk": {"S": ""}, "sk": {"S": ""}}))
        found = [item for item in found if self._key(item) > after]
        if not query.get("ScanIndexForward", True):
            found.reverse()
        most = query.get("Limit", PAGE)
        page, rest = found[:most], found[most:]
        more = {"LastEvaluatedKey": {key: page[-1][key] for key in ("pk", "sk")}} if rest else {}
        return {"Items": page, **more}

    def of(self, request_id: str, sort: str = "") -> list[dict[str, Any]]:
        """Items of a request, for tests to look at."""
        keys = sorted(key for key in self.items if key[0] == f"R#{request_id}" and key[1].startswith(sort))
        return [self.items[key] for key in keys]

    def _partition(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        values = query["ExpressionAttributeValues"]
        assert query["ConsistentRead"]
        known = {"KeyConditionExpression", "ExpressionAttributeValues", "ConsistentRead", "ExclusiveStartKey"}
        assert set(query) <= known | {"Limit", "ScanIndexForward"}
        pk = values.get(":pk", values.get(":person"))["S"]
        sort: Callable[[str], bool] = {
            "pk = :pk": lambda _: True,
            "pk = :pk AND sk >= :sk": lambda sk: sk >= values[":sk"]["S"],
            "pk = :pk AND begins_with(sk, :sk)": lambda sk: sk.startswith(values[":sk"]["S"]),
            "pk = :person AND begins_with(sk, :decided)": lambda sk: sk.startswith(values[":decided"]["S"]),
        }[query["KeyConditionExpression"]]
        return [
            self.items[key] for key in sorted([key for key in self.items if key[0] == pk]) if sort(key[1])
        ]

    def _index(self, query: dict[str, Any]) -> dict[str, Any]:
        if query["IndexName"] == "waiting":
            return self._waiting(query)
        assert query["IndexName"] == "due"
        assert query["KeyConditionExpression"] == "due = :due AND due_at <= :now"
        assert set(query) <= {
            "IndexName",
            "KeyConditionExpression",
            "ExpressionAttributeValues",
            "ExclusiveStartKey",
        }
        values = query["ExpressionAttributeValues"]
        now = float(values[":now"]["N"])
        due = [
            item
            for item in (self.items if self._indexed is None else self._indexed).values()
            if item.get("due") == values[":due"] and "due_at" in item and float(item["due_at"]["N"]) <= now
        ]
        due.sort(key=lambda item: (float(item["due_at"]["N"]), self._key(item)))
        kept = ("pk", "sk", "due", "due_at", "why", "status", "deadline")
        items = [{key: item[key] for key in kept if key in item} for item in due]
        if "ExclusiveStartKey" in query:
            last = query["ExclusiveStartKey"]
            place = (float(last["due_at"]["N"]), self._key(last))
            items = [item for item in items if (float(item["due_at"]["N"]), self._key(item)) > place]
        page, rest = items[:PAGE_OF_INDEX], items[PAGE_OF_INDEX:]
        return {"Items": page, **({"LastEvaluatedKey": page[-1]} if rest else {})}

    def _waiting(self, query: dict[str, Any]) -> dict[str, Any]:
        values = query["ExpressionAttributeValues"]
        status, after = {
            "waiting = :status": lambda: (values[":status"], float("-inf")),
            "waiting = :person AND deadline > :now": lambda: (values[":person"], float(values[":now"]["N"])),
        }[query["KeyConditionExpression"]]()
        found = [
            item
            for item in (self.items if self._indexed is None else self._indexed).values()
            if item.get("waiting") == status and "deadline" in item and float(item["deadline"]["N"]) > after
        ]
        found.sort(key=lambda item: (float(item["deadline"]["N"]), self._key(item)))
        if "ExclusiveStartKey" in query:
            keys = [self._key(item) for item in found]
            found = found[keys.index(self._key(query["ExclusiveStartKey"])) + 1 :]
        most = query.get("Limit", PAGE)
        page, rest = found[:most], found[most:]
        more = {"LastEvaluatedKey": {key: page[-1][key] for key in ("pk", "sk")}} if rest else {}
        return {"Items": page, **more}

    def _holds(self, key: tuple[str, str], write: dict[str, Any]) -> bool:
        current = self.items.get(key)
        condition = write.get("ConditionExpression")
        if condition == NEW:
            return current is None
        if condition == SAME_VERSION:
            assert write["ExpressionAttributeNames"] == {"#version": "version"}
            version = write["ExpressionAttributeValues"][":version"]
            return current is not None and current.get("version") == version
        return True

    def _write_of(
        self, write: dict[str, Any]
    ) -> tuple[tuple[str, str], dict[str, Any], dict[str, Any] | None]:
        """The key of what is written, the write, and the item that is there afterwards."""
        ((kind, write),) = write.items()
        assert write["TableName"] == "requests"
        if kind == "Delete":
            assert set(write) == {"TableName", "Key"}
            return self._key(write["Key"]), write, None
        item = write["Item"] if kind == "Put" else self._updated(kind, write)
        assert write.get("ConditionExpression") in (None, NEW, SAME_VERSION)
        size = len(json.dumps(item, ensure_ascii=False, default=str).encode())
        assert size < 400_000, "an item has at most 400 KB"
        for attribute in item.values():
            ((type_, value),) = attribute.items()
            assert type_ in ("S", "N", "BOOL", "L", "M", "B", "SS"), type_
            if type_ == "N":
                assert isinstance(value, str)
                assert len(value) <= 38
                float(value)
        return self._key(item), write, item

    def _updated(self, kind: str, update: dict[str, Any]) -> dict[str, Any]:
        """`SET #a = :a, #b = :b REMOVE #c`."""
        assert kind == "Update"
        names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
        sets, _, removes = update["UpdateExpression"].removeprefix("SET ").partition(" REMOVE ")
        item = {**update["Key"], **self.items.get(self._key(update["Key"]), {})}
        used = set()
        for name, _, value in (each.partition(" = ") for each in sets.split(", ")):
            item[names[name]] = values[value]
            used |= {name, value}
        for name in filter(None, removes.split(", ")):
            item.pop(names[name], None)
            used.add(name)
        assert used == {*names, *values}, "DynamoDB refuses what is not used"
        assert not {"pk", "sk"} & set(names.values())
        return item

    def _store(self, key: tuple[str, str], item: dict[str, Any] | None) -> None:
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item

    def _key(self, item: dict[str, Any]) -> tuple[str, str]:
        return item["pk"]["S"], item["sk"]["S"]


class Kms:
    """An HMAC key."""

    def __init__(self, key: bytes = b"key of one instance", key_id: str = "link-key") -> None:
        self.key = key
        self.key_id = key_id
        self.calls = 0

    def generate_mac(self, *, KeyId: str, MacAlgorithm: str, Message: bytes) -> dict[str, Any]:  # noqa: N803
        assert MacAlgorithm == "HMAC_SHA_256"
        assert KeyId == self.key_id
        self.calls += 1
        return {"Mac": hmac.digest(self.key, Message, "sha256")}


class Sns:
    """A topic that keeps what was published, and checks what SNS checks."""

    def __init__(self) -> None:
        self.mails: list[dict[str, str]] = []
        self.refuses: set[str] = set()
        """Whose mails SNS does not take now."""
        self.subscriptions: list[tuple[str, str, str]] = []
        """Protocol, address, and ARN, `PendingConfirmation` or `Deleted`."""
        self.looks = 0

    def subscribe(self, *addresses: str, protocol: str = "email", arn: str = "") -> None:
        """Subscribe these; confirmed, unless it says otherwise."""
        for each in addresses:
            arn_of_it = arn or f"arn:aws-test:sns:eu-test-1:123456789012:mail-topic:{each}"
            self.subscriptions.append((protocol, each, arn_of_it))

    def unsubscribe(self, *addresses: str) -> None:
        self.subscriptions = [each for each in self.subscriptions if each[1] not in addresses]

    def list_subscriptions_by_topic(self, *, TopicArn: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        assert TopicArn == "mail-topic"
        self.looks += 1
        first = int(NextToken)
        page = [
            {"Protocol": protocol, "Endpoint": address, "SubscriptionArn": arn, "TopicArn": TopicArn}
            for protocol, address, arn in self.subscriptions[first : first + 100]
        ]
        more = {"NextToken": str(first + 100)} if first + 100 < len(self.subscriptions) else {}
        return {"Subscriptions": page, **more}

    def publish_batch(
        self,
        *,
        TopicArn: str,  # noqa: N803
        PublishBatchRequestEntries: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        assert TopicArn == "mail-topic"
        entries = PublishBatchRequestEntries
        refused: list[dict[str, Any]] = []
        assert 1 <= len(entries) <= 10
        assert len({entry["Id"] for entry in entries}) == len(entries)
        assert len(json.dumps(entries, ensure_ascii=False).encode()) <= 262_144
        for entry in entries:
            subject = entry["Subject"]
            assert 0 < len(subject.encode("utf-16-le")) // 2 < 100
            assert all(character.isprintable() or character == "\u200d" for character in subject), subject
            attribute = entry["MessageAttributes"]["to"]
            people = json.loads(attribute["StringValue"])
            assert attribute["DataType"] == "String.Array"
            assert len(set(people)) == len(people) > 0
            if self.refuses & set(people):
                refused.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                continue
            self.mails += [{"to": to, "subject": subject, "body": entry["Message"]} for to in people]
        return {"Successful": [], "Failed": refused}


class Events:
    """An event bus that keeps what was put."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert 1 <= len(Entries) <= 10
        for entry in Entries:
            assert entry["Source"] == "Countersign"
            self.events.append({"type": entry["DetailType"], "detail": json.loads(entry["Detail"])})
        return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}


class States(StepFunctions):
    """Step Functions with the histories of executions, which may lag behind."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, str] = {}
        """Execution of each token."""
        self.ended: dict[str, str] = {}
        self.past: dict[str, list[str]] = {}
        """Types of the events of an execution until it was redriven last."""
        self.lags = False

    def start(self, execution_arn: str, timeout_seconds: float) -> str:
        """A task of this execution that waits; its token."""
        token = self.issue(timeout_seconds, length=700)
        self.executions[token] = execution_arn
        return token

    def end(self, execution_arn: str, how: str = "ExecutionAborted") -> None:
        """The execution ends, and everything it waits for with it."""
        self.ended[execution_arn] = how
        for token, execution in self.executions.items():
            if execution == execution_arn and self.is_waiting(token):
                self.forget(token)

    def redrive(self, execution_arn: str) -> None:
        """An execution that ended goes on."""
        past = self.past.setdefault(execution_arn, [])
        past += [self.ended.pop(execution_arn), "ExecutionRedriven"]

    def get_execution_history(
        self,
        *,
        executionArn: str,  # noqa: N803
        reverseOrder: bool,  # noqa: N803
        maxResults: int,  # noqa: N803
        nextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        assert reverseOrder
        assert maxResults <= 1000
        past = self.past.get(executionArn, [])
        events: list[dict[str, Any]] = [{"type": each} for each in ("ExecutionStarted", *past)]
        for answer in self.accepted:
            if self.executions.get(answer.token) != executionArn or self.lags:
                continue
            if answer.operation == "SendTaskSuccess":
                text = json.dumps(answer.output)
                events.append({"type": "TaskSucceeded", "taskSucceededEventDetails": {"output": text}})
            else:
                details = {"error": answer.error, "cause": answer.cause}
                events.append({"type": "TaskFailed", "taskFailedEventDetails": details})
        if executionArn in self.ended and not self.lags:
            events.append({"type": self.ended[executionArn]})
        events.reverse()
        first = int(nextToken)
        page = [
            event | {"timestamp": datetime.fromtimestamp(self.now, UTC)}
            for event in events[first : first + 2]
        ]
        more = {"nextToken": str(first + 2)} if first + 2 < len(events) else {}
        return {"events": page, **more}
