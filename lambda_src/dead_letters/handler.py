"""Consumes a CallbackQueue's dead-letter queue: fails the tasks that nobody will answer any more.

Handler `handler.handler`. A message gets here when its worker faulted on every delivery, could not be
imported, ran out of memory or of time. A worker that could say why has already failed the task, and the
message is then only deleted. A message without a usable token stays, for the alarm and for a person to look
at.
"""

import os
from logging import getLogger
from typing import Any

from countersign_runtime import UnusableMessage, answers, clients
from countersign_runtime.batch import Batch
from countersign_runtime.config import Config
from countersign_runtime.message import parse
from countersign_runtime.records import Item, Kind, read
from countersign_runtime.redact import guard_logging, live

logger = getLogger("countersign")
_config = Config.read(os.environ)


def fail_task(item: Item) -> bool:
    """Fail one message's task. False keeps the message on the dead-letter queue."""
    try:
        task, _ = parse(item.body)
        with live(task.token):
            answer = answers.fail(clients.step_functions(), task.token, answers.DEAD_LETTERED, cause(item))
    except (UnusableMessage, answers.UnusableToken) as problem:
        logger.error(
            "dead letter %s stays: %s",
            item.id,
            problem,
            extra={"message_id": item.id, "outcome": "unusable", "error": str(problem)},
        )
        return False
    except answers.Undelivered as problem:
        logger.warning(
            "dead letter %s comes again: %s",
            item.id,
            problem,
            extra={"message_id": item.id, "outcome": "undelivered", "error": str(problem)},
        )
        return False
    outcome = "dead-lettered" if answer is answers.Answer.ACCEPTED else "closed"
    logger.warning(
        "%s: task %s of %s, dead letter %s",
        outcome,
        task.id,
        task.state_name or "an unnamed state",
        item.id,
        extra={
            "outcome": outcome,
            "task_id": task.id,
            "state_name": task.state_name,
            "execution_arn": task.execution_arn,
            "message_id": item.id,
        },
    )
    return True


def cause(item: Item) -> str:
    """What the execution is told: where to look, since the reason itself is not known here."""
    count = _config.max_receive_count
    times = "every delivery" if count is None else f"{count} deliver{'y' if count == 1 else 'ies'}"
    queue = item.queue_name or "(unknown)"
    return (
        f"Message {item.id} of queue {queue} got no answer in {times}. The worker may not have started, or "
        "have run out of memory or time, or could not reach Step Functions: see its log."
    )


def _late(item: Item, seconds: float) -> None:
    logger.warning(
        "dead letter %s comes again: no reply within %.0f s",
        item.id,
        seconds,
        extra={"message_id": item.id, "outcome": "undelivered"},
    )


guard_logging()
clients.step_functions()
_batch = Batch(_config.max_concurrency, fail_task, _late)


def handler(event: object, context: object) -> Any:
    """Answers a batch of the dead-letter queue."""
    kind, items = read(event)
    if kind is not Kind.QUEUE:
        raise ValueError(f"the dead-letter consumer takes SQS batches only, got {kind.value}")
    return _batch.run(items, context)
