"""Scenes of the workflow ``order_payment``."""

import json
import uuid
from collections.abc import Iterator
from functools import partial

from local import observe
from local.demo.scene import Evidence, Finding, Judge, Play, Scenes
from local.observe import LogLine
from local.observe.machines import with_timeout
from local.observe.patience import timeouts, until

SCENES = Scenes("order_payment")
DEAD_LETTERED = "CallbackQueue.DeadLettered"
TIMED_OUT = "States.Timeout"


def _order(**changes: object) -> dict[str, object]:
    order = {"orderId": f"order-{uuid.uuid4().hex[:8]}", "amount": 100, "currency": "EUR"}
    return {**order, "paymentReference": "pm_visa", **changes}


def _notified(*words: str) -> Judge:
    """One notification names the execution, and says these words."""

    def judge(play: Play, evidence: Evidence) -> Iterator[Finding]:
        arn = play.execution.arn if play.execution else ""
        notices = [notice for notice in evidence.notices if arn in notice.body]
        yield Finding("one notification was sent", len(notices) == 1, str(len(notices)), may_come=True)
        body = notices[0].body if notices else ""
        says = all(word in body for word in words)
        yield Finding(f"it says {' and '.join(words)}", says, body, may_come=not notices)

    return judge


@SCENES.add("An order is paid", "SUCCEEDED, notified")
def _paid(play: Play) -> None:
    order = _order()
    output = play.succeeds(play.start(order))
    play.expect("the order is paid", output.get("status") == "PAID", output.get("status"))
    same = all(output.get(key) == order[key] for key in ("orderId", "amount", "currency"))
    play.expect("the answer is about this order", same, json.dumps(output))
    play.later(_notified("succeeded"))


@SCENES.add("A payment is declined", "FAILED with PaymentDeclined, notified")
def _declined(play: Play) -> None:
    play.fails(play.start(_order(paymentReference="pm_declined_card")), "PaymentDeclined")
    play.later(_notified("failed", "PaymentDeclined"))


@SCENES.add(
    "The payment provider is down", f"retried, then FAILED with {DEAD_LETTERED}, notified", waits=True
)
def _down(play: Play) -> None:
    cause = play.fails(play.start(_order(paymentReference="pm_error_500")), DEAD_LETTERED)
    play.expect("its cause says 'RuntimeError'", "RuntimeError" in cause, cause)
    play.later(_notified("failed", DEAD_LETTERED))


@SCENES.add("A worker never answers", f"FAILED with {TIMED_OUT}, notified", waits=True)
def _unanswered(play: Play) -> None:
    """An order that the worker leaves to somebody else, with a timeout that ends after the worker had it."""
    outcomes: list[object] = []
    for seconds in timeouts(play.aws, "the worker's call"):
        arn = play.start(_order(method="bank_transfer"), with_timeout(play.aws, play.machine, seconds))
        execution = play.end(arn, seconds)
        if execution.error != TIMED_OUT:
            break
        calls = until(play.aws, "what the worker logged", partial(_calls, play, arn))
        if calls[0].at < execution.stopped:
            outcomes = [call.fields["outcome"] for call in calls]
            break
    play.fails(arn, TIMED_OUT)
    play.expect("the worker had it before, and left it to somebody else", outcomes == ["pending"], outcomes)
    play.later(_notified("failed", TIMED_OUT))


def _calls(play: Play, execution_arn: str) -> list[LogLine]:
    """What workers logged about the tasks of an execution."""
    lines = [line for line in observe.log_lines(play.aws) if "outcome" in line.fields]
    return [line for line in lines if line.fields.get("execution_arn") == execution_arn]


@SCENES.add("A message is broken", "stays in the dead-letter queue")
def _broken(play: Play) -> None:
    """A message that no workflow sent: text instead of JSON."""
    sent = play.aws.sqs.send_message(QueueUrl=play.own["queueUrl"], MessageBody="an order, surely?")
    play.message_id = sent["MessageId"]
    play.later(_stays)


def _stays(play: Play, evidence: Evidence) -> Iterator[Finding]:
    seen = [line for line in evidence.logs if line.fields.get("message_id") == play.message_id]
    refused = [line for line in seen if line.fields.get("outcome") == "unusable"]
    all_refused = bool(seen) and refused == seen
    yield Finding("every function that saw it refused it", all_refused, str(len(seen)), may_come=not seen)
    texts = [str(line.fields.get("message")) for line in refused]
    both = {text.startswith("dead letter") for text in texts} == {True, False}
    yield Finding("it was refused as work and as a dead letter", both, "; ".join(texts), may_come=True)
    left = observe.count(play.aws, play.own["deadLetterQueueUrl"])
    yield Finding("it alone is in the dead-letter queue", left == 1, str(left), may_come=True)
    working = observe.count(play.aws, play.own["queueUrl"])
    yield Finding("no message is left in the queue", working == 0, str(working), may_come=True)
