"""One task's work: ask whether it is still waited for, call `handle`, send what came of it.

An answer that Step Functions cannot take now is sent again, without `handle`, while the function and the task
have time (resend.py). What then happens to the message is engine.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from logging import getLogger
from time import monotonic, perf_counter
from typing import Any, Final

from countersign_runtime import answers, clients
from countersign_runtime.answers import Answer, InvalidOutput, Undelivered, UnusableToken
from countersign_runtime.message import Task, parse
from countersign_runtime.outcomes import PENDING, TaskClosed, TaskFailed
from countersign_runtime.redact import live

from . import faults, resend
from .events import Item

logger = getLogger("countersign")

MAX_ERROR_TEXT_CHARACTERS: Final = 2_048
"""What a log record holds of an error's text."""

Handle = Callable[[Any, Task], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One message whose task is worked on."""

    item: Item
    task: Task
    request: Any
    until: float
    """When something may be begun at the latest, as `monotonic` counts."""
    comes_again: bool = False
    """The message is delivered again if its task gets no answer now."""
    began: float = field(default_factory=perf_counter)

    @classmethod
    def of(cls, item: Item, until: float, *, comes_again: bool = False) -> "Job":
        """What to do for a message, or `UnusableMessage`."""
        task, request = parse(item.body, item.sent_time, item.attributes)
        return cls(item, task, request, resend.within(task, until), comes_again)

    def log(self, level: int, outcome: str, **more: object) -> None:
        """One record for each message."""
        error = answers.clip(str(more.pop("error", "")), MAX_ERROR_TEXT_CHARACTERS)
        extra = {
            "outcome": outcome,
            "task_id": self.task.id,
            "state_name": self.task.state_name,
            "execution_arn": self.task.execution_arn,
            "ms": round((perf_counter() - self.began) * 1000, 1),
            **({"message_id": self.item.id} if self.item.id else {}),
            **({"error": error} if error else {}),
            **more,
        }
        state, text = self.task.state_name or "an unnamed state", f": {error}" if error else ""
        logger.log(level, "%s: task %s of %s%s", outcome, self.task.id, state, text, extra=extra)


class Answers:
    """Tells Step Functions of tasks. Thread-safe."""

    def __init__(self) -> None:
        self._sending: list[str] = []

    def is_sending(self, job: Job) -> bool:
        """Whether Step Functions is told something about the task: it is not its work that takes long."""
        return job.task.id in self._sending

    def fail(self, job: Job, error: str, cause: str) -> Answer:
        """Fail the task."""
        client, token = clients.step_functions(), job.task.token
        return self._send(job.task, lambda: answers.fail(client, token, error, cause), job.until)

    def _send(self, task: Task, call: Callable[[], Answer], until: float) -> Answer:
        self._sending.append(task.id)
        try:
            with live(task.token):
                return resend.send(call, until)
        finally:
            self._sending.remove(task.id)


class Work(Answers):
    """Works on tasks. Thread-safe."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle = handle

    def do(self, job: Job) -> str:
        """Handle the task and send the answer. Returns the outcome's name, or raises
        `Fault`, `Undelivered` or `UnusableToken`."""
        if not self._is_waited_for(job):
            return "closed"
        task, client = job.task, clients.step_functions()
        with live(task.token):
            try:
                result = self._handle(job.request, task)
            except TaskFailed as failed:
                return _name("failed", self.fail(job, failed.error, failed.cause))
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
                answer = self._send(task, lambda: answers.send_success(client, task.token, text), job.until)
            except InvalidOutput as refusal:
                return _name("invalid-output", self.fail(job, answers.INVALID_OUTPUT, str(refusal)))
            return _name("succeeded", answer)

    def _is_waited_for(self, job: Job) -> bool:
        """Whether the work is worth doing. Asked only where there is a doubt: one heartbeat, which changes
        nothing.

        A redelivered message may have been answered by a function that died before it could say so; without
        asking, the work would be done twice. After the deadline the token is most likely dead. It is not
        skipped on that alone: a redriven execution comes with the old EnteredTime and a live token, and would
        then hang.

        Raises `Undelivered` while Step Functions does not say, if the message comes again: it may not take
        the answer either. A last try is made all the same, since answers have a quota of their own.
        """
        task = job.task
        if job.item.deliveries <= 1 and resend.seconds_left(task) >= 0:
            return True
        client, now = clients.step_functions(), monotonic()
        half = now + (job.until - now) / 2  # The rest of the time is for the work.
        try:
            answer = self._send(task, lambda: answers.heartbeat(client, task.token), half)
        except Undelivered as problem:
            if problem.passing and job.comes_again:
                raise
            logger.warning("task %s: %s", task.id, problem, extra={"task_id": task.id, "error": str(problem)})
            return True
        return answer is Answer.ACCEPTED


def _name(outcome: str, answer: Answer) -> str:
    return outcome if answer is Answer.ACCEPTED else "closed"
