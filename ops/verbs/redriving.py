"""`redrive`: dead letters go back to their queues, once somebody has seen how many there are, and how old.

No message is received, as it may hold a token: SQS moves them. A call whose reply is lost does no harm, as a
queue has one move at a time, and the one that runs is watched.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ..aws import Aws, named
from ..problems import Exit, Problem, Refused
from ..screen import Column, length, value
from .reading import Operations

LETTERS: Final = (
    Column("Queue", value("queue"), 32),
    Column("Messages", value("messages"), 8),
    Column("In hand", value("inHand"), 7),
    Column("Oldest", lambda _, told: length(told["oldestSeconds"]), 10),
)
QUESTION: Final = "Workers get them again, and may do work a second time. Move them back?"
MOVES: Final = ("RUNNING", "CANCELLING")
LOOK_SECONDS: Final = 2
LOOKS: Final = 30
"""So often is it looked for a move that was begun."""
AGE_MINUTES: Final = 15
"""Of so long ago may the newest measurement of a message's age be: CloudWatch has one every few minutes."""

pause = time.sleep


def redrive(operations: Operations, queue: str, *, look: bool) -> None:
    """Show the dead letters, and move them back unless this is only a look. `Problem` if a move fails."""
    screen = operations.screen
    with screen.progress("looking"):
        found = [_letters(operations, *each) for each in operations.stack.queues(queue).items()]
    nothing = "the stack's outputs name no dead-letter queue (deadLetterQueueUrl)"
    screen.rows(LETTERS, [[told for _, told in found]], nothing)
    full = [(arn, told["queue"]) for arn, told in found if told["messages"]]
    if look:
        return
    if not full:
        screen.note("no dead letter can be moved now")
        return
    screen.confirm(QUESTION)
    for arn, name in full:
        with screen.progress(f"moving those of {name}") as tell:
            moved = _moved(operations.aws, arn, tell)
        screen.done({"kind": "move", "queue": name, "moved": moved}, f"{name}: {moved} moved back")


def _letters(operations: Operations, name: str, url: str) -> tuple[str, dict[str, Any]]:
    """A queue's ARN, and how many are on it, and how old the oldest is; never what they say."""
    names = ["QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = operations.aws.call(
        "sqs", "get_queue_attributes", f"the queue {name}", QueueUrl=url, AttributeNames=names
    )
    arn, messages, hidden = (answer["Attributes"].get(each, 0) for each in names)
    told = {"kind": "dead-letters", "queue": name, "messages": int(messages), "inHand": int(hidden)}
    return arn, {**told, "oldestSeconds": _oldest(operations, url.rpartition("/")[2])}


def _oldest(operations: Operations, queue_name: str) -> int | None:
    """For how many seconds the oldest message has been there; None if CloudWatch does not say it, or may not
    be asked."""
    now = datetime.fromtimestamp(operations.screen.now, UTC)
    try:
        answer = operations.aws.call(
            "cloudwatch",
            "get_metric_statistics",
            f"the age of messages on {queue_name}",
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": queue_name}],
            StartTime=now - timedelta(minutes=AGE_MINUTES),
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )
    except Refused as problem:
        operations.screen.note(str(problem))
        return None
    newest = max(answer["Datapoints"], key=lambda each: each["Timestamp"], default=None)
    return int(newest["Maximum"]) if newest else None


def _moved(aws: Aws, arn: str, tell: Callable[[str], None]) -> int:
    """Have SQS move what is on a queue, and watch; how many were moved. Ctrl-C ends the watching, not the
    move."""
    what, move = named("queue", arn), _move(aws, arn)
    if move.get("Status") not in MOVES:
        move = _begun(aws, arn, before=move.get("StartedTimestamp"))
    while move.get("Status") in MOVES:
        moved, of = (move.get(f"ApproximateNumberOfMessages{each}", "?") for each in ("Moved", "ToMove"))
        tell(f"{moved} of {of}")
        pause(LOOK_SECONDS)
        move = _move(aws, arn)
    moved = int(move.get("ApproximateNumberOfMessagesMoved") or 0)
    if move.get("Status") == "FAILED":
        why = move.get("FailureReason") or "SQS does not say why"
        raise Problem(Exit.REFUSED, f"{what}: {moved} moved back, and then it failed: {why}")
    if move.get("Status") == "CANCELLED":
        raise Problem(Exit.NOT_SO, f"{what}: {moved} moved back, and then somebody cancelled it")
    return moved


def _begun(aws: Aws, arn: str, before: Any) -> Mapping[str, Any]:
    """The move that is begun now; `before` is when the last one was. `Problem` if SQS does not list it."""
    what = named("queue", arn)
    try:
        aws.call("sqs", "start_message_move_task", what, SourceArn=arn)
    except Refused as problem:
        # One that somebody, or a call whose reply was lost, has begun meanwhile is watched.
        move = _move(aws, arn)
        if problem.denied or move.get("StartedTimestamp") == before:
            raise
        return move
    for _ in range(LOOKS):
        if (move := _move(aws, arn)).get("StartedTimestamp") != before:
            return move
        pause(LOOK_SECONDS)
    raise Problem(Exit.REFUSED, f"{what}: SQS has begun to move, and does not say how far it is")


def _move(aws: Aws, arn: str) -> Mapping[str, Any]:
    """The last move of a queue's messages."""
    about = named("queue", arn)
    answer = aws.call("sqs", "list_message_move_tasks", about, SourceArn=arn, MaxResults=1)
    moves: list[Mapping[str, Any]] = answer.get("Results") or [{}]
    return moves[0]
