"""What the command sees of AWS, in front of the world of tests/approvals: strict, and only what is used.

Each call is checked against AWS's own model of it, can be made to fail before or after it is done, and is
counted by the name of its permission.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from approvals.asking.operator import read
from botocore import xform_name
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.paginate import Paginator
from botocore.validate import ParamValidator

from countersign_contract.approvals import table
from ops import aws as real
from tests.approvals.world import MACHINE, OPERATOR, World
from tests.support.step_functions import client_error

URL = "https://approvals.test"
QUEUES = "https://sqs.test/123456789012"
OUTPUTS = {
    "workflows": {
        "release": {"stateMachineArn": MACHINE, "deadLetterQueueUrl": f"{QUEUES}/release-dead"},
        "orders": {"deadLetterQueueUrl": f"{QUEUES}/orders-dead.fifo"},
    },
    "approvals": {"approvals": {"url": URL, "tableName": "requests"}},
}
LOG = "arn:aws-test:logs:eu-test-1:123456789012:log-group:/aws/vendedlogs/states/release"
SECRET = "what only the workflow may know"

SESSION = botocore.session.get_session()
MODELS = cache(SESSION.get_service_model)
Fault = Callable[[Callable[[], Any]], Any]
"""What happens instead of a call; it may make it."""


def refusal(code: str, message: str = "no", status: int = 400) -> Fault:
    """AWS refuses the call."""

    def fault(_: Callable[[], Any]) -> Any:
        raise client_error("Operation", code, message, status=status)

    return fault


def answer(status: int, **said: str) -> Fault:
    """API Gateway or the function answers this instead."""
    return lambda _: (status, json.dumps(said).encode())


def hangs(_: Callable[[], Any]) -> Any:
    """AWS does not answer, and has done nothing."""
    raise ReadTimeoutError(endpoint_url="https://aws.test")


def lost(call: Callable[[], Any]) -> Any:
    """AWS does it, and its reply is lost."""
    call()
    raise ReadTimeoutError(endpoint_url="https://aws.test")


@dataclass
class Execution:
    """An execution of MACHINE, as Step Functions has it."""

    name: str
    started: float
    status: str = "RUNNING"
    stopped: float | None = None
    error: str = ""
    text: str = json.dumps({"secret": SECRET})
    state: str = "Wait"

    def told(self, arn: str) -> dict[str, Any]:
        stopped = {} if self.stopped is None else {"stopDate": datetime.fromtimestamp(self.stopped, UTC)}
        return {
            "executionArn": arn,
            "stateMachineArn": MACHINE,
            "name": self.name,
            "status": self.status,
            "startDate": datetime.fromtimestamp(self.started, UTC),
            **stopped,
        }


@dataclass
class DeadLetters:
    """A dead-letter queue, and the moves of its messages."""

    messages: int = 0
    hidden: int = 0
    age: int | None = None
    moves: list[dict[str, Any]] = field(default_factory=list)
    """The newest first."""
    ends: str = "COMPLETED"
    """With which status a move ends, of which each look finds one message more moved."""


class Aws(real.Aws):
    """AWS, as one operator may use it."""

    def __init__(self, world: World, page: int = 3) -> None:
        self.world = world
        self.page = page
        self.calls: Counter[str] = Counter()
        """Permission → how often it was used."""
        self.faults: dict[str, list[Fault]] = {}
        """Permission → what happens to its next calls."""
        self.runs: dict[str, Execution] = {}
        self.queues = {"release-dead": DeadLetters(), "orders-dead.fifo": DeadLetters()}
        self.log_level, self.log_data = "ALL", False

    @property
    def queries(self) -> int:
        return self.calls["dynamodb:Query"]

    def runs_since(self, **ages: float) -> None:
        """These run; name → for how many seconds."""
        for name, age in ages.items():
            self.runs[name] = Execution(name, self.world.now() - age)

    def failed(self, name: str, ago: float = 60, status: str = "FAILED", error: str = "Fault") -> None:
        now = self.world.now()
        self.runs[name] = Execution(name, now - ago - 60, status, now - ago, error)

    def client(self, service: Any) -> "Client":
        return Client(self, service)

    def _sent(self, address: str, body: bytes) -> tuple[int, bytes]:
        assert address == f"{URL}/operator"
        return self.done("execute-api:Invoke", lambda: self._operated(body))  # type: ignore[no-any-return]

    def done(self, permission: str, call: Callable[[], Any]) -> Any:
        """A call, unless something happens to it."""
        self.calls[permission] += 1
        faults = self.faults.get(permission)
        try:
            return faults.pop(0)(call) if faults else call()
        except ClientError as problem:
            problem.operation_name = permission.partition(":")[2]
            raise

    def _operated(self, body: bytes) -> tuple[int, bytes]:
        context = {"authorizer": {"iam": {"userArn": OPERATOR}}}
        _, asked = read({"requestContext": context, "body": body.decode()})
        return 200, json.dumps(vars(self.world.operator().answer(asked))).encode()

    # Step Functions. An execution whose task was failed ends.

    def list_executions(self, *, statusFilter: str, nextToken: str = "0", **_: Any) -> Any:  # noqa: N803
        self._settle()
        found = [each for each in self.runs.values() if each.status == statusFilter]
        found.sort(key=lambda each: each.stopped or each.started, reverse=True)
        first = int(nextToken)
        page = [each.told(self.world.execution_arn(each.name)) for each in found[first : first + self.page]]
        more = {"nextToken": str(first + self.page)} if first + self.page < len(found) else {}
        return {"executions": page, **more}

    def describe_execution(self, *, executionArn: str) -> Any:  # noqa: N803
        self._settle()
        execution = self._execution(executionArn)
        ended = {"error": execution.error, "cause": SECRET} if execution.error else {}
        told = execution.told(executionArn)
        return {**told, "input": execution.text, "inputDetails": {"included": True}, **ended}

    def stop_execution(self, *, executionArn: str, error: str, cause: str) -> Any:  # noqa: N803
        execution = self._execution(executionArn)
        if execution.status == "RUNNING":
            execution.status, execution.stopped = "ABORTED", self.world.now()
            execution.error = f"{error}: {cause}"
        return {"stopDate": datetime.fromtimestamp(self.world.now(), UTC)}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Any:  # noqa: A002, N803
        assert stateMachineArn == MACHINE
        there = self.runs.get(name)
        if there and (there.status != "RUNNING" or there.text != input):
            raise client_error("StartExecution", "ExecutionAlreadyExists", f"{input} exists")
        self.runs.setdefault(name, Execution(name, self.world.now(), text=input))
        return {"executionArn": self.world.execution_arn(name), "startDate": datetime.now(UTC)}

    def describe_state_machine(self, *, stateMachineArn: str) -> Any:  # noqa: N803
        assert stateMachineArn == MACHINE
        group = {"cloudWatchLogsLogGroup": {"logGroupArn": f"{LOG}:*"}}
        logging = {"level": self.log_level, "includeExecutionData": self.log_data, "destinations": [group]}
        return {"stateMachineArn": MACHINE, "loggingConfiguration": logging, "definition": SECRET}

    def filter_log_events(self, *, logGroupIdentifier: str, filterPattern: str, **more: Any) -> Any:  # noqa: N803
        """The log has what the state machine's logging says: names of states, without data."""
        assert (logGroupIdentifier, self.log_data) == (LOG, False)
        if "nextToken" not in more:
            return {"events": [], "nextToken": "1"}
        (execution,) = (each for each in self.runs.values() if f':{each.name}"' in filterPattern)
        assert more["startTime"] == int(execution.started * 1000)
        said = ({"details": {"name": name}} for name in ("Before", execution.state))
        return {"events": [{"message": json.dumps(each)} for each in said]}

    def _execution(self, arn: str) -> Execution:
        name = arn.removeprefix(self.world.execution_arn(""))
        if name not in self.runs:
            raise client_error("Operation", "ExecutionDoesNotExist")
        return self.runs[name]

    def _settle(self) -> None:
        """An execution whose tasks were all answered has ended."""
        waiting = {arn for token, arn in self.world.states.executions.items() if self._waits(token)}
        for execution in self.runs.values():
            arn = self.world.execution_arn(execution.name)
            if arn in self.world.states.executions.values() and arn not in waiting:
                execution.status, execution.stopped = "FAILED", self.world.now()

    def _waits(self, token: str) -> bool:
        return self.world.states.is_waiting(token)

    # Queues. Nobody receives a message.

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:  # noqa: N803
        name = QueueUrl.removeprefix(f"{QUEUES}/")
        letters = self.queues[name]
        known = {
            "QueueArn": queue_arn(name),
            "ApproximateNumberOfMessages": str(letters.messages),
            "ApproximateNumberOfMessagesNotVisible": str(letters.hidden),
        }
        return {"Attributes": {each: known[each] for each in AttributeNames}}

    def get_metric_statistics(self, *, Dimensions: list[dict[str, str]], **_: Any) -> Any:  # noqa: N803
        age = self.queues[Dimensions[0]["Value"]].age
        now = datetime.fromtimestamp(self.world.now(), UTC)
        return {"Datapoints": [] if age is None else [{"Timestamp": now, "Maximum": float(age)}]}

    def start_message_move_task(self, *, SourceArn: str) -> Any:  # noqa: N803
        letters = self.queues[SourceArn.rpartition(":")[2]]
        if letters.moves and letters.moves[0]["Status"] == "RUNNING":
            raise client_error("StartMessageMoveTask", "AWS.SimpleQueueService.UnsupportedOperation")
        move = {
            "Status": "RUNNING",
            "StartedTimestamp": len(letters.moves) + 1,
            "ApproximateNumberOfMessagesMoved": 0,
            "ApproximateNumberOfMessagesToMove": letters.messages,
        }
        letters.moves.insert(0, move)
        return {"TaskHandle": "handle"}

    def list_message_move_tasks(self, *, SourceArn: str, MaxResults: int) -> Any:  # noqa: N803
        letters = self.queues[SourceArn.rpartition(":")[2]]
        for move in letters.moves[:1]:
            if move["Status"] == "RUNNING" and letters.messages:
                letters.messages -= 1
                move["ApproximateNumberOfMessagesMoved"] += 1
            elif move["Status"] == "RUNNING":
                move["Status"] = letters.ends
        return {"Results": [dict(each) for each in letters.moves[:MaxResults]]}

    # The table: only what may be read.

    def query(self, **query: Any) -> Any:
        """By a key or by the index, never all of it."""
        value, condition = self._asked(query, ":key"), query.pop("KeyConditionExpression")
        start = query.pop("ExclusiveStartKey", {"place": 0})["place"]
        if condition == "waiting = :key":
            assert query == {"IndexName": "waiting"}
            found = self._waiting(value)
        else:
            assert (condition, query) == ("pk = :key", {"ConsistentRead": True})
            found = [item for key, item in sorted(self.world.dynamodb.items.items()) if key[0] == value]
        return self._read(found, start)

    def scan(self, **scan: Any) -> Any:
        """All of it, in the order of its keys, which is as good as any."""
        names = scan["ExpressionAttributeNames"]
        value, condition = self._asked(scan, ":of"), scan.pop("FilterExpression")
        start = scan.pop("ExclusiveStartKey", {"place": 0})["place"]
        assert not scan
        assert condition.startswith("begins_with(#")
        name = names[condition.removeprefix("begins_with(").partition(",")[0]]
        items = (item for _, item in sorted(self.world.dynamodb.items.items()))
        return self._read([item for item in items if item[name]["S"].startswith(value)], start)

    def _asked(self, read: dict[str, Any], value: str) -> str:
        """What is looked for, of a read that says in words that it wants only what may be read."""
        assert read.pop("TableName") == "requests"
        names = read.pop("ExpressionAttributeNames")
        assert read.pop("ProjectionExpression").split(", ") == list(names)
        assert tuple(names.values()) == table.READABLE
        assert read.pop("Select") == "SPECIFIC_ATTRIBUTES"
        return str(read.pop("ExpressionAttributeValues")[value]["S"])

    def _read(self, found: list[dict[str, Any]], start: int) -> dict[str, Any]:
        items = [{name: item[name] for name in table.READABLE if name in item} for item in found]
        more = {"LastEvaluatedKey": {"place": start + self.page}} if start + self.page < len(items) else {}
        return {"Items": items[start : start + self.page], **more}

    def _waiting(self, status: str) -> list[dict[str, Any]]:
        listed = (each for each in self.world.dynamodb.items.values() if each.get("waiting") == {"S": status})
        listed = (each for each in listed if "N" in each.get("deadline", {}))  # the index's other key
        return sorted(listed, key=lambda each: float(each["deadline"]["N"]))


class Client:
    """A client of one service."""

    def __init__(self, aws: Aws, service: str) -> None:
        self._aws = aws
        self._service, self._model = service, MODELS(service)
        self._prefix = real.PREFIXES.get(service, service)
        self._names = {xform_name(each): each for each in self._model.operation_names}

    def get_paginator(self, name: str) -> "Paginator[Any]":
        """boto's own."""
        config = SESSION.get_paginator_model(self._service).get_paginator(self._names[name])
        return Paginator(getattr(self, name), config, self._model.operation_model(self._names[name]))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        shape = self._model.operation_model(self._names[name]).input_shape
        assert shape is not None

        def call(**arguments: Any) -> Any:
            # The place in a page of the fakes is no attribute's value.
            checked = {key: value for key, value in arguments.items() if key != "ExclusiveStartKey"}
            report = ParamValidator().validate(checked, shape)
            assert not report.has_errors(), report.generate_report()
            return self._aws.done(
                f"{self._prefix}:{self._names[name]}", lambda: getattr(self._aws, name)(**arguments)
            )

        return call


def queue_arn(name: str) -> str:
    return f"arn:aws-test:sqs:eu-test-1:123456789012:{name}"


class Many(Aws):
    """So many open requests as no table of a test holds: each page is made when it is read."""

    def __init__(self, world: World, requests: int) -> None:
        super().__init__(world, page=100)
        self.requests = requests

    def query(self, **query: Any) -> dict[str, Any]:
        assert query["IndexName"] == "waiting"
        if query["ExpressionAttributeValues"] != {":key": {"S": "open"}}:
            return {"Items": []}
        first = query.get("ExclusiveStartKey", {"place": 0})["place"]
        last = min(first + self.page, self.requests)
        more = {"LastEvaluatedKey": {"place": last}} if last < self.requests else {}
        return {"Items": list(self._items(first, last)), **more}

    def _items(self, first: int, last: int) -> Iterator[dict[str, Any]]:
        (like,) = self._waiting("open")
        for number in range(first, last):
            arn = self.world.execution_arn(f"run-{number}")
            yield {**like, "request_id": {"S": f"{number:032x}"}, "pk": {"S": f"E#{arn}"}}
