"""Stores of messages on moto, and an invocation of the function that they call."""

from itertools import count
from typing import Any

import boto3
import pytest
from countersign_runtime import Task, clients
from countersign_runtime.answers import Undelivered
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from countersign_runtime.processing.work import Handle

from tests.runtime.events import Context, batch
from tests.support.stores import Clients, Store, Table


class Aws:
    """Moto's clients, made once; every test has a table and a bucket of its own."""

    def __init__(self) -> None:
        self.clients = Clients(boto3.Session("x", "x", region_name="eu-west-1"))
        self._names = count(1)

    def name(self) -> str:
        return f"waits-{next(self._names)}"


def deliver(handle: Handle, *records: dict[str, Any], seconds: float = 30.0) -> list[str]:
    """What an invocation does with these records; the messages that come again."""
    worker = Worker(handle, Config(None, 10))
    try:
        result = worker(batch(*records), Context(seconds))
    except Undelivered:
        return ["all"]
    assert "batchItemFailures" not in result or records[0]["eventSource"] == "aws:dynamodb"
    return [failure["itemIdentifier"] for failure in result.get("batchItemFailures", [])]


def again(store: Store, record: dict[str, Any]) -> list[str]:
    """How it is said that this record alone comes again."""
    return [store.id_of(record)] if isinstance(store, Table) else ["all"]


class Calls:
    """A `handle` that notes what it was asked."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.requests: list[Any] = []
        self.tasks: list[Task] = []

    def __call__(self, request: Any, task: Task) -> Any:
        self.requests.append(request)
        self.tasks.append(task)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def breaks(client: Any, operation: str, monkeypatch: pytest.MonkeyPatch, *problems: Exception) -> None:
    """The next calls of an operation go wrong like this."""
    method = {"UpdateItem": "update_item", "DeleteItem": "delete_item"}.get(operation) or {
        "GetObject": "get_object",
        "DeleteObject": "delete_object",
    }[operation]
    works, left = getattr(client, method), list(problems)

    def call(**parameters: Any) -> Any:
        if left:
            raise left.pop(0)
        return works(**parameters)

    monkeypatch.setattr(client, method, call)


def client_of(store: Store) -> Any:
    return clients._made[store.service]
