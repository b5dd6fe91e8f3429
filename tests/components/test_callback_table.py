"""CallbackTable: exactly these children, with exactly these inputs and rights."""

from pathlib import Path
from typing import Any

import pytest

from components import CallbackTable, CallbackWorkflow
from tests.support.engine import STREAM, Deployment, arn, deploy

WORKER = str(Path(__file__).parents[2] / "lambda_src" / "integration_echo")
TABLE = arn("aws:dynamodb/table:Table", "asked-callbacks")
KEY = "arn:aws-test:kms:eu-west-1:123456789012:key/k"


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


def test_a_key_encrypts_the_table_and_the_worker_may_decrypt_with_it() -> None:
    found = made({"kms_key_arn": KEY})
    assert found.one("Table", "asked-callbacks").inputs["serverSideEncryption"] == {
        "enabled": True,
        "kmsKeyArn": KEY,
    }
    decrypt = {"Sid": "DecryptItems", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY]}
    assert statements(found) == [OWN_LOG, READ_STREAM, TAKE, decrypt]


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


def test_a_machine_that_waits_for_it_may_put_items_and_nothing_else() -> None:
    def program() -> None:
        table = CallbackTable("asked", {"worker": WORKER})
        definition = {
            "StartAt": "Ask",
            "States": {"Ask": {**table.wait("$.order", timeout_seconds=60), "End": True}},
        }
        args: Any = {"definition": definition, "callback_role_names": table.callback_role_names}
        CallbackWorkflow("orders", args)

    found = deploy(program)
    derived, *_ = found.one("RolePolicy", "orders-execution").json("policy")["Statement"]
    assert (derived["Action"], derived["Resource"]) == (["dynamodb:PutItem"], [TABLE])
    assert found.one("PolicyAttachment", "orders-callbacks").inputs["roles"] == ["asked-worker"]
    ask = found.one("StateMachine", "orders-workflow").json("definition")["States"]["Ask"]
    assert ask["Resource"] == "arn:aws-test:states:::aws-sdk:dynamodb:putItem.waitForTaskToken"
    assert ask["Parameters"]["TableName"] == "asked-callbacks"
    item = ask["Parameters"]["Item"]
    assert item["id"] == {"S.$": "States.Hash($$.Task.Token, 'SHA-256')"}
    assert item["TaskToken"] == {"S.$": "$$.Task.Token"}
    assert item["Request"] == {"S.$": "States.JsonToString($.order)"}
    assert ask["TimeoutSeconds"] == 60


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


def test_a_machine_with_its_key_may_put_what_the_key_encrypts() -> None:
    def program() -> None:
        table = CallbackTable("asked", {"worker": WORKER, "kms_key_arn": KEY})
        state = {**table.wait(timeout_seconds=60), "End": True}
        args: Any = {"definition": {"StartAt": "Ask", "States": {"Ask": state}}, "kms_key_arn": KEY}
        CallbackWorkflow("orders", args)

    granted = deploy(program).one("RolePolicy", "orders-execution").json("policy")["Statement"]
    rights = [(statement["Action"], statement["Resource"]) for statement in granted[:2]]
    assert sorted(rights) == sorted([(["dynamodb:PutItem"], [TABLE]), (["kms:Decrypt"], [KEY])])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"worker": None}, "worker must be given to a CallbackTable"),
        ({"worker": "nowhere"}, "worker must be the path of a folder that holds worker.py, got 'nowhere'"),
        ({"timeout_seconds": 901}, "timeout_seconds must be between 1 and 900, got 901"),
        ({"memory_mb": 64}, "memory_mb must be between 128 and 10240, got 64"),
        ({"batch_size": 0}, "batch_size must be between 1 and 10000, got 0"),
        ({"max_retry_attempts": -1}, "max_retry_attempts must be between 0 and 10000, got -1"),
    ],
)
def test_wrong_arguments_are_named(args: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        made(args)
