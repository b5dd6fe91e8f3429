"""CallbackQueue: exactly these children, with exactly these inputs, for every choice of arguments."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import CallbackQueue, CallbackQueueArgs
from tests.support.engine import ACCOUNT, ALARMS, Deployment, arn, deploy, own_log, queue_url

WORKER = str(Path(__file__).parents[2] / "lambda_src" / "order_payment")
QUEUE = "aws:sqs/queue:Queue"
RECEIVE = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes"


def made(args: CallbackQueueArgs | None = None, **options: Any) -> Deployment:
    return deploy(lambda: CallbackQueue("orders", args), **options)


@pytest.fixture(scope="module")
def with_worker() -> Deployment:
    return made({"worker": WORKER})


def test_with_a_worker_it_has_exactly_these_children(with_worker: Deployment) -> None:
    assert with_worker.children("CallbackQueue", "orders") == {
        "orders-callbacks": "Queue RedrivePolicy",
        "orders-dead-letters": "EventSourceMapping MetricAlarm Queue RedriveAllowPolicy",
        "orders-worker": "EventSourceMapping Function LogGroup Role RolePolicy",
    }


def test_without_a_worker_it_serves_an_external_consumer() -> None:
    found, name = made(), "orders-dead-letters"
    assert found.children("CallbackQueue", "orders") == {
        "orders-callbacks": "Queue RedrivePolicy",
        name: "EventSourceMapping Function LogGroup MetricAlarm Queue RedriveAllowPolicy Role RolePolicy",
    }
    assert found.rights(name) == {**own_log(name), "ReceiveDeadLetters": f"{RECEIVE} on {arn(QUEUE, name)}"}


def test_queues_are_encrypted_kept_for_14_days_and_redrive_after_max_receive_count(
    with_worker: Deployment,
) -> None:
    for name in ("orders-callbacks", "orders-dead-letters"):
        assert with_worker.one("Queue", name).inputs == {
            "sqsManagedSseEnabled": True,
            "messageRetentionSeconds": 1_209_600,
            "visibilityTimeoutSeconds": 180,
        }
    redrive = with_worker.one("RedrivePolicy", "orders-callbacks")
    assert redrive.inputs["queueUrl"] == queue_url("orders-callbacks")
    assert redrive.json("redrivePolicy") == {
        "deadLetterTargetArn": arn(QUEUE, "orders-dead-letters"),
        "maxReceiveCount": 5,
    }


def test_only_its_own_queue_may_use_the_dead_letter_queue(with_worker: Deployment) -> None:
    policy = with_worker.one("RedriveAllowPolicy", "orders-dead-letters")
    assert policy.inputs["queueUrl"] == queue_url("orders-dead-letters")
    assert policy.json("redriveAllowPolicy") == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [arn(QUEUE, "orders-callbacks")],
    }


def test_dead_letters_are_allowed_before_they_are_sent_and_before_anything_is_received(
    with_worker: Deployment,
) -> None:
    """SQS refuses a redrive policy that its target does not allow."""
    allowed = with_worker.one("RedriveAllowPolicy", "orders-dead-letters")
    redrive = with_worker.one("RedrivePolicy", "orders-callbacks")
    assert allowed.urn in redrive.dependencies
    assert redrive.urn in with_worker.one("EventSourceMapping", "orders-worker").dependencies


def test_the_worker_may_take_from_its_two_queues_and_write_its_own_log(with_worker: Deployment) -> None:
    callbacks, dead_letters = arn(QUEUE, "orders-callbacks"), arn(QUEUE, "orders-dead-letters")
    assert with_worker.rights("orders-worker") == {
        **own_log("orders-worker"),
        "ReceiveCallbacks": f"{RECEIVE} sqs:ChangeMessageVisibility on {callbacks}",
        "ReceiveDeadLetters": f"{RECEIVE} on {dead_letters}",
    }


def test_its_role_is_for_lambda_on_behalf_of_this_account_only(with_worker: Deployment) -> None:
    assert with_worker.one("Role", "orders-worker").json("assumeRolePolicy") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AssumedByTheService",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }
        ],
    }


def test_the_worker_function_is_packed_with_the_runtime_and_told_when_a_message_is_given_up(
    with_worker: Deployment,
) -> None:
    inputs = with_worker.one("Function", "orders-worker").inputs
    members = inputs["code"]
    assert "worker.py" in members
    assert "countersign_runtime/processing/worker.py" in members
    assert not [member for member in members if "__pycache__" in member]
    assert {key: value for key, value in inputs.items() if key != "code"} == {
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "handler": "countersign_runtime.processing.worker.handler",
        "role": arn("aws:iam/role:Role", "orders-worker"),
        "timeout": 30,
        "memorySize": 256,
        "environment": {
            "variables": {
                "DEAD_LETTER_QUEUE_ARN": arn(QUEUE, "orders-dead-letters"),
                "MAX_RECEIVE_COUNT": "5",
            }
        },
        "loggingConfig": {
            "logFormat": "JSON",
            "logGroup": "orders-worker",
            "applicationLogLevel": "INFO",
            "systemLogLevel": "WARN",
        },
    }


def test_log_groups_carry_project_stack_and_instance_and_a_retention(with_worker: Deployment) -> None:
    assert with_worker.one("LogGroup", "orders-worker").inputs == {
        "namePrefix": "/aws/lambda/countersign-test-orders-worker-",
        "retentionInDays": 30,
    }


def test_batches_are_answered_message_by_message_once_the_role_may_receive(with_worker: Deployment) -> None:
    mapping = with_worker.one("EventSourceMapping", "orders-worker")
    assert mapping.inputs == {
        "eventSourceArn": arn(QUEUE, "orders-callbacks"),
        "functionName": arn("aws:lambda/function:Function", "orders-worker"),
        "batchSize": 10,
        "maximumBatchingWindowInSeconds": 0,
        "functionResponseTypes": ["ReportBatchItemFailures"],
    }
    assert with_worker.one("RolePolicy", "orders-worker").urn in mapping.dependencies


def test_every_choice_reaches_its_resource() -> None:
    found = made(
        {
            "worker": WORKER,
            "worker_environment": {"MODE": "fast"},
            "worker_statements": [
                {"Sid": "Pay", "Effect": "Allow", "Action": ["x:Pay"], "Resource": ["arn:pay"]}
            ],
            "timeout_seconds": pulumi.Output.from_input(60),  # as good as a value
            "memory_mb": 512,
            "batch_size": 100,
            "batching_window_seconds": 2,
            "max_concurrency": 7,
            "max_receive_count": 3,
            "log_retention_days": 7,
            "alarm_topic_arn": ALARMS,
            "tags": {"team": "payments"},
        }
    )
    inputs = found.one("Function", "orders-worker").inputs
    assert inputs["timeout"] == 60
    assert inputs["memorySize"] == 512
    told = {"MODE": "fast", "MAX_RECEIVE_COUNT": "3"}
    assert inputs["environment"]["variables"].items() >= told.items()
    assert found.rights("orders-worker")["Pay"] == "x:Pay on arn:pay"
    mapping = found.one("EventSourceMapping", "orders-worker").inputs
    assert mapping["batchSize"] == 100
    assert mapping["maximumBatchingWindowInSeconds"] == 2
    assert mapping["scalingConfig"] == {"maximumConcurrency": 7}
    queue = found.one("Queue", "orders-callbacks")
    assert queue.inputs["visibilityTimeoutSeconds"] == 6 * 60 + 2
    assert found.one("RedrivePolicy", "orders-callbacks").json("redrivePolicy")["maxReceiveCount"] == 3
    assert found.one("LogGroup", "orders-worker").inputs["retentionInDays"] == 7
    assert found.one("MetricAlarm", "orders-dead-letters").inputs["alarmActions"] == [ALARMS]


def test_outputs_name_the_queues_and_the_role_that_returns_tokens(with_worker: Deployment) -> None:
    assert with_worker.one("CallbackQueue", "orders").outputs == {
        "queue_url": queue_url("orders-callbacks"),
        "queue_arn": arn(QUEUE, "orders-callbacks"),
        "dead_letter_queue_url": queue_url("orders-dead-letters"),
        "dead_letter_queue_arn": arn(QUEUE, "orders-dead-letters"),
        "callback_role_names": ["orders-worker"],
    }
