"""Consumes a CallbackQueue's dead-letter queue: fails the tasks that nobody will answer any more.

A message gets here when its worker faulted on every delivery, ran out of memory or of time, or could not
deliver its answer. A worker that could say why has already failed the task, and the message is then only
deleted. A message without a usable token stays, for the alarm and for a person to look at. Nothing here
touches `worker.py`, whatever is wrong with it.
"""

from logging import ERROR, WARNING

from countersign_contract import metrics
from countersign_runtime import answers
from countersign_runtime.message import UnusableMessage

from .batch import Batch, End, Result
from .config import Config
from .events import Item
from .work import Answers, Job


class DeadLetters:
    """The consumer of one dead-letter queue. Thread-safe."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._answers = Answers()
        self._batch = Batch(self._fail_task, self._late)

    def __call__(self, items: list[Item], context: object) -> Result:
        """Fail the task of each message of a batch; name those that stay."""
        return self._batch.run(items, context)

    def _fail_task(self, item: Item, until: float) -> End:
        """Fail one message's task. What is given up stays on the dead-letter queue, for another try."""
        try:
            job = Job.of(item, until)
            answer = self._answers.fail(job, answers.DEAD_LETTERED, self._cause(item))
        except (UnusableMessage, answers.UnusableToken) as problem:
            item.log(ERROR, "dead letter %s stays: %s", problem, outcome="unusable")
            return End.GIVEN_UP
        except answers.Undelivered as problem:
            item.log(WARNING, "dead letter %s comes again: %s", problem, outcome="undelivered")
            return End.GIVEN_UP
        self._config.count(metrics.DEAD_LETTERS)
        job.log(WARNING, "dead-lettered" if answer is answers.Answer.ACCEPTED else "closed")
        return End.DONE

    def _cause(self, item: Item) -> str:
        """What the execution is told: where to look, since the reason itself is not known here."""
        if "RULE_ARN" in item.attributes:
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
            why = item.attributes.get("ERROR_CODE", "unknown")
            return f"EventBridge could not put message {item.id} on its queue ({why}): it was never begun."
        count = self._config.max_receive_count
        times = "every delivery" if count is None else f"{count} deliver{'y' if count == 1 else 'ies'}"
        queue = item.queue_name or "(unknown)"
        return (
            f"Message {item.id} of queue {queue} got no answer in {times}. The worker may not have run, "
            "may have run out of memory or time, or could not reach Step Functions: see its log. Nothing "
            "says whether its work was begun, so it may have been done: look before it is done again."
        )

    def _late(self, item: Item, seconds: float | None) -> None:
        if seconds is not None:
            text = f"dead letter %s comes again: no reply within {seconds:.0f} s"
            item.log(WARNING, text, outcome="undelivered")
