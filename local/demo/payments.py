"""Scenes of the workflow ``order_payment``."""

import json
import uuid
from functools import partial

from local import observe
from local.demo.scene import Play, Scene
from local.observe import LogLine
from local.observe.machines import with_timeout
from local.observe.patience import timeouts, until

_WORKFLOW = "order_payment"
DEAD_LETTERED = "CallbackQueue.DeadLettered"
TIMED_OUT = "States.Timeout"


def _order(**changes: object) -> dict[str, object]:
    order = {"orderId": f"order-{uuid.uuid4().hex[:8]}", "amount": 100, "currency": "EUR"}
    return {**order, "paymentReference": "pm_visa", **changes}


def _notified(play: Play, execution_arn: str, *words: str) -> None:
    """One notification names the execution, and says these words."""
    play.expect_in_time("one notification was sent", 1, lambda: len(play.stage.notices(execution_arn)))
    body = "".join(notice.body for notice in play.stage.notices(execution_arn))
    play.expect(f"it says {' and '.join(words)}", all(word in body for word in words), body)


def _paid(play: Play) -> None:
    order = _order()
    arn = play.start(order)
    output = play.succeeds(arn)
    play.expect("the order is paid", output.get("status") == "PAID", output.get("status"))
    same = all(output.get(key) == order[key] for key in ("orderId", "amount", "currency"))
    play.expect("the answer is about this order", same, json.dumps(output))
    _notified(play, arn, "succeeded")


def _declined(play: Play) -> None:
    arn = play.start(_order(paymentReference="pm_declined_card"))
    play.fails(arn, "PaymentDeclined")
    _notified(play, arn, "failed", "PaymentDeclined")


def _down(play: Play) -> None:
    arn = play.start(_order(paymentReference="pm_error_500"))
    cause = play.fails(arn, DEAD_LETTERED)
    play.expect("its cause says 'RuntimeError'", "RuntimeError" in cause, cause)
    _notified(play, arn, "failed", DEAD_LETTERED)


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
    _notified(play, arn, "failed", TIMED_OUT)


def _calls(play: Play, execution_arn: str) -> list[LogLine]:
    """What workers logged about the tasks of an execution."""
    lines = [line for line in observe.log_lines(play.aws) if "outcome" in line.fields]
    return [line for line in lines if line.fields.get("execution_arn") == execution_arn]


def _broken(play: Play) -> None:
    """A message that no workflow sent: text instead of JSON."""
    sent = play.aws.sqs.send_message(QueueUrl=play.own["queueUrl"], MessageBody="an order, surely?")
    play.message_id = sent["MessageId"]
    play.expect_in_time(
        "it was refused as work and as a dead letter",
        {("unusable", False), ("unusable", True)},
        partial(_refusals, play),
    )
    in_dead_letters = partial(observe.count, play.aws, play.own["deadLetterQueueUrl"])
    play.expect_in_time("it alone is in the dead-letter queue", 1, in_dead_letters)
    in_queue = partial(observe.count, play.aws, play.own["queueUrl"])
    play.expect_in_time("no message is left in the queue", 0, in_queue)


def _refusals(play: Play) -> set[tuple[str, bool]]:
    """What functions made of the message, and whether as a dead letter."""
    return {
        (str(fields.get("outcome")), str(fields.get("message")).startswith("dead letter"))
        for fields in (line.fields for line in observe.log_lines(play.aws))
        if fields.get("message_id") == play.message_id
    }


SCENES = (
    Scene("An order is paid", _WORKFLOW, "SUCCEEDED, notified", _paid),
    Scene("A payment is declined", _WORKFLOW, "FAILED with PaymentDeclined, notified", _declined),
    Scene(
        "The payment provider is down",
        _WORKFLOW,
        f"retried, then FAILED with {DEAD_LETTERED}, notified",
        _down,
    ),
    Scene("A worker never answers", _WORKFLOW, f"FAILED with {TIMED_OUT}, notified", _unanswered),
    Scene("A message is broken", _WORKFLOW, "stays in the dead-letter queue", _broken),
)
