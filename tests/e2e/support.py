"""What the end-to-end tests share: waiting for something, orders, notifications, wait messages in hand."""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4

from countersign_runtime.message import task_id

from local import observe
from local.observe import Execution, LogLine, Message
from local.observe.machines import beside, definition_of
from tests.support.embedded import Embedded
from tests.support.patience import until

ORDERS, CHAIN, STORED = "order_payment", "callback_chain", "stored_tokens"
CALLBACK_TIMEOUT_SECONDS = 900
"""The stack's: what is answered ends before it on any machine."""
_FLUSH_SECONDS = 2.0


def order(**changes: object) -> dict[str, object]:
    """An order that is paid, unless a change decides otherwise."""
    paid = {"orderId": f"order-{uuid4().hex[:8]}", "amount": 100, "currency": "EUR"}
    return {**paid, "paymentReference": "pm_visa", **changes}


def calls_for(stack: Embedded, execution: Execution, at_least: int = 1) -> list[LogLine]:
    """What functions logged about the tasks of an execution, one line for each outcome.

    A function's log is there a moment after it has ended, and the execution may be faster: so it waits for
    this many. What a busy function logs late, the embedded AWS adds to the log of its next run: so every
    worker gets an empty batch, which it does nothing about.
    """

    flushed = time.monotonic()

    def look() -> list[LogLine]:
        nonlocal flushed
        found = [
            line
            for line in stack.logs()
            if line.fields.get("execution_arn") == execution.arn and "outcome" in line.fields
        ]
        if len(found) >= at_least:
            return found
        if time.monotonic() - flushed > _FLUSH_SECONDS:
            _flush_logs(stack)
            flushed = time.monotonic()
        return []

    return until(f"{at_least} calls for {execution.arn}", look)


def _flush_logs(stack: Embedded) -> None:
    for function in stack.aws.functions.list_functions()["Functions"]:
        if function["Handler"] == "countersign_runtime.processing.worker.handler":
            stack.aws.functions.invoke(FunctionName=function["FunctionName"], Payload='{"Records": []}')


def waits_of(stack: Embedded, execution: Execution) -> int:
    """How many tokens an execution has given away."""
    return sum(
        event["taskScheduledEventDetails"]["resource"].endswith(".waitForTaskToken")
        for event in stack.history(execution.arn)
        if event["type"] == "TaskScheduled"
    )


def task_ends(stack: Embedded, execution: Execution, state: str) -> list[str]:
    """How the tasks of a state ended, in order: `TaskSucceeded`, `TaskFailed`, `TaskTimedOut`."""
    ends, inside = [], False
    for event in stack.history(execution.arn):
        if event["type"].endswith("StateEntered"):
            inside = event["stateEnteredEventDetails"]["name"] == state
        elif inside and event["type"] in ("TaskSucceeded", "TaskFailed", "TaskTimedOut"):
            ends.append(event["type"])
    return ends


def held(stack: Embedded, queue_url: str) -> list[str]:
    """Ids of the messages a queue holds, being worked on or not. Looking changes nothing."""
    with urllib.request.urlopen(f"{stack.endpoint}/_ministack/sqs/messages?QueueUrl={queue_url}") as answer:
        accounts = json.load(answer)["messages"]
    return [
        message["MessageId"]
        for regions in accounts.values()
        for queues in regions.values()
        for messages in queues.values()
        for message in messages
    ]


def shorten_waits(stack: Embedded, factor: float) -> None:
    """Let the state machines wait only this part of the time between two tries. Timeouts stay."""
    change = json.dumps({"stepfunctions._SFN_WAIT_SCALE": factor}).encode()
    with urllib.request.urlopen(f"{stack.endpoint}/_ministack/config", data=change) as answer:
        assert json.load(answer)["applied"], "the embedded AWS has no such setting"


class Notices:
    """The notifications that reached the topic's test queue."""

    def __init__(self, stack: Embedded) -> None:
        self._stack = stack
        self._seen: list[Message] = []

    def all(self) -> list[Message]:
        """All so far."""
        self._seen += self._stack.messages(self._stack.outputs["notificationTestQueueUrl"])
        return self._seen

    def about(self, execution: Execution) -> list[Mapping[str, str]]:
        """Those that name an execution, as SNS wraps them: `Subject`, `Message`; at least one."""

        def look() -> list[Mapping[str, str]]:
            return [json.loads(notice.body) for notice in self.all() if execution.arn in notice.body]

        return until(f"a notification about {execution.arn}", look)


@dataclass(frozen=True)
class Asked:
    """A task that waits for its answer, and its message."""

    execution_arn: str
    message: Mapping[str, Any]

    @property
    def token(self) -> str:
        """The task's token."""
        token: str = self.message["TaskToken"]
        return token

    @property
    def task_id(self) -> str:
        """The id under which functions log the task."""
        return task_id(self.token)

    def body(self, **changes: object) -> str:
        """The message as it would come, or with other fields."""
        return json.dumps({**self.message, **changes})


class Asking:
    """A state machine with a wait state of a deployed one, whose messages come to a queue of the test's.

    So a test has a real wait message, with a live token, in its hands, and may deliver it as it likes.
    """

    def __init__(self, stack: Embedded, workflow: str = ORDERS, state: str = "ProcessPayment") -> None:
        self._stack = stack
        self._lock = Lock()
        self._queue_url = stack.aws.sqs.create_queue(QueueName=f"asking-{uuid4().hex[:8]}")["QueueUrl"]
        by_arn = workflow.startswith("arn:")
        deployed = workflow if by_arn else stack.workflow(workflow)["stateMachineArn"]
        wait = definition_of(stack.aws, deployed)["States"][state]
        for key in ("Next", "Catch", "ResultPath"):
            wait.pop(key, None)
        wait["Parameters"]["QueueUrl"] = self._queue_url
        wait |= {"TimeoutSeconds": CALLBACK_TIMEOUT_SECONDS, "End": True}
        self._machine = beside(stack.aws, deployed, {"StartAt": state, "States": {state: wait}})

    def ask(self, request: object = None) -> Asked:
        """Start an execution and take its message from the queue."""
        with self._lock:
            arn = observe.start(self._stack.aws, self._machine, order() if request is None else request)
            messages = until("the wait message", lambda: self._stack.messages(self._queue_url))
        (message,) = messages
        return Asked(arn, json.loads(message.body))
