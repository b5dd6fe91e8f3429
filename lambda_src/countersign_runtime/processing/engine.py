"""From a message to its answer, for every source of messages: what happens to it, and in which order.

| what `handle` does            | the task                          | the message              |
|-------------------------------|-----------------------------------|--------------------------|
| returns a result              | succeeds                          | done                     |
| raises TaskFailed             | fails with its error and cause    | done                     |
| returns PENDING               | waits on                          | done                     |
| raises anything else: a fault | waits on; fails with the last try | again, then dead letters |

That is a queue, which counts deliveries. Without one, a fault fails the task at once. A stored message is
deleted where the table says "done", but for PENDING.

An answer that Step Functions does not take in time brings the message again, later than after a fault.
"""

from logging import ERROR, INFO, WARNING
from time import monotonic
from typing import Any, Final

from countersign_contract import metrics
from countersign_runtime import answers
from countersign_runtime.answers import Undelivered, UnusableToken
from countersign_runtime.message import UnusableMessage

from . import faults, resend, stored
from .batch import Batch, End, Result, Times, fault_pause_seconds, give_back
from .config import Config
from .dead_letters import DeadLetters
from .events import Item, Kind, read
from .faults import Fault
from .work import Handle, Job, Work

DEAD_LETTER_SECONDS: Final = 1
"""How long after its last delivery a message becomes a dead letter: long enough for the consumer to find the
task closed, so that the reason given here stands."""

NEVER_BEGUN: Final = (
    "Never begun: the function's time was over before this message, delivered once, had its turn"
)
NO_REPLY: Final = "Step Functions did not reply before the function had to end"


class Worker:
    """One function's work. Thread-safe."""

    def __init__(self, handle: Handle, config: Config) -> None:
        self._config = config
        self._max_receive_count = config.max_receive_count or float("inf")
        self._work = Work(handle)
        self._queue = Batch(self._from_queue, self._late)
        self._store = Batch(self._from_store, self._late_stored)
        self._dead_letters = DeadLetters(config)
        self._jobs: dict[int, Job] = {}
        """What a batch works on, by identity of the item: a message may be delivered again while a thread
        hangs with it."""

    def __call__(self, event: object, context: object) -> Result | dict[str, Any]:
        """Answer an event: a batch of a queue or a table's stream, a notification of a topic or a bucket, an
        event of a bus, or the wait message itself. Fail the tasks of dead letters."""
        kind, items = read(event)
        if kind is Kind.QUEUE:
            # A batch comes from one queue.
            is_dead = any(item.queue_arn == self._config.dead_letter_queue_arn for item in items)
            return self._dead_letters(items, context) if is_dead else self._queue.run(items, context)
        if kind is Kind.TABLE:
            return self._store.run(items, context)
        if kind is Kind.BUCKET:
            return self._from_bucket(items, context)
        until = Times.of(context).until
        if kind is Kind.DIRECT:
            return self._direct(items[0], until)
        return self._told(items, until)

    # A message of a queue comes again until its task has an answer, or it becomes a dead letter.

    def _from_queue(self, item: Item, until: float) -> End:
        try:
            comes_again = item.deliveries < self._max_receive_count
            job = self._jobs[id(item)] = Job.of(item, until, comes_again=comes_again)
            outcome = self._work.do(job)
        except (UnusableMessage, UnusableToken) as problem:
            # Nobody can be told, so straight to the dead-letter queue: every delivery follows at once.
            item.log(ERROR, "message %s is unusable: %s", problem, outcome="unusable")
            give_back(item, 0)
            return End.GIVEN_UP
        except Fault as fault:
            self._broken(job, fault)
        except Undelivered as problem:
            self._undelivered(job, str(problem))
        else:
            self._log(job, INFO, outcome)
            return End.DONE
        finally:
            self._jobs.pop(id(item), None)
        return End.AGAIN if comes_again else End.GIVEN_UP

    def _log(self, job: Job, level: int, outcome: str, **more: object) -> None:
        """What came of a message goes on record, and is counted."""
        job.log(level, outcome, **more)
        self._config.count(metrics.WORKER.get(outcome))

    def _broken(self, job: Job, fault: Fault) -> None:
        item, last = job.item, not job.comes_again
        level = ERROR if last else WARNING
        self._log(job, level, "fault", deliveries=item.deliveries, error=str(fault), trace=fault.trace)
        if last:
            # The dead-letter consumer could only say that it failed; here the reason is known. The message
            # still becomes a dead letter, to be looked at.
            try:
                self._work.fail(job, answers.DEAD_LETTERED, str(fault))
            except (Undelivered, UnusableToken) as problem:
                self._log(job, WARNING, "undelivered", error=str(problem))
        give_back(item, DEAD_LETTER_SECONDS if last else fault_pause_seconds(item.deliveries))

    def _undelivered(self, job: Job, problem: str) -> None:
        """The message comes again, for its answer. What the last delivery leaves is the dead-letter
        consumer's."""
        count = job.item.deliveries
        self._log(job, WARNING, "undelivered", deliveries=count, error=problem)
        again = resend.pause_seconds(count, job.task) if job.comes_again else DEAD_LETTER_SECONDS
        give_back(job.item, again)

    def _late(self, item: Item, seconds: float | None) -> None:
        """The work of this message did not end within the function's time, and its thread goes on; or was
        not begun.

        What is sent now is sent once: it is too late to send it again.
        """
        if seconds is None:
            self._not_begun(item)
        elif (job := self._jobs.get(id(item))) is None:
            return
        elif self._work.is_sending(job):
            self._undelivered(job, NO_REPLY)
        else:
            self._broken(job, faults.out_of_time(seconds))

    def _not_begun(self, item: Item) -> None:
        """The message comes again at once. If this was its only delivery, it was never begun, and its task is
        told so: of an earlier delivery, nobody knows what the function could do before it died."""
        if item.deliveries > 1 or self._max_receive_count > 1:
            give_back(item, 0)
            return
        try:
            self._work.fail(Job.of(item, monotonic()), answers.DEAD_LETTERED, NEVER_BEGUN)
        except (UnusableMessage, UnusableToken, Undelivered) as problem:
            item.log(WARNING, "message %s: %s", problem, outcome="undelivered")
        give_back(item, DEAD_LETTER_SECONDS)

    # Where nobody counts deliveries, a fault fails the task at once.

    def _answer(self, job: Job) -> str:
        """The outcome's name. A fault is raised, when the task has been failed with it."""
        try:
            outcome = self._work.do(job)
        except Fault as fault:
            self._fail(job, fault)
            raise
        self._log(job, INFO, outcome)
        return outcome

    def _fail(self, job: Job, fault: Fault) -> None:
        self._log(job, ERROR, "fault", error=str(fault), trace=fault.trace)
        self._work.fail(job, fault.kind, str(fault))

    def _direct(self, item: Item, until: float) -> dict[str, Any]:
        """Step Functions calls the function itself. A fault fails the task, and the invocation too.

        `UnusableMessage`, `UnusableToken` and `Undelivered` fail the invocation, and with it, on AWS, the
        task.
        """
        try:
            job = Job.of(item, until)
            return {"answered": self._answer(job), "taskId": job.task.id}
        except (UnusableMessage, UnusableToken, Undelivered) as problem:
            _log_unanswered(item, problem)
            raise

    def _told(self, items: list[Item], until: float) -> dict[str, Any]:
        """A topic or a bus calls the function. A fault is done once the task has failed with it.

        Whatever could not be answered fails the invocation, which Lambda repeats twice:
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        """
        answered, problems = [], []
        for item in items:
            try:
                job = Job.of(item, until)
                outcome = self._answer(job)
            except Fault:
                outcome = "fault"
            except (UnusableMessage, UnusableToken, Undelivered) as problem:
                _log_unanswered(item, problem)
                problems.append(problem)
                continue
            answered.append({"answered": outcome, "taskId": job.task.id})
        if problems:
            raise problems[0]
        return {"answered": answered}

    # A stored message is there until its task has an answer.

    def _from_bucket(self, items: list[Item], context: object) -> dict[str, Any]:
        """Nothing but the whole invocation can come again, as one from a topic does."""
        if failures := self._store.run(items, context)["batchItemFailures"]:
            detail = f"{len(failures)} of {len(items)} messages come again"
            raise Undelivered("The answer", "Incomplete", detail)
        return {"answered": len(items)}

    def _from_store(self, item: Item, until: float) -> End:
        """It stays while its task waits for somebody else, and if it is of no use."""
        try:
            if (found := stored.take(item)) is None:
                item.log(INFO, "stored message %s was answered before")
                return End.DONE
            job = self._jobs[id(item)] = Job.of(found, until)
            if self._answer(job) != "pending":
                stored.delete(item)
        except Fault:
            stored.delete(item)
        except (UnusableMessage, UnusableToken) as problem:
            # Another try would find the same, and a stream would stand still meanwhile.
            item.log(ERROR, "stored message %s is unusable: %s", problem, outcome="unusable")
        except Undelivered as problem:
            item.log(WARNING, "stored message %s comes again: %s", problem, outcome="undelivered")
            return End.AGAIN
        finally:
            self._jobs.pop(id(item), None)
        return End.DONE

    def _late_stored(self, item: Item, seconds: float | None) -> None:
        """As `_late`, but its task fails at once."""
        if seconds is None or (job := self._jobs.get(id(item))) is None:
            return
        if self._work.is_sending(job):
            self._log(job, WARNING, "undelivered", error=NO_REPLY)
            return
        try:
            self._fail(job, faults.out_of_time(seconds))
        except (Undelivered, UnusableToken) as problem:
            self._log(job, WARNING, "undelivered", error=str(problem))
        else:
            stored.delete(item)


def _log_unanswered(item: Item, problem: Exception) -> None:
    """Nobody is told of this message but the log, and whoever looks at failed invocations."""
    if isinstance(problem, Undelivered):
        item.log(ERROR, "message %s has no answer: %s", problem, outcome="undelivered")
    else:
        item.log(ERROR, "message %s is unusable: %s", problem, outcome="unusable")
