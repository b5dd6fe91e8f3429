"""CallbackQueue: two queues and a function that takes from both, for every choice of arguments."""

from functools import cache

import pulumi

from components import CallbackQueue, CallbackQueueArgs
from tests.support.cases import WORKER
from tests.support.engine import Deployment, arn, deploy, own_log, queue_url

QUEUE = "aws:sqs/queue:Queue"
RECEIVE = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes"


def made(args: CallbackQueueArgs | None = None) -> Deployment:
    return deploy(lambda: CallbackQueue("orders", args))


@cache
def with_worker() -> Deployment:
    return made({"worker": WORKER})


def test_without_a_worker_it_serves_an_external_consumer() -> None:
    found, name = made(), "orders-dead-letters"
    assert [r.name for r in found.cloud() if r.type.endswith((":Function", ":EventSourceMapping"))] == [
        name
    ] * 2
    assert found.rights(name) == {**own_log(name), "ReceiveDeadLetters": f"{RECEIVE} on {arn(QUEUE, name)}"}


def test_queues_are_encrypted_kept_for_14_days_and_hide_messages_for_six_runs() -> None:
    for name in ("orders-callbacks", "orders-dead-letters"):
        assert with_worker().one("Queue", name).inputs == {
            "sqsManagedSseEnabled": True,
            "messageRetentionSeconds": 1_209_600,
            "visibilityTimeoutSeconds": 180,
        }


def test_dead_letters_are_of_its_own_queue_and_allowed_before_anything_is_received() -> None:
    """SQS refuses a redrive policy that its target does not allow."""
    allowed = with_worker().one("RedriveAllowPolicy", "orders-dead-letters")
    assert allowed.inputs["queueUrl"] == queue_url("orders-dead-letters")
    assert allowed.json("redriveAllowPolicy") == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [arn(QUEUE, "orders-callbacks")],
    }
    redrive = with_worker().one("RedrivePolicy", "orders-callbacks")
    assert redrive.inputs["queueUrl"] == queue_url("orders-callbacks")
    assert redrive.json("redrivePolicy") == {
        "deadLetterTargetArn": arn(QUEUE, "orders-dead-letters"),
        "maxReceiveCount": 5,
    }
    assert allowed.urn in redrive.dependencies
    assert redrive.urn in with_worker().one("EventSourceMapping", "orders-worker").dependencies


def test_the_worker_may_take_from_its_two_queues_and_write_its_own_log() -> None:
    callbacks, dead_letters = arn(QUEUE, "orders-callbacks"), arn(QUEUE, "orders-dead-letters")
    assert with_worker().rights("orders-worker") == {
        **own_log("orders-worker"),
        "ReceiveCallbacks": f"{RECEIVE} sqs:ChangeMessageVisibility on {callbacks}",
        "ReceiveDeadLetters": f"{RECEIVE} on {dead_letters}",
    }


def test_the_worker_function_is_packed_with_the_runtime_and_told_when_a_message_is_given_up() -> None:
    inputs = with_worker().one("Function", "orders-worker").inputs
    assert {"worker.py", "countersign_runtime/processing/worker.py"} <= set(inputs["code"])
    assert not [member for member in inputs["code"] if "__pycache__" in member]
    assert inputs["environment"]["variables"] == {
        "DEAD_LETTER_QUEUE_ARN": arn(QUEUE, "orders-dead-letters"),
        "MAX_RECEIVE_COUNT": "5",
    }
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])
    assert (inputs["timeout"], inputs["memorySize"]) == (30, 256)
    assert inputs["loggingConfig"]["logGroup"] == "orders-worker"
    assert with_worker().one("LogGroup", "orders-worker").inputs == {
        "namePrefix": "/aws/lambda/countersign-test-orders-worker-",
        "retentionInDays": 30,
    }


def test_batches_are_answered_message_by_message_once_the_role_may_receive() -> None:
    mapping = with_worker().one("EventSourceMapping", "orders-worker")
    assert mapping.inputs == {
        "eventSourceArn": arn(QUEUE, "orders-callbacks"),
        "functionName": arn("aws:lambda/function:Function", "orders-worker"),
        "batchSize": 10,
        "maximumBatchingWindowInSeconds": 0,
        "functionResponseTypes": ["ReportBatchItemFailures"],
    }
    assert with_worker().one("RolePolicy", "orders-worker").urn in mapping.dependencies


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
