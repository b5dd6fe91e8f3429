"""The functions' clients are fakes here: a strict Step Functions, and a queue that notes visibility
changes."""

from types import SimpleNamespace
from typing import Any

import pytest
from countersign_runtime import clients

from tests.support.step_functions import StepFunctions


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


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> StepFunctions:
    fake = StepFunctions()
    monkeypatch.setitem(clients._made, "stepfunctions", fake)
    return fake


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    fake = Queue()
    monkeypatch.setitem(clients._made, "sqs", fake)
    return fake
