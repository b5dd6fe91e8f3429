"""What happens on a running stack: executions, messages, logs of functions; waiting for it, telling it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.aws.clients import Aws
from local.observe.patience import PATIENCE_SECONDS, until

_BATCH = 10
RUNNING = "RUNNING"


@dataclass(frozen=True)
class Execution:
    """An execution that has ended. ``output`` is its JSON, None if it did not succeed."""

    arn: str
    status: str
    output: Any
    error: str
    cause: str
    started: datetime
    stopped: datetime

    @property
    def seconds(self) -> float:
        """From start to end."""
        return (self.stopped - self.started).total_seconds()


@dataclass(frozen=True)
class Message:
    """A message taken from a queue. ``body`` is its text, ``sent`` when the queue got it."""

    id: str
    body: str
    sent: datetime


@dataclass(frozen=True)
class LogLine:
    """One line of a function's log; ``fields`` holds its JSON, empty for other lines."""

    group: str
    at: datetime
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def start(aws: Aws, state_machine_arn: str, request: object) -> str:
    """Start an execution with ``request`` as its input; its ARN."""
    answer = aws.step_functions.start_execution(stateMachineArn=state_machine_arn, input=json.dumps(request))
    return answer["executionArn"]


def wait_for_end(aws: Aws, execution_arn: str, timeout_seconds: int = 0) -> Execution:
    """Wait until an execution has ended, at its timeout perhaps.

    Raises NotSeen or TooSlow (``patience.py``) when it does not.
    """
    what = f"the end of {execution_arn}"
    return until(aws, what, lambda: ended(aws, execution_arn), seconds=PATIENCE_SECONDS + timeout_seconds)


def ended(aws: Aws, execution_arn: str) -> Execution | None:
    """An execution as it ended, None while it runs."""
    found = aws.step_functions.describe_execution(executionArn=execution_arn)
    if found["status"] == RUNNING:
        return None
    output = found.get("output")
    return Execution(
        arn=execution_arn,
        status=found["status"],
        output=json.loads(output) if output else None,
        error=found.get("error", ""),
        cause=found.get("cause", ""),
        started=found["startDate"],
        stopped=found["stopDate"],
    )


def history(aws: Aws, execution_arn: str) -> list[Mapping[str, Any]]:
    """All events of an execution, oldest first."""
    pages = aws.step_functions.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, includeExecutionData=True
    )
    return [event for page in pages for event in page["events"]]


def receive(aws: Aws, queue_url: str, *, wait_seconds: int = 0) -> list[Message]:
    """All messages that a queue has now, at least one if one comes within ``wait_seconds``."""
    messages: list[Message] = []
    while True:
        batch = aws.sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=0 if messages else wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not batch:
            return messages
        for item in batch:
            sent = datetime.fromtimestamp(int(item["Attributes"]["SentTimestamp"]) / 1000, UTC)
            messages.append(Message(item["MessageId"], item["Body"], sent))
            aws.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=item["ReceiptHandle"])


def count(aws: Aws, queue_url: str) -> int:
    """How many messages a queue holds, being worked on or not."""
    found = aws.sqs.get_queue_attributes(
        QueueUrl=queue_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])


def log_lines(aws: Aws, group: str | None = None) -> Iterator[LogLine]:
    """Lines of one log group, or of all."""
    if group is None:
        for page in aws.logs.get_paginator("describe_log_groups").paginate():
            for found in page["logGroups"]:
                yield from log_lines(aws, found["logGroupName"])
        return
    for events in aws.logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in events["events"]:
            yield log_line(group, event)


def log_line(group: str, event: Mapping[str, Any]) -> LogLine:
    """An event of a log group."""
    text = event["message"]
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    fields = json_object(text)
    if "timestamp" in fields:
        at = datetime.fromisoformat(str(fields["timestamp"]))
    return LogLine(group, at, text, fields)


def json_object(text: str) -> Mapping[str, Any]:
    """What a text says in JSON, nothing if it is no object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
