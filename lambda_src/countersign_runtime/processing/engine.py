"""From a message to its answer: call `handle`, send what came of it, decide what happens to the message.

| what `handle` does            | the task                          | the message              |
|-------------------------------|-----------------------------------|--------------------------|
| returns a result              | succeeds                          | done                     |
| raises TaskFailed             | fails with its error and cause    | done                     |
| returns PENDING               | waits on                          | done                     |
| raises anything else: a fault | waits on; fails with the last try | again, then dead letters |

That is a queue, which counts deliveries. Without one, a fault fails the task at once. A stored message is
deleted where the table says "done", but for PENDING.

An answer that Step Functions cannot take now is sent again, without `handle`, while the function and the task
have time (resend.py). Then the message comes again, later than after a fault.
"""

from collections.abc import Callable
from logging import ERROR, INFO, WARNING, getLogger
from time import monotonic, perf_counter
from typing import Any, Final

from countersign_runtime import answers, clients
from countersign_runtime.answers import Answer, InvalidOutput, Undelivered, UnusableToken
from countersign_runtime.message import Task, UnusableMessage, parse
from countersign_runtime.outcomes import PENDING, TaskClosed, TaskFailed
from countersign_runtime.redact import live

from . import faults, resend, stored
from .batch import Batch, Result, Times, backoff_seconds, give_back
from .config import Config
from .faults import Fault
from .records import Item, Kind, read
from .resend import Pausing

logger = getLogger("countersign")

DEAD_LETTER_SECONDS: Final = 1
"""How long after its last delivery a message becomes a dead letter: long enough for the consumer to find the
task closed, so that the reason given here stands."""

NO_REPLY: Final = "Step Functions did not reply before the function had to end"
NOW: Final = 0.0
"""Send it once: there is no time to send it again."""

MAX_ERROR_TEXT_CHARACTERS: Final = 2_048
"""What a log record holds of an error's text."""

Handle = Callable[[Any, Task], Any]


class Worker:
    """One function's work. Thread-safe."""

    def __init__(self, handle: Handle, config: Config) -> None:
        self._handle = handle
        self._config = config
        self._batch = Batch(config.max_concurrency, self._from_queue, self._late)
        self._stored = Batch(config.max_concurrency, self._from_store, self._late_stored)
        self._taken: dict[str, Task] = {}
        """Tasks of stored messages that are worked on, by item."""
        self._sending: list[str] = []
        """Ids of tasks that Step Functions is told something about: it is not their work that takes long."""

    def __call__(self, event: object, context: object) -> Result | dict[str, Any]:
        """Answer an event: a batch of a queue or a table's stream, a notification of a topic or a bucket, or
        the wait message itself."""
        kind, items = read(event)
        if kind is Kind.QUEUE:
            return self._batch.run(items, context)
        if kind is Kind.TABLE:
            return self._stored.run(items, context)
        if kind is Kind.BUCKET:
            return self._from_bucket(items, context)
        until = Times.of(context).until
        return resend.run(
            self._from_topic(items, until) if kind is Kind.TOPIC else self._direct(items[0], until)
        )

    def _from_queue(self, item: Item, until: float) -> Pausing[bool]:
        began = perf_counter()
        try:
            task, request = parse(item.body, item.sent_time)
        except UnusableMessage as problem:
            return self._unusable(item, str(problem))
        until = resend.within(task, until)
        try:
            redelivered, comes_again = item.deliveries > 1, not self._is_last(item)
            outcome = yield from self._work(task, request, until, redelivered, comes_again)
        except UnusableToken as problem:
            return self._unusable(item, str(problem))
        except Fault as fault:
            yield from self._broken(item, task, fault, began, until)
            return False
        except Undelivered as problem:
            self._undelivered(item, task, str(problem), began)
            return False
        _log(INFO, outcome, task, began, message_id=item.id)
        return True

    def _late(self, item: Item, seconds: float) -> None:
        """The work of this message did not end within the function's time, and its thread goes on."""
        try:
            task, _ = parse(item.body, item.sent_time)
        except UnusableMessage:
            return
        began = perf_counter() - seconds
        if task.id in self._sending:
            self._undelivered(item, task, NO_REPLY, began)
        else:
            resend.run(self._broken(item, task, faults.out_of_time(seconds), began, NOW))

    def _undelivered(self, item: Item, task: Task, problem: str, began: float) -> None:
        """The message comes again, for its answer. What the last delivery leaves is the dead-letter
        consumer's."""
        _log(
            WARNING, "undelivered", task, began, message_id=item.id, deliveries=item.deliveries, error=problem
        )
        last = self._is_last(item)
        give_back(item, DEAD_LETTER_SECONDS if last else resend.backoff_seconds(item.deliveries, task))

    def _broken(self, item: Item, task: Task, fault: Fault, began: float, until: float) -> Pausing[None]:
        last = self._is_last(item)
        _log(
            ERROR if last else WARNING,
            "fault",
            task,
            began,
            message_id=item.id,
            deliveries=item.deliveries,
            error=str(fault),
            trace=fault.trace,
        )
        if last:
            # The dead-letter consumer could only say that it failed; here the reason is known. The message
            # still becomes a dead letter, to be looked at.
            try:
                yield from self._send_failure(task, answers.DEAD_LETTERED, str(fault), until)
            except (Undelivered, UnusableToken) as problem:
                _log(WARNING, "undelivered", task, began, message_id=item.id, error=str(problem))
        give_back(item, DEAD_LETTER_SECONDS if last else backoff_seconds(item.deliveries))

    def _unusable(self, item: Item, problem: str) -> bool:
        """Nobody can be told, so straight to the dead-letter queue: every delivery follows at once."""
        logger.error(
            "message %s is unusable: %s",
            item.id,
            problem,
            extra={"message_id": item.id, "outcome": "unusable", "error": problem},
        )
        give_back(item, 0)
        return False

    def _is_last(self, item: Item) -> bool:
        return (
            self._config.max_receive_count is not None and item.deliveries >= self._config.max_receive_count
        )

    def _direct(self, item: Item, until: float) -> Pausing[dict[str, Any]]:
        """Step Functions calls the function itself. A fault fails the task, and the invocation too.

        `UnusableMessage`, `UnusableToken` and `Undelivered` fail the invocation, and with it, on AWS, the
        task.
        """
        began = perf_counter()
        task, request = parse(item.body)
        until = resend.within(task, until)
        try:
            outcome = yield from self._work(task, request, until)
        except Fault as fault:
            yield from self._fail(task, fault, began, until)
            raise
        _log(INFO, outcome, task, began)
        return {"answered": outcome, "taskId": task.id}

    def _from_topic(self, items: list[Item], until: float) -> Pausing[dict[str, Any]]:
        """A topic counts no deliveries, so a fault fails the task at once and is then done.

        Whatever could not be answered fails the invocation, which Lambda repeats twice:
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        """
        answered, problems = [], []
        for item in items:
            began = perf_counter()
            try:
                task, request = parse(item.body)
                outcome = yield from self._finish(item, task, request, began, until)
                answered.append({"answered": outcome, "taskId": task.id})
            except (UnusableMessage, UnusableToken, Undelivered) as problem:
                logger.error(
                    "notification %s: %s",
                    item.id,
                    problem,
                    extra={"message_id": item.id, "error": str(problem)},
                )
                problems.append(problem)
        if problems:
            raise problems[0]
        return {"answered": answered}

    def _from_bucket(self, items: list[Item], context: object) -> dict[str, Any]:
        """Nothing but the whole invocation can come again, as one from a topic does."""
        if failures := self._stored.run(items, context)["batchItemFailures"]:
            raise Undelivered(
                "The answer", "Incomplete", f"{len(failures)} of {len(items)} messages come again"
            )
        return {"answered": len(items)}

    def _from_store(self, item: Item, until: float) -> Pausing[bool]:
        """A stored message. It stays while its task waits for somebody else, and if it is of no use."""
        began = perf_counter()
        try:
            if (found := stored.take(item)) is None:
                logger.info("stored message %s was answered before", item.id, extra={"message_id": item.id})
                return True
            task, request = parse(found.body)
            self._taken[item.id] = task
            outcome = yield from self._finish(item, task, request, began, until, found.taken_before)
            if outcome != "pending":
                stored.delete(item)
        except (UnusableMessage, UnusableToken) as problem:
            # Another try would find the same, and a stream would stand still meanwhile.
            logger.error(
                "stored message %s is unusable: %s",
                item.id,
                problem,
                extra={"message_id": item.id, "outcome": "unusable", "error": str(problem)},
            )
        except Undelivered as problem:
            logger.warning(
                "stored message %s comes again: %s",
                item.id,
                problem,
                extra={"message_id": item.id, "outcome": "undelivered", "error": str(problem)},
            )
            return False
        finally:
            self._taken.pop(item.id, None)
        return True

    def _late_stored(self, item: Item, seconds: float) -> None:
        task = self._taken.get(item.id)
        if task is None:
            return
        began = perf_counter() - seconds
        if task.id in self._sending:
            _log(WARNING, "undelivered", task, began, message_id=item.id, error=NO_REPLY)
            return
        try:
            resend.run(self._fail(task, faults.out_of_time(seconds), began, NOW))
        except (Undelivered, UnusableToken) as problem:
            _log(WARNING, "undelivered", task, began, message_id=item.id, error=str(problem))
        else:
            stored.delete(item)

    def _finish(
        self, item: Item, task: Task, request: Any, began: float, until: float, redelivered: bool = False
    ) -> Pausing[str]:
        """Handle a task whose source counts no deliveries: a fault fails it at once. Returns the outcome."""
        until = resend.within(task, until)
        try:
            outcome = yield from self._work(task, request, until, redelivered)
        except Fault as fault:
            yield from self._fail(task, fault, began, until)
            return "fault"
        _log(INFO, outcome, task, began, message_id=item.id)
        return outcome

    def _fail(self, task: Task, fault: Fault, began: float, until: float) -> Pausing[None]:
        _log(ERROR, "fault", task, began, error=str(fault), trace=fault.trace)
        yield from self._send_failure(task, fault.kind, str(fault), until)

    def _work(
        self, task: Task, request: Any, until: float, redelivered: bool = False, comes_again: bool = False
    ) -> Pausing[str]:
        """Handle one task and send the answer. Returns the outcome's name, or raises
        `Fault`, `Undelivered` or `UnusableToken`."""
        if not (yield from self._is_waited_for(task, redelivered, comes_again, until)):
            return "closed"
        client = clients.step_functions()
        with live(task.token):
            try:
                result = self._handle(request, task)
            except TaskFailed as failed:
                error, cause = failed.error, failed.cause
                return _name("failed", (yield from self._send_failure(task, error, cause, until)))
            except TaskClosed:
                return "closed"
            except (Undelivered, UnusableToken):
                raise
            # SystemExit: sys.exit() would end the thread, and nobody would know.
            except (Exception, SystemExit) as problem:
                raise faults.of(problem, task.token) from None
            if result is PENDING:
                return "pending"
            try:
                text = answers.encode(result, task.token)
                answer = yield from self._send(
                    task, lambda: answers.send_success(client, task.token, text), until
                )
            except InvalidOutput as refusal:
                error, cause = answers.INVALID_OUTPUT, str(refusal)
                return _name("invalid-output", (yield from self._send_failure(task, error, cause, until)))
            return _name("succeeded", answer)

    def _is_waited_for(self, task: Task, redelivered: bool, comes_again: bool, until: float) -> Pausing[bool]:
        """Whether the work is worth doing. Asked only where there is a doubt: one heartbeat, which changes
        nothing.

        A redelivered message may have been answered by a function that died before it could say so; without
        asking, the work would be done twice. After the deadline the token is most likely dead. It is not
        skipped on that alone: a redriven execution comes with the old EnteredTime and a live token, and would
        then hang.

        Raises `Undelivered` while Step Functions does not say, if the message comes again: it may not take
        the answer either. A last try is made all the same, since answers have a quota of their own.
        """
        overdue = resend.seconds_left(task) < 0
        if not redelivered and not overdue:
            return True
        now = monotonic()
        try:
            # At most half of the time: the rest is for the work.
            answer = yield from self._send(
                task,
                lambda: answers.heartbeat(clients.step_functions(), task.token),
                now + (until - now) / 2,
            )
        except Undelivered as problem:
            if problem.passing and comes_again:
                raise
            logger.warning("task %s: %s", task.id, problem, extra={"task_id": task.id, "error": str(problem)})
            return True
        return answer is Answer.ACCEPTED

    def _send_failure(self, task: Task, error: str, cause: str, until: float) -> Pausing[Answer]:
        client = clients.step_functions()
        return self._send(task, lambda: answers.fail(client, task.token, error, cause), until)

    def _send(self, task: Task, call: Callable[[], Answer], until: float) -> Pausing[Answer]:
        self._sending.append(task.id)
        try:
            return (yield from resend.send(call, until))
        finally:
            self._sending.remove(task.id)


def _name(outcome: str, answer: Answer) -> str:
    return outcome if answer is Answer.ACCEPTED else "closed"


def _log(level: int, outcome: str, task: Task, began: float, **more: object) -> None:
    """One record for each message. Lambda's JSON format shows the extra fields."""
    error = answers.clip(str(more.pop("error", "")), MAX_ERROR_TEXT_CHARACTERS)
    if error:
        more["error"] = error
    logger.log(
        level,
        "%s: task %s of %s%s",
        outcome,
        task.id,
        task.state_name or "an unnamed state",
        f": {error}" if error else "",
        extra={
            "outcome": outcome,
            "task_id": task.id,
            "state_name": task.state_name,
            "execution_arn": task.execution_arn,
            "ms": round((perf_counter() - began) * 1000, 1),
            **more,
        },
    )
