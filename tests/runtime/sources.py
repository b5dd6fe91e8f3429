"""The sources of messages as a function meets them: one is delivered, and is done, or comes again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3
import pytest
from countersign_runtime import Task, UnusableMessage, clients
from countersign_runtime.answers import Undelivered, UnusableToken
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from countersign_runtime.processing.faults import Fault
from countersign_runtime.processing.work import Handle

from tests.runtime.events import Context, batch, bus_event, enveloped, failed, notification, record
from tests.support.stores import Clients, Store

ENVELOPES: Mapping[str, Callable[[Any], Any]] = {
    "queue": lambda message: message,
    "queue of a topic": enveloped,
    "queue of a bus": bus_event,
    "queue of a topic of a bus": lambda message: enveloped(bus_event(message)),
}
NAMES = (*ENVELOPES, "topic", "bus", "direct", "table", "bucket")


class Calls:
    """A `handle` that notes what it was asked, and then does what it is told: return, raise or call."""

    def __init__(self, then: Any = 1) -> None:
        self.then = then
        self.requests: list[Any] = []
        self.tasks: list[Task] = []

    def __call__(self, request: Any, task: Task) -> Any:
        self.requests.append(request)
        self.tasks.append(task)
        if isinstance(self.then, BaseException):
            raise self.then
        return self.then(request, task) if callable(self.then) else self.then


def run(handle: Handle, event: Any, context: Any = None, receives: int | None = 3) -> Any:
    """One invocation."""
    return Worker(handle, Config(receives))(event, context or Context())


def deliver(
    handle: Handle, *records: dict[str, Any], context: Any = None, receives: int | None = 3
) -> list[str]:
    """One invocation with these records; the messages that come again, `all` if they do so together."""
    try:
        result = run(handle, batch(*records), context, receives)
    except Undelivered:
        return ["all"]
    return failed(result) if "batchItemFailures" in result else []


@dataclass
class Source:
    """Where a message comes from."""

    name: str
    store: Store | None = None
    envelope: Callable[[Any], Any] = ENVELOPES["queue"]
    """What is around a message on a queue."""
    result: Any = None
    """What the last invocation returned, or raised."""

    def event(self, message: Any, deliveries: int = 1) -> Any:
        """The event that brings a message."""
        if self.store is not None:
            return batch(self.store.put(message))
        if self.name == "queue":
            return batch(record("m", self.envelope(message), deliveries))
        if self.name == "topic":
            return notification(message)
        return bus_event(message) if self.name == "bus" else message

    def is_done(self, handle: Handle, event: Any, context: Any = None) -> bool:
        """Whether the message does not come again. An invocation that fails is repeated."""
        try:
            self.result = run(handle, event, context)
        except (Undelivered, UnusableMessage, UnusableToken, Fault) as problem:
            self.result = problem
            return False
        return not self.result.get("batchItemFailures")

    def outcomes(self) -> list[str] | None:
        """What the reply says became of the tasks, where it says so."""
        answered = self.result.get("answered")
        if self.name == "direct":
            return [answered]
        return [each["answered"] for each in answered] if self.name in ("topic", "bus") else None

    def is_kept(self) -> bool:
        """Whether the message is still stored."""
        return bool(self.store and self.store.keys())


class Aws:
    """Moto's clients, made once; every test has a table and a bucket of its own."""

    def __init__(self) -> None:
        self.clients = Clients(boto3.Session("x", "x", region_name="eu-west-1"))
        self._names = count(1)

    def name(self) -> str:
        return f"waits-{next(self._names)}"


def breaks(store: Store, method: str, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    """The next call of a store's client goes wrong like this."""
    client: Any = clients._made[store.service]
    works, left = getattr(client, method), [problem]

    def call(**parameters: Any) -> Any:
        if left:
            raise left.pop()
        return works(**parameters)

    monkeypatch.setattr(client, method, call)
