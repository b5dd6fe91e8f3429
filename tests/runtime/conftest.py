"""The functions' clients are fakes here: a strict Step Functions, and a queue that notes visibility
changes."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from countersign_runtime import clients
from moto import mock_aws

from tests.runtime.clock import Clock
from tests.runtime.sources import ENVELOPES, NAMES, Aws, Source
from tests.support.step_functions import StepFunctions
from tests.support.stores import Bucket, Store, Table


class Queue:
    """Stands in for `boto3.client("sqs")`: notes which message comes again when."""

    def __init__(self) -> None:
        self.meta = SimpleNamespace(endpoint_url="https://sqs.test/")
        self.given_back: list[tuple[str, str, int]] = []
        self.broken = False

    def change_message_visibility(self, **parameters: Any) -> None:
        if self.broken:
            raise ConnectionError("no way to the queue")
        self.given_back.append(
            (parameters["QueueUrl"], parameters["ReceiptHandle"], parameters["VisibilityTimeout"])
        )

    def seconds(self) -> dict[str, int]:
        """Message id → seconds until it comes again."""
        return {receipt.removeprefix("receipt-"): wait for _, receipt, wait in self.given_back}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    made.install(monkeypatch)
    yield made
    made.let_go()  # so that no thread outlives the test and its fakes


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> StepFunctions:
    fake = StepFunctions()
    monkeypatch.setitem(clients._made, "stepfunctions", fake)
    return fake


@pytest.fixture
def token(steps: StepFunctions) -> str:
    """Of a task that waits."""
    return steps.issue()


@pytest.fixture(autouse=True)
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    fake = Queue()
    monkeypatch.setitem(clients._made, "sqs", fake)
    return fake


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws()


@pytest.fixture
def table(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table(aws.clients, aws.name())
    monkeypatch.setitem(clients._made, "dynamodb", made.client)
    return made


@pytest.fixture
def bucket(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = Bucket(aws.clients, aws.name())
    monkeypatch.setitem(clients._made, "s3", made.client)
    return made


@pytest.fixture(params=["table", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=NAMES)
def source(request: pytest.FixtureRequest) -> Source:
    """Each source of messages in turn."""
    if envelope := ENVELOPES.get(request.param):
        return Source("queue", envelope=envelope)
    stored = request.param in ("table", "bucket")
    return Source(request.param, request.getfixturevalue(request.param) if stored else None)
