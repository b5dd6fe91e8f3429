"""Scenes of the workflow ``order_payment``."""

import json
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from local import observe
from local.demo.scene import Act, Evidence, Finding, Judge, Played, Scene, Stage
from local.errors import LocalError
from local.observe import Execution, LogLine
from local.observe.patience import timeouts, until
from local.observe.timed import with_timeout
from local.stack import Stack

WORKFLOW = "order_payment"
DEAD_LETTERED = "CallbackQueue.DeadLettered"
TIMED_OUT = "States.Timeout"


def _order(**changes: object) -> dict[str, object]:
    order = {"orderId": f"order-{uuid.uuid4().hex[:8]}", "amount": 100, "currency": "EUR"}
    return {**order, "paymentReference": "pm_visa", **changes}


def _pay(**changes: object) -> Act:
    def act(stage: Stage) -> Played:
        stack = stage.stack
        order = _order(**changes)
        arn = observe.start(stack.aws, _resources(stack)["stateMachineArn"], order)
        return Played(observe.wait_for_end(stack.aws, arn), facts={"order": order})

    return act


def _leave_unanswered(stage: Stage) -> Played:
    """An order that the worker leaves to somebody else, with a timeout that ends after the worker had it."""
    aws, workflow = stage.stack.aws, _resources(stage.stack)["stateMachineArn"]
    for seconds in timeouts(aws, "the worker's call"):
        arn = observe.start(aws, with_timeout(aws, workflow, seconds), _order(method="bank_transfer"))
        execution = observe.wait_for_end(aws, arn, seconds)
        if execution.error != TIMED_OUT:
            return Played(execution)
        calls = until(aws, "what the worker logged", partial(_calls, stage, arn))
        if calls[0].at < execution.stopped:
            return Played(execution, facts={"calls": calls})
    raise AssertionError("timeouts has no other end")


def _calls(stage: Stage, execution_arn: str) -> list[LogLine]:
    """What workers logged about the tasks of an execution."""
    lines = observe.log_lines(stage.stack.aws)
    return [
        line
        for line in lines
        if line.fields.get("execution_arn") == execution_arn and "outcome" in line.fields
    ]


def _leave_broken_message(stage: Stage) -> Played:
    """A message that no workflow sent: text instead of JSON. Returns once it has got where it stays."""
    resources = _resources(stage.stack)
    sent = stage.stack.aws.sqs.send_message(QueueUrl=resources["queueUrl"], MessageBody="an order, surely?")
    return Played(message_id=sent["MessageId"], queue_url=resources["deadLetterQueueUrl"])


def _resources(stack: Stack) -> Mapping[str, Any]:
    found: Mapping[str, Any] = stack.outputs["workflows"][WORKFLOW]
    return found


def _ended(played: Played) -> Execution:
    if played.execution is None:
        raise LocalError("this scene ran no execution")
    return played.execution


def _paid(played: Played, evidence: Evidence) -> Iterator[Finding]:
    execution = _ended(played)
    order, output = played.facts["order"], execution.output or {}
    yield Finding("the execution succeeds", execution.status == "SUCCEEDED", execution.status)
    yield Finding("the order is paid", output.get("status") == "PAID", str(output.get("status")))
    same = all(output.get(key) == order[key] for key in ("orderId", "amount", "currency"))
    yield Finding("the answer is about this order", same, json.dumps(output))
    yield from _notified(execution, evidence, "succeeded")


def _failed(error: str, *, in_cause: str = "") -> Judge:
    def judge(played: Played, evidence: Evidence) -> Iterator[Finding]:
        execution = _ended(played)
        yield Finding("the execution fails", execution.status == "FAILED", execution.status)
        yield Finding(f"its error is {error}", execution.error == error, execution.error)
        if in_cause:
            yield Finding(f"its cause says {in_cause!r}", in_cause in execution.cause, execution.cause)
        yield from _notified(execution, evidence, "failed", error)

    return judge


def _unanswered(played: Played, evidence: Evidence) -> Iterator[Finding]:
    yield from _failed(TIMED_OUT)(played, evidence)
    outcomes = [str(call.fields["outcome"]) for call in played.facts.get("calls", ())]
    yield Finding(
        "the worker had it before, and left it to somebody else", outcomes == ["pending"], str(outcomes)
    )


def _notified(execution: Execution, evidence: Evidence, *words: str) -> Iterator[Finding]:
    notices = evidence.notices_about(execution)
    yield Finding("one notification was sent", len(notices) == 1, str(len(notices)), may_come=True)
    body = notices[0].body if notices else ""
    says = all(word in body for word in words)
    yield Finding(f"it says {' and '.join(words)}", says, body, may_come=not notices)


def _stays(played: Played, evidence: Evidence) -> Iterator[Finding]:
    letters = [line for line in evidence.logs if line.fields.get("message_id") == played.message_id]
    refused = [line for line in letters if line.fields.get("outcome") == "unusable"]
    yield Finding(
        "every function that saw it refused it",
        bool(letters) and refused == letters,
        str(len(letters)),
        may_come=not letters,
    )
    texts = [str(line.fields.get("message")) for line in refused]
    as_dead_letter = [text.startswith("dead letter") for text in texts]
    yield Finding(
        "it was refused as work and as a dead letter",
        any(as_dead_letter) and not all(as_dead_letter),
        "; ".join(texts),
        may_come=True,
    )
    left = observe.count(evidence.stage.stack.aws, played.queue_url)
    yield Finding("it alone is in the dead-letter queue", left == 1, str(left), may_come=True)
    working = observe.count(evidence.stage.stack.aws, _resources(evidence.stage.stack)["queueUrl"])
    yield Finding("no message is left in the queue", working == 0, str(working), may_come=True)


SCENES = (
    Scene("An order is paid", WORKFLOW, "SUCCEEDED, notified", _pay(), _paid),
    Scene(
        "A payment is declined",
        WORKFLOW,
        "FAILED with PaymentDeclined, notified",
        _pay(paymentReference="pm_declined_card"),
        _failed("PaymentDeclined"),
    ),
    Scene(
        "The payment provider is down",
        WORKFLOW,
        f"retried, then FAILED with {DEAD_LETTERED}, notified",
        _pay(paymentReference="pm_error_500"),
        _failed(DEAD_LETTERED, in_cause="RuntimeError"),
        waits=True,
    ),
    Scene(
        "A worker never answers",
        WORKFLOW,
        f"FAILED with {TIMED_OUT}, notified",
        _leave_unanswered,
        _unanswered,
        waits=True,
    ),
    Scene("A message is broken", WORKFLOW, "stays in the dead-letter queue", _leave_broken_message, _stays),
)
