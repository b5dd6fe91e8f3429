"""Comes back to requests: reminders, escalation, expiry, what was not sent or delivered, ended executions."""

import hmac
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from logging import getLogger
from typing import Final

from approvals.answering.delivery import Delivery
from approvals.answering.nudge import Nudge
from approvals.asking.sender import Sender
from approvals.record.store import Store
from approvals.request import life
from approvals.request.due import Due
from approvals.request.life import Step
from approvals.request.model import Change, Request, Status

logger = getLogger("countersign")

WORKERS: Final = 8
LOOKS: Final = 0.25
"""The part of a sweep that is kept for looking whether Step Functions still waits."""


class StillUndelivered(Exception):
    """An answer was tried often, or given up: somebody should look. The log says what Step Functions says."""


@dataclass
class FollowUp:
    """Looks after requests. Doing it twice, or two at once, does no harm."""

    store: Store
    delivery: Delivery
    sender: Sender
    clock: Callable[[], float] = time.time
    workers: int = WORKERS

    def sweep(self, seconds: float = 60) -> int:
        """Look after requests that are due, decisions first, for so long; how many failed. They stay due, and
        so does what is left."""
        began = self.clock()
        due = self.store.due(began)
        return sum(
            self._each(
                map(Nudge, due[why]),
                self.look_after,
                began + seconds * (1 if why is Due.LOOK else 1 - LOOKS),
            )
            for why in Due
        )

    def execution_ended(self, execution_arn: str, ended_at: float | None = None) -> int:
        """Close what an execution that ended then still waited for; how many failed. Executions not ours have
        none."""
        asked = [Nudge(each.id) for each in self.store.of_execution(execution_arn)]
        return self._each(asked, partial(self._close, ended_at=ended_at))

    def look_after(self, nudge: Nudge) -> None:
        """Do what is due for one request: what time brings, its delivery, its outbox; or mail one approver
        their link again, if that is what the nudge says.

        Raises what kept it from being done, and `StillUndelivered`. It stays due, but for the link: whoever
        wants it asks again.
        """
        if nudge.again is not None:
            self._mail_again(nudge, nudge.again)
            return
        record = self.store.cleaned(nudge.request_id)
        if record is None:
            return
        request, now = record.request, self.clock()
        is_looked_at = life.needs_a_look(request, now)
        missing = self.sender.unreachable(request) if is_looked_at else None
        step: Step = partial(life.followed_up, now=now, unreachable=missing)
        is_time = nudge.unsent or (request.deliver_at or 0) <= now
        delivers = request.status is Status.DECIDED and is_time
        # Whoever may call this function, but makes no seals, cannot call a request delivered.
        if nudge.fate and _is(nudge.seal, self.store.seal_of(request, "fate", nudge.fate)):
            step = partial(life.answered, now=now, status=nudge.fate)
        elif delivers:
            step = self.delivery.deliver(record)
        elif is_looked_at and not self.delivery.may_wait(request):
            step = partial(life.cancelled, now=now)
        after = self.sender.follow(record, step, nudge.held)
        if after is None:
            return
        if (delivers and after.status is Status.UNCONFIRMED) or life.is_stuck(after, now):
            raise StillUndelivered(after.status)

    def _mail_again(self, nudge: Nudge, number: int) -> None:
        """Mail one approver their link again, as the page says that they wish, if it waits for them. Whoever
        may call this function, but makes no seals, has nothing mailed by it."""
        record, now = self.store.cleaned(nudge.request_id), self.clock()
        if record is None or not life.may_mail_again(record.request, number, now):
            return
        request = record.request
        if not _is(nudge.seal, self.store.seal_of(request, "again", number)):
            logger.error("a wish without a seal", extra={"task_id": request.id})
            return
        step: Step = partial(life.cancelled, now=now)
        if self.delivery.may_wait(request):
            missing = self.sender.unreachable(request)
            step = partial(life.mailed_again, number=number, now=now, unreachable=missing)
        self.sender.follow(record, step)

    def _close(self, nudge: Nudge, ended_at: float | None) -> None:
        record, now = self.store.cleaned(nudge.request_id), self.clock()
        if record is None:
            return
        if record.request.status is Status.DECIDED:
            self.sender.follow(record, self.delivery.ended(record.request))
            return

        def step(current: Request) -> Change | None:
            change = life.cancelled(current, now)
            # A redriven execution asks anew under the same ARN, and its end can be heard of late.
            since = change and ended_at and current.asked_at > ended_at
            return None if since and self.delivery.is_awaited(current.token) else change

        self.sender.follow(record, step)

    def _each(
        self, nudges: Iterable[Nudge], look: Callable[[Nudge], None], until: float = float("inf")
    ) -> int:
        """How many of these failed. What cannot begin before `until` is left for the next time."""

        def safely(nudge: Nudge) -> int:
            try:
                if self.clock() < until:
                    look(nudge)
            except Exception as problem:
                extra = {"task_id": nudge.request_id}
                logger.error("follow-up failed: %s", type(problem).__name__, extra=extra)
                return 1
            return 0

        found = list(nudges)
        if len(found) < 2 or self.workers < 2:
            return sum(map(safely, found))
        with ThreadPoolExecutor(min(self.workers, len(found))) as pool:
            return sum(pool.map(safely, found))


def _is(seal: str, expected: str) -> bool:
    return hmac.compare_digest(seal.encode("utf-8", "replace"), expected.encode())
