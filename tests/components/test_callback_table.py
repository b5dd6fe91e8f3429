"""CallbackTable: exactly these children, with exactly these inputs and rights."""

from pathlib import Path
from typing import Any

import pytest

from components import CallbackTable
from tests.support.engine import STREAM, Deployment, arn, deploy, own_log

WORKER = str(Path(__file__).parents[2] / "lambda_src" / "integration_echo")
TABLE = arn("aws:dynamodb/table:Table", "asked-callbacks")


def made(args: Any = None, **options: Any) -> Deployment:
    given: Any = {"worker": WORKER, **(args or {})}
    return deploy(lambda: CallbackTable("asked", given), **options)


@pytest.fixture(scope="module")
def table() -> Deployment:
    return made()


def test_it_has_exactly_these_children(table: Deployment) -> None:
    assert table.children("CallbackTable", "asked") == {
        "asked-callbacks": "Table",
        "asked-worker": "EventSourceMapping Function LogGroup Role RolePolicy",
    }


def test_the_table_is_encrypted_forgets_and_its_stream_has_keys_alone(table: Deployment) -> None:
    assert table.one("Table", "asked-callbacks").inputs == {
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "streamEnabled": True,
        "streamViewType": "KEYS_ONLY",
        "ttl": {"enabled": True, "attributeName": "ExpiresAt"},
        "serverSideEncryption": {"enabled": True},
        "pointInTimeRecovery": {"enabled": False},
    }


def test_new_items_alone_start_the_worker_and_those_that_failed_come_again(table: Deployment) -> None:
    mapping = table.one("EventSourceMapping", "asked-worker")
    assert mapping.inputs == {
        "eventSourceArn": f"{TABLE}/stream/{STREAM}",
        "functionName": arn("aws:lambda/function:Function", "asked-worker"),
        "startingPosition": "TRIM_HORIZON",
        "batchSize": 10,
        "filterCriteria": {"filters": [{"pattern": '{"eventName":["INSERT"]}'}]},
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "bisectBatchOnFunctionError": True,
        "maximumRetryAttempts": 10,
    }
    assert table.one("RolePolicy", "asked-worker").urn in mapping.dependencies


def test_the_worker_may_read_this_stream_and_take_and_delete_items_of_this_table(table: Deployment) -> None:
    read = "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams"
    assert table.rights("asked-worker") == {
        **own_log("asked-worker"),
        "ReadStream": f"{read} on {TABLE}/stream/{STREAM}",
        "TakeAndDeleteItems": f"dynamodb:UpdateItem dynamodb:DeleteItem on {TABLE}",
    }


def test_every_argument_reaches_its_resource() -> None:
    """Those of the worker do in test_callback_queue.py."""
    found = made({"timeout_seconds": 60.0, "batch_size": 100, "max_retry_attempts": 0})
    assert found.one("Function", "asked-worker").inputs["timeout"] == 60
    mapping = found.one("EventSourceMapping", "asked-worker").inputs
    assert (mapping["batchSize"], mapping["maximumRetryAttempts"]) == (100, 0)
