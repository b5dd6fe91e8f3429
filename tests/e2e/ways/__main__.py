"""A stack whose tokens go every way to a worker that a component has."""

import sys
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from components import (  # noqa: E402
    CallbackBucket,
    CallbackFunction,
    CallbackQueue,
    CallbackTable,
    CallbackWorkflow,
    Notifier,
)
from components.asl import wait  # noqa: E402

WORKER = str(HERE / "worker")
HOW: Any = {"timeout_seconds": 900}
TRACED: Any = {**HOW, "attributes": {"traceparent": "$.trace"}}

raw = Notifier("raw", {})
raw_queue = CallbackQueue("raw", {"worker": WORKER, "max_receive_count": 2, "topic_arn": raw.topic_arn})
plain_queue = CallbackQueue("plain", {"worker": WORKER, "max_receive_count": 2})
called = CallbackFunction("called", {"worker": WORKER})
wrapped = Notifier("wrapped", {"queue_arns": [plain_queue.queue_arn], "function_arns": [called.function_arn]})
# A topic that comes after the queue: whoever subscribes the queue lets it send.
aws.sqs.QueuePolicy(
    "plain",
    queue_url=plain_queue.queue_url,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": plain_queue.queue_arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": wrapped.topic_arn}},
                }
            ],
        }
    ),
)
bus_queue = CallbackQueue(
    "bus", {"worker": WORKER, "max_receive_count": 2, "event_pattern": {"source": ["to-the-queue"]}}
)
bus_function = CallbackFunction("bus", {"worker": WORKER, "event_pattern": {"source": ["to-the-function"]}})
fifo_queue = CallbackQueue("fifo", {"worker": WORKER, "max_receive_count": 2, "fifo": True})
batched_queue = CallbackQueue(
    "batched", {"worker": WORKER, "max_receive_count": 2, "fifo": True, "batch_size": 10}
)
table = CallbackTable("table", {"worker": WORKER})
bucket = CallbackBucket("bucket", {"worker": WORKER})

WAYS: dict[str, tuple[dict[str, Any], Any]] = {
    "queue": (plain_queue.wait(**TRACED), plain_queue),
    "topic-to-queue-raw": (raw.wait(raw_queue.queue_arn, **TRACED), raw_queue),
    "topic-to-queue": (wrapped.wait(plain_queue.queue_arn, **TRACED), plain_queue),
    "function": (called.wait(**HOW), called),
    "topic-to-function": (wrapped.wait(called.function_arn, **TRACED), called),
    "bus-to-queue": (wait.events("default", "to-the-queue", "Asked", **HOW), bus_queue),
    "bus-to-function": (wait.events("default", "to-the-function", "Asked", **HOW), bus_function),
    "fifo": (fifo_queue.wait(group_id="$.group", **TRACED), fifo_queue),
    "fifo-in-batches": (batched_queue.wait(group_id="$.group", **TRACED), batched_queue),
    "table": (table.wait(**HOW), table),
}


def export(name: str, asks: dict[str, Any], *answer: Any) -> None:
    """The ARN of a workflow that asks, and of which these components return the tokens."""
    roles = {id(each): each.callback_role_names for each in answer}
    flow = CallbackWorkflow(
        name,
        {
            "definition": {"StartAt": "Ask", "States": {"Ask": {**asks, "End": True}}},
            "callback_role_names": [role for names in roles.values() for role in names],
        },
    )
    pulumi.export(name, flow.state_machine_arn)


for way, (asks, waited_for) in WAYS.items():
    export(way, asks, waited_for)
# Whose messages a test takes, and delivers as it likes.
export("any-way", plain_queue.wait(**HOW), bucket, *(waited_for for _, waited_for in WAYS.values()))
for queue_name, queue in {"fifo": fifo_queue, "fifo-in-batches": batched_queue}.items():
    pulumi.export(f"{queue_name}-url", queue.queue_url)
pulumi.export("bucket-name", bucket.bucket_name)
