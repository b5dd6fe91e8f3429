"""What the command sees of AWS, in front of the world of tests/approvals: strict, and only what is used."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from approvals.asking.operator import Call

from countersign_contract.approvals import table
from tests.approvals.world import MACHINE, OPERATOR, World

URL = "https://approvals.test"
OUTPUTS = {
    "workflows": {"release": {"stateMachineArn": MACHINE}},
    "approvals": {"approvals": {"url": URL, "tableName": "requests"}},
}


class Aws:
    """AWS, as one operator may use it."""

    def __init__(self, world: World, page: int = 3) -> None:
        self.world = world
        self.page = page
        self.queries = 0
        self.running: dict[str, float] = {}
        """Name → when it was started."""

    def client(self, service: str) -> "Aws":
        assert service in ("dynamodb", "stepfunctions")
        return self

    def operate(self, url: str, call: Mapping[str, str]) -> Mapping[str, Any]:
        assert url == URL
        context = {"authorizer": {"iam": {"userArn": OPERATOR}}}
        event = {"requestContext": context, "body": json.dumps(call)}
        return self.world.operator().answer(Call.read(event)).told()

    def list_executions(
        self,
        *,
        stateMachineArn: str,  # noqa: N803
        statusFilter: str,  # noqa: N803
        nextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        assert (stateMachineArn, statusFilter) == (MACHINE, "RUNNING")
        names, first = list(self.running), int(nextToken)
        found = [
            {
                "executionArn": self.world.execution_arn(name),
                "name": name,
                "startDate": datetime.fromtimestamp(self.running[name], UTC),
            }
            for name in names[first : first + self.page]
        ]
        more = {"nextToken": str(first + self.page)} if first + self.page < len(names) else {}
        return {"executions": found, **more}

    def query(self, **query: Any) -> dict[str, Any]:
        """Only what may be read, by a key or by the index, never all of it."""
        self.queries += 1
        assert query.pop("TableName") == "requests"
        names = query.pop("ExpressionAttributeNames")
        assert query.pop("ProjectionExpression").split(", ") == list(names)
        assert tuple(names.values()) == table.READABLE
        assert query.pop("Select") == "SPECIFIC_ATTRIBUTES"
        value, condition = (
            query.pop("ExpressionAttributeValues")[":key"]["S"],
            query.pop("KeyConditionExpression"),
        )
        start = query.pop("ExclusiveStartKey", {"place": 0})["place"]
        if condition == "waiting = :key":
            assert query == {"IndexName": "waiting", "Limit": 1000 if start else 50}
            found = self._waiting(value)
        else:
            assert query.pop("Limit", 1000) == 1000
            assert (condition, query) == ("pk = :key", {"ConsistentRead": True})
            found = [item for key, item in sorted(self.world.dynamodb.items.items()) if key[0] == value]
        items = [{name: item[name] for name in table.READABLE if name in item} for item in found]
        more = {"LastEvaluatedKey": {"place": start + self.page}} if start + self.page < len(items) else {}
        return {"Items": items[start : start + self.page], **more}

    def _waiting(self, status: str) -> list[dict[str, Any]]:
        listed = (each for each in self.world.dynamodb.items.values() if each.get("waiting") == {"S": status})
        return sorted(listed, key=lambda each: float(each["deadline"]["N"]))


class Many(Aws):
    """So many open requests as no table of a test holds: each page is made when it is read."""

    def __init__(self, world: World, requests: int) -> None:
        super().__init__(world)
        self.requests = requests

    def query(self, **query: Any) -> dict[str, Any]:
        self.queries += 1
        assert query["IndexName"] == "waiting"
        if query["ExpressionAttributeValues"] != {":key": {"S": "open"}}:
            return {"Items": []}
        first = query.get("ExclusiveStartKey", {"place": 0})["place"]
        last = min(first + query["Limit"], self.requests)
        more = {"LastEvaluatedKey": {"place": last}} if last < self.requests else {}
        return {"Items": list(self._items(first, last)), **more}

    def _items(self, first: int, last: int) -> Iterator[dict[str, Any]]:
        (like,) = self._waiting("open")
        for number in range(first, last):
            arn = self.world.execution_arn(f"run-{number}")
            yield {**like, "request_id": {"S": f"{number:032x}"}, "pk": {"S": f"E#{arn}"}}
