"""Takes a wait message in: puts the request on record, closes those it replaces, asks the approvers.

A message can come late, and the same can be asked by a retry, or by branches of a Map that know nothing of
each other. Only Step Functions knows which of them it still waits for: where there is a doubt, it is asked
before anything is opened or closed, and a message whose question gets no answer comes again.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from countersign_runtime import Task, TaskFailed
from countersign_runtime.answers import Undelivered
from countersign_runtime.redact import contains

from approvals.answering.delivery import Delivery
from approvals.asking.sender import Sender
from approvals.asking.subscriptions import named, ring
from approvals.record.lists import Asked
from approvals.record.store import Store
from approvals.record.trust import Forged
from approvals.request import life, outbox
from approvals.request.model import Change, Record, Request
from approvals.settings import AskSettings
from countersign_contract.approvals import request as ask
from countersign_contract.approvals.request import Ask, InvalidAsk, Rules
from countersign_contract.approvals.text import one_line

logger = getLogger("countersign")

OLD_SECONDS: Final = 60
"""A message is usually here within a second."""

INVALID: Final = "InvalidApprovalRequest"
UNREACHABLE: Final = "ApproversUnreachable"


@dataclass
class Intake:
    """Takes requests in. The same message again, at any time and after any crash, asks nobody twice."""

    store: Store
    sender: Sender
    delivery: Delivery
    settings: AskSettings
    clock: Callable[[], float] = time.time

    def take(self, asked: Any, task: Task) -> None:
        """Put the request on record and ask. `TaskFailed` for a request that can never be asked, or whose
        quorum cannot be reached; `Undelivered` if nobody can tell now whether it should be asked.

        Once it is on record, it is the follow-up function that sees to what could not be sent now.
        """
        settings = self.settings
        rules = Rules(settings.approvers, settings.escalation_approvers, settings.quorum)
        try:
            what = ask.parse(asked, rules)
            _check_secrecy(asked, task.token)
            if task.timeout_seconds is None:
                raise InvalidAsk("TimeoutSeconds must be in the message, so that the request has a deadline")
            if not task.execution_arn:
                raise InvalidAsk("ExecutionArn must be in the message, so that its end closes the request")
        except InvalidAsk as problem:
            raise TaskFailed(INVALID, str(problem)) from None
        request = self._request(what, task)
        if self._is_doubtful(request, task) and not self.delivery.may_wait(request):
            logger.info("nobody waits for this request any more", extra={"task_id": task.id})
            return
        request = self._opened(request)
        asks = Record(request, what.subject, what.details, what.specification, {})
        created = self.store.create(request, what)
        if created:
            logger.info("request recorded", extra={"task_id": task.id, "state_name": task.state_name})
        try:
            if self._supersede(request):
                asks = self.store.load(request.id) or asks
        finally:
            if created:  # Its outbox was lent with it.
                self._safely(request.id, lambda: self.sender.send(asks))
            else:
                self._announce(request.id)

    def _is_doubtful(self, request: Request, task: Task) -> bool:
        """Whether the task may have ended: its message is late, its execution was redriven, or the same is
        asked already, perhaps by the attempt that followed."""
        now, entered, deadline = self.clock(), task.entered_time, task.deadline
        return (
            (entered is not None and now - entered.timestamp() > OLD_SECONDS)
            or (deadline is not None and now >= deadline.timestamp())
            or any(each.id != request.id for each in self._asking(request))
        )

    def _asking(self, request: Request) -> list[Asked]:
        return self.store.of_execution(request.execution_arn, request.digest)

    def _request(self, what: Ask, task: Task) -> Request:
        now = self.clock()
        settings = self.settings
        deadline = task.deadline.timestamp() if task.deadline else now
        if deadline <= now:
            # The message does not say when this attempt began (a retry, a redriven state). The time of its
            # delivery stands for it: a deadline that is some seconds too late loses no decision.
            deadline = now + (task.timeout_seconds or 0)
        state_name = one_line(task.state_name)
        # Whoever would be asked when it is too late is not asked, and does not count as one to be reached.
        pause = settings.escalate_after_seconds
        escalates = bool(pause and what.escalation) and now + pause < deadline
        request = Request(
            id=task.id,
            token=task.token,
            execution_arn=task.execution_arn,
            state_machine_arn=task.state_machine_arn,
            state_name=state_name,
            digest=what.digest(state_name),
            retry_count=task.retry_count,
            approvers=what.approvers,
            escalation=what.escalation if escalates else (),
            quorum=what.quorum,
            requester=what.requester,
            asked_at=now,
            deadline=deadline,
            expires_at=int(deadline) + settings.retention_days * 86_400,
            remind_after_seconds=settings.remind_after_seconds,
            escalate_at=now + pause if escalates else None,
        )
        try:
            request = replace(request, links=self.sender.hashes(request))
            request = self.store.sealed(request, what)
        except (ClientError, BotoCoreError) as problem:
            # Without a way to its page there is nothing to record: the message comes again.
            raise Undelivered("GenerateMac", type(problem).__name__, "", passing=True) from None
        return request

    def _opened(self, request: Request) -> Request:
        """The request with what asking owes, lent to the caller; `TaskFailed` if too few can be reached,
        those included who are asked later. Of one that is on record somebody may have decided by now."""
        missing = self.sender.unreachable(request)
        people, can = request.people, len(request.people) - len(missing or {})
        if missing and can < request.quorum and self.store.load(request.id) is None:
            ring(request.id, missing)
            raise TaskFailed(
                UNREACHABLE,
                f"quorum is {request.quorum}, and {can} of {len(people)} approvers can be reached: "
                f"{named(people, missing)}",
            )
        return outbox.leased(life.opened(request, missing), request.asked_at)

    def _supersede(self, request: Request) -> bool:
        """Close those of the same that nobody waits for; whether this one was, as the attempt that followed
        was taken in at the same moment."""
        now = self.clock()
        asking = self._asking(request)
        newest = max((each.retry_count for each in asking), default=0)

        def step(current: Request) -> Change | None:
            change = life.superseded(current, newest, now)
            return None if change and self.delivery.may_wait(current) else change

        itself = False
        for each in asking:
            if life.may_be_over(each.retry_count, each.deadline, newest, now):
                try:
                    _, closed = self.store.change(each.id, step, now)
                except Forged:
                    continue  # The follow-up function sees to it.
                if closed:
                    logger.info("request superseded", extra={"task_id": each.id})
                    self._announce(each.id)
                    itself = itself or each.id == request.id
        return itself

    def _announce(self, request_id: str) -> None:
        self._safely(request_id, lambda: self.sender.empty(request_id))

    def _safely(self, request_id: str, send: Callable[[], object]) -> None:
        """What cannot be sent now is the follow-up function's."""
        try:
            send()
        except Exception as problem:
            logger.warning("announcing failed: %s", type(problem).__name__, extra={"task_id": request_id})


def _check_secrecy(asked: Mapping[str, Any], token: str) -> None:
    """A token would be in mails, on the page and in the record, as with `$$` for details."""
    for key, value in asked.items():
        if contains(json.dumps(value), token):
            raise InvalidAsk(f"{key} must not hold the task token, which is a credential")
