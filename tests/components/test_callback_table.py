"""CallbackTable: what is kept of a token, what starts the worker, and exactly its rights."""

from functools import cache
from typing import Any

import pytest

from components import CallbackTable
from tests.support.cases import WORKER
from tests.support.engine import STREAM, Deployment, arn, deploy, own_log

TABLE = arn("aws:dynamodb/table:Table", "asked-callbacks")


@cache
def made(**args: Any) -> Deployment:
    given: Any = {"worker": WORKER, **args}
    return deploy(lambda: CallbackTable("asked", given))


def test_the_table_is_encrypted_forgets_and_its_stream_has_keys_alone() -> None:
    assert made().one("Table", "asked-callbacks").inputs == {
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "streamEnabled": True,
        "streamViewType": "KEYS_ONLY",
        "ttl": {"enabled": True, "attributeName": "ExpiresAt"},
        "serverSideEncryption": {"enabled": True},
        "pointInTimeRecovery": {"enabled": False},
    }


@pytest.mark.parametrize(
    ("args", "batch", "retries"), [({}, 10, 10), ({"batch_size": 100, "max_retry_attempts": 0}, 100, 0)]
)
def test_new_items_alone_start_the_worker_and_those_that_failed_come_again(
    args: dict[str, int], batch: int, retries: int
) -> None:
    mapping = made(**args).one("EventSourceMapping", "asked-worker")
    assert mapping.inputs == {
        "eventSourceArn": f"{TABLE}/stream/{STREAM}",
        "functionName": arn("aws:lambda/function:Function", "asked-worker"),
        "startingPosition": "TRIM_HORIZON",
        "batchSize": batch,
        "filterCriteria": {"filters": [{"pattern": '{"eventName":["INSERT"]}'}]},
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "bisectBatchOnFunctionError": True,
        "maximumRetryAttempts": retries,
    }
    assert made(**args).one("RolePolicy", "asked-worker").urn in mapping.dependencies


def test_the_worker_may_read_this_stream_and_take_and_delete_items_of_this_table() -> None:
    read = "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams"
    assert made().rights("asked-worker") == {
        **own_log("asked-worker"),
        "ReadStream": f"{read} on {TABLE}/stream/{STREAM}",
        "TakeAndDeleteItems": f"dynamodb:UpdateItem dynamodb:DeleteItem on {TABLE}",
    }
