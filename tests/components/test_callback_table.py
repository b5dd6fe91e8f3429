"""CallbackTable: exactly these children, with exactly these inputs and rights."""

from pathlib import Path
from typing import Any

import pytest

from components import CallbackTable
from tests.support.engine import STREAM, Deployment, arn, deploy

WORKER = str(Path(__file__).parents[2] / "lambda_src" / "stored_table")
TABLE = arn("aws:dynamodb/table:Table", "asked-callbacks")


def made(args: Any = None, **options: Any) -> Deployment:
    given: Any = {"worker": WORKER, **(args or {})}
    return deploy(lambda: CallbackTable("asked", given), **options)


@pytest.fixture(scope="module")
def table() -> Deployment:
    return made()


def statements(found: Deployment) -> list[dict[str, Any]]:
    granted: list[dict[str, Any]] = found.one("RolePolicy", "asked-worker").json("policy")["Statement"]
    return granted


def test_it_has_exactly_these_children(table: Deployment) -> None:
    assert table.children("CallbackTable", "asked") == [
        ("EventSourceMapping", "asked-worker"),
        ("Function", "asked-worker"),
        ("LogGroup", "asked-worker"),
        ("Role", "asked-worker"),
        ("RolePolicy", "asked-worker"),
        ("Table", "asked-callbacks"),
    ]


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


OWN_LOG = {
    "Sid": "WriteOwnLog",
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": [arn("aws:cloudwatch/logGroup:LogGroup", "asked-worker") + ":log-stream:*"],
}
READ_STREAM = {
    "Sid": "ReadStream",
    "Effect": "Allow",
    "Action": [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    ],
    "Resource": [f"{TABLE}/stream/{STREAM}"],
}
TAKE = {
    "Sid": "TakeAndDeleteItems",
    "Effect": "Allow",
    "Action": ["dynamodb:UpdateItem", "dynamodb:DeleteItem"],
    "Resource": [TABLE],
}


def test_the_worker_may_read_this_stream_and_take_and_delete_items_of_this_table(table: Deployment) -> None:
    assert statements(table) == [OWN_LOG, READ_STREAM, TAKE]


def test_every_argument_reaches_its_resource() -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws-test:s3:::x/*"]}
    found = made(
        {
            "timeout_seconds": 60.0,
            "memory_mb": 512,
            "batch_size": 100,
            "max_retry_attempts": 0,
            "worker_environment": {"MODE": "test"},
            "worker_statements": [own],
        }
    )
    function = found.one("Function", "asked-worker").inputs
    assert (function["timeout"], function["memorySize"]) == (60, 512)
    assert function["environment"] == {"variables": {"MODE": "test", "MAX_CONCURRENCY": "10"}}
    mapping = found.one("EventSourceMapping", "asked-worker").inputs
    assert (mapping["batchSize"], mapping["maximumRetryAttempts"]) == (100, 0)
    assert statements(found)[-1] == own


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_the_whole_input_is_asked_by_default(language: str) -> None:
    asked: list[dict[str, Any]] = []

    def program() -> None:
        table = CallbackTable("asked", {"worker": WORKER})
        asked.append(table.wait(timeout_seconds=60, heartbeat_seconds=10, query_language=language))

    deploy(program)
    (state,) = asked
    arguments = state["Parameters" if language == "JSONPath" else "Arguments"]
    assert arguments["Item"]["Request"] in (
        {"S.$": "States.JsonToString($)"},
        {"S": "{% $string(($states.input)) %}"},
    )
    assert state["HeartbeatSeconds"] == 10
