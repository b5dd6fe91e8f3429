"""Comes back to requests: reminders, escalation, expiry, what was not sent or delivered, ended executions."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from logging import getLogger
from typing import Final

from approvals.answering.delivery import Delivery
from approvals.asking.sender import Sender
from approvals.record.store import Store
from approvals.request import life
from approvals.request.model import Change, Request, Status

logger = getLogger("countersign")

WORKERS: Final = 8


class StillUndelivered(Exception):
    """An answer was tried often, or given up: somebody should look. The log says what Step Functions says."""


class FollowUp:
    """Looks after requests. Doing it twice, or two at once, does no harm."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        outbox: Sender,
        clock: Callable[[], float] = time.time,
        workers: int = WORKERS,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._outbox = outbox
        self._clock = clock
        self._workers = workers

    def sweep(self) -> int:
        """Look after every request that is due; how many failed. They stay due."""
        return self._each(self._store.due(self._clock()), self.look_after)

    def execution_ended(self, execution_arn: str, ended_at: float | None = None) -> int:
        """Close what an execution that ended then still waited for; how many failed. Executions not ours have
        none."""
        asked = [each.id for each in self._store.of_execution(execution_arn)]
        return self._each(asked, partial(self._close, ended_at=ended_at))

    def look_after(self, request_id: str) -> None:
        """Do what is due for one request: what time brings, its delivery, its outbox.

        Raises what kept it from being done, and `StillUndelivered`. It stays due.
        """
        now = self._clock()
        request, _ = self._store.change(request_id, partial(life.followed_up, now=now), now)
        if request is None:
            return
        gave_up = False
        if request.status is Status.DECIDED and (request.deliver_at or 0) <= now:
            record = self._store.load(request_id)
            if record is not None:
                request = self._delivery.deliver(record)
                gave_up = request.status is Status.UNCONFIRMED
        self._outbox.empty(request_id)
        if gave_up or life.is_stuck(request, now):
            raise StillUndelivered(request.status.value)

    def remind(self, request_id: str) -> bool:
        """Mail those again who have not decided; whether there was an open request to remind of."""
        now = self._clock()
        _, changed = self._store.change(request_id, partial(life.reminded, now=now), now)
        self._outbox.empty(request_id)
        return changed

    def _close(self, request_id: str, ended_at: float | None) -> None:
        now = self._clock()

        def step(current: Request) -> Change | None:
            change = life.cancelled(current, now)
            # A redriven execution asks anew under the same ARN, and its end can be heard of late.
            since = change and ended_at and current.asked_at > ended_at
            return None if since and self._delivery.is_awaited(current.token) else change

        request, _ = self._store.change(request_id, step, now)
        if request is not None and request.status is Status.DECIDED:
            # The execution has ended, so its history is complete: it says whether our answer is in it.
            self._delivery.record(request, self._delivery.fate(request))
        self._outbox.empty(request_id)

    def _each(self, request_ids: Iterable[str], look: Callable[[str], None]) -> int:
        def safely(request_id: str) -> int:
            try:
                look(request_id)
            except Exception as problem:
                logger.error("follow-up failed: %s", type(problem).__name__, extra={"task_id": request_id})
                return 1
            return 0

        ids = list(request_ids)
        if len(ids) < 2 or self._workers < 2:
            return sum(map(safely, ids))
        with ThreadPoolExecutor(min(self._workers, len(ids))) as pool:
            return sum(pool.map(safely, ids))
