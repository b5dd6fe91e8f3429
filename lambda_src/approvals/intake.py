"""Takes a wait message in: puts the request on record, closes those it replaces, asks the approvers."""

import time
from collections.abc import Callable
from functools import partial
from logging import getLogger
from typing import Any, Final

from countersign_runtime import Task, TaskFailed

from . import ask, model
from .ask import Ask, InvalidAsk, Rules
from .model import Request
from .outbox import Outbox
from .settings import AskSettings
from .store import Store
from .text import one_line

logger = getLogger("countersign")

OLD_SECONDS: Final = 60
"""A message is usually here within a second."""

INVALID: Final = "InvalidApprovalRequest"


class Intake:
    """Takes requests in. The same message again, at any time and after any crash, asks nobody twice."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        settings: AskSettings,
        *,
        is_waiting: Callable[[Task], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`is_waiting` asks Step Functions whether a task still waits."""
        self._store = store
        self._outbox = outbox
        self._settings = settings
        self._is_waiting = is_waiting
        self._clock = clock

    def take(self, asked: Any, task: Task) -> None:
        """Put the request on record and ask. `TaskFailed` for a request that can never be asked.

        Once it is on record, it is the follow-up function that sees to what could not be sent now.
        """
        settings = self._settings
        rules = Rules(settings.approvers, settings.escalation_approvers, settings.quorum)
        try:
            what = ask.parse(asked, rules)
            if task.timeout_seconds is None:
                raise InvalidAsk("TimeoutSeconds must be in the message, so that the request has a deadline")
            if not task.execution_arn:
                raise InvalidAsk("ExecutionArn must be in the message, so that its end closes the request")
        except InvalidAsk as problem:
            raise TaskFailed(INVALID, str(problem)) from None
        if self._is_old(task) and not self._is_waiting(task):
            logger.info("nobody waits for this request any more", extra={"task_id": task.id})
            return
        request = self._request(what, task)
        if self._store.create(request, what):
            logger.info("request recorded", extra={"task_id": task.id, "state_name": task.state_name})
        self._supersede(request, what)
        try:
            self._outbox.empty(request.id)
        except Exception as problem:
            logger.warning("asking failed: %s", type(problem).__name__, extra={"task_id": task.id})

    def _is_old(self, task: Task) -> bool:
        """Whether the state was entered so long ago that its message is late, or its execution redriven."""
        entered = task.entered_time
        return entered is not None and self._clock() - entered.timestamp() > OLD_SECONDS

    def _request(self, what: Ask, task: Task) -> Request:
        now = self._clock()
        settings = self._settings
        # Neither a retry's message nor a redriven state's says when that attempt began. Then the time of its
        # delivery stands for it: a deadline that is some seconds too late loses no decision.
        deadline = now + (task.timeout_seconds or 0)
        if task.deadline and not self._is_old(task):
            deadline = task.deadline.timestamp()
        escalates = bool(settings.escalate_after_seconds and what.escalation)
        request = Request(
            id=task.id,
            token=task.token,
            execution_arn=task.execution_arn,
            state_machine_arn=task.state_machine_arn,
            state_name=one_line(task.state_name),
            retry_count=task.retry_count,
            approvers=what.approvers,
            escalation=what.escalation if escalates else (),
            quorum=what.quorum,
            requester=what.requester,
            asked_at=now,
            deadline=deadline,
            expires_at=int(deadline) + settings.retention_days * 86_400,
            remind_after_seconds=settings.remind_after_seconds,
            escalate_at=now + settings.escalate_after_seconds if escalates else None,
        )
        return model.opened(request)

    def _supersede(self, request: Request, what: Ask) -> None:
        now = self._clock()
        step = partial(model.superseded, by_retry_count=request.retry_count, now=now)
        for earlier in self._store.of_execution(request.execution_arn, what.digest(request.state_name)):
            if earlier != request.id:
                _, closed = self._store.change(earlier, step, now)
                if closed:
                    logger.info("request superseded", extra={"task_id": earlier})
                    self._outbox_of(earlier)

    def _outbox_of(self, request_id: str) -> None:
        try:
            self._outbox.empty(request_id)
        except Exception as problem:
            logger.warning("announcing failed: %s", type(problem).__name__, extra={"task_id": request_id})
