"""The workflow `stored_tokens`, both its steps, as the program registers it.

Moto's interpreter runs the states, which put items and objects, and the workers answer the events of these.

The embedded AWS runs the table's half (tests/e2e/test_stored.py); it has no task that puts an object.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from countersign_runtime import clients

from tests.runtime.sources import Calls, deliver
from tests.support.functions import load_function
from tests.support.interpreter import ending, interpreted, start
from tests.support.patience import until
from tests.support.stores import Bucket, Clients, Table
from tools.generate.workflows import deployed

REGION = "eu-west-1"
TABLE, BUCKET = "stored-items-callbacks", "stored-objects-callbacks"
INPUT: dict[str, object] = {
    "from": "a test",
    "odd": "it's {1} \\ \" é 한 \n",
    "list": [1, 2.5, None, True, {}],
}


@dataclass
class Played:
    """An execution and the stores of its tokens."""

    session: boto3.Session
    table: Table
    bucket: Bucket
    execution: str

    def item(self) -> dict[str, Any]:
        """The record of the item that was put."""
        (record,) = until("the item", self.table.records)
        return record

    def object(self) -> dict[str, Any]:
        """The notification of the object that was put."""
        (key,) = until("the object", self.bucket.keys)
        return self.bucket.record(key)


@pytest.fixture(scope="module")
def definition() -> str:
    text: str = deployed().one("StateMachine", "stored-workflow").inputs["definition"]
    return text.replace("arn:aws-test:", "arn:aws:")


@pytest.fixture
def played(definition: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    with interpreted(REGION) as session:
        stores = Clients(session)
        table, bucket = Table(stores, TABLE), Bucket(stores, BUCKET)
        made = {
            "dynamodb": table.client,
            "s3": bucket.client,
            "stepfunctions": session.client("stepfunctions"),
        }
        for service, client in made.items():
            monkeypatch.setitem(clients._made, service, client)
        yield Played(session, table, bucket, start(session, definition, INPUT))


def echo(integration: str, record: dict[str, Any]) -> None:
    """The example's worker answers, as the program sets it up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTEGRATION", integration)
        deliver(load_function("integration_echo").handle, record)


def answer(played: Played, integration: str, state: str, request: object) -> dict[str, object]:
    machine = played.execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    return {
        "integration": integration,
        "executionArn": played.execution,
        "stateMachineArn": machine,
        "stateName": state,
        "request": request,
    }


def test_the_token_goes_through_both_stores_and_stays_in_none(played: Played) -> None:
    (item,) = until("the item", played.table.items)
    assert item["TaskToken"]["S"] not in item["id"]["S"]
    echo("DynamoDB", played.item())
    notified = played.object()
    assert played.table.keys() == []
    key: str = notified["s3"]["object"]["key"]
    stored = played.bucket.client.get_object(Bucket=BUCKET, Key=key)
    assert json.loads(stored["Body"].read())["TaskToken"] not in key
    assert key.startswith("waits/")
    assert stored["ContentType"] == "application/json"
    echo("S3", notified)
    ended = ending(played.session, played.execution)
    assert ended["status"] == "SUCCEEDED", ended
    first = {**INPUT, "table": answer(played, "DynamoDB", "ThroughTable", INPUT)}
    second = {**first, "bucket": answer(played, "S3", "ThroughBucket", first)}
    assert json.loads(ended["output"]) == second
    assert played.bucket.keys() == []


@pytest.mark.parametrize("broken", ["table", "bucket"])
def test_a_step_that_fails_fails_the_execution_and_leaves_nothing_stored(played: Played, broken: str) -> None:
    fail = Calls(RuntimeError("broken"))
    if broken == "bucket":
        echo("DynamoDB", played.item())
        deliver(fail, played.object())
    else:
        deliver(fail, played.item())
    ended = ending(played.session, played.execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "RuntimeError")
    assert (played.table.keys(), played.bucket.keys()) == ([], [])
