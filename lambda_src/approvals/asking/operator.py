"""What an operator has done with a request: everybody reminded, or nobody asked any more.

The function that does it makes no links and sends no mails: it writes down what is owed, and has the
follow-up send it. Who asks for it is what API Gateway says of the signature, not what the call says.
"""

import json
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from logging import getLogger
from typing import Any, Final

from approvals.answering.delivery import Delivery
from approvals.answering.nudge import Nudge
from approvals.asking.subscriptions import Subscriptions
from approvals.record.store import Store
from approvals.record.trust import Forged
from approvals.request import life
from approvals.request.life import Step
from approvals.request.model import Record, Status
from countersign_contract.approvals import operating

logger = getLogger("countersign")

UNKNOWN: Final = "unknown"
"""There is no such request, or its time is over."""
FORGED: Final = "forged"
"""None of our functions wrote it as it is."""
UNREACHABLE: Final = "unreachable"
"""Nobody who has not decided can be mailed."""
NOBODY_WAITS: Final = "nobody waits for it any more"


class Unsigned(Exception):
    """A call of which AWS does not say who made it."""


@dataclass(frozen=True)
class Call:
    """What an operator asks for."""

    who: str
    """The ARN of the user or of the role's session, from AWS."""
    action: str
    request_id: str
    reason: str = ""

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> "Call":
        """From an event in payload format 2.0. `Unsigned`, or `InvalidCall`.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
        """
        iam = (event.get("requestContext", {}).get("authorizer") or {}).get("iam") or {}
        if not (who := iam.get("userArn")):
            raise Unsigned
        body = event.get("body") or ""
        try:
            said = json.loads(b64decode(body) if event.get("isBase64Encoded") else body)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise operating.InvalidCall("the call must be a JSON object")
        return cls(
            str(who), *operating.check(said.get("action"), said.get("request"), said.get("reason", ""))
        )


@dataclass(frozen=True)
class Done:
    """What came of it."""

    done: bool
    status: str
    """Of the request, after it."""

    def told(self) -> dict[str, Any]:
        return dict(vars(self))


class Operator:
    """Does what operators ask for. Doing it twice does no harm; somebody may be reminded twice."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        subscriptions: Subscriptions | None,
        nudge: Callable[[Nudge], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`store` puts on record who did it."""
        self._store = store
        self._delivery = delivery
        self._subscriptions = subscriptions
        self._nudge = nudge
        self._clock = clock

    def answer(self, call: Call) -> Done:
        """Do it. Raises `Undelivered` if Step Functions could not be asked: then it is to be done again."""
        try:
            record = self._store.load(call.request_id)
        except Forged:
            return Done(False, FORGED)
        if record is None:
            return Done(False, UNKNOWN)
        status = life.seen(record.request, self._clock())
        if status is not Status.OPEN:
            return Done(False, status)
        done = self._remind(record) if call.action == operating.REMIND else self._cancel(record, call)
        extra = {"task_id": call.request_id, "by": call.who, "outcome": done.status}
        logger.info("operator: %s", call.action, extra=extra)
        return done

    def _remind(self, record: Record) -> Done:
        """Mail those again who have not decided, unless nobody waits."""
        request, now = record.request, self._clock()
        if not self._delivery.may_wait(request):
            done = self._take(record, partial(life.cancelled, now=now, reason=NOBODY_WAITS))
            return Done(False, done.status)
        missing = self._subscriptions.missing(request.people) if self._subscriptions else None
        done = self._take(record, partial(life.reminded, now=now, unreachable=missing))
        is_anybody_mailed = any(number not in (missing or {}) for number in life.undecided(request))
        return done if is_anybody_mailed else Done(False, UNREACHABLE)

    def _cancel(self, record: Record, call: Call) -> Done:
        """Fail the task, then close the request: if the function dies between, the same call closes it, or
        the follow-up does. The other way round, the execution could wait in vain."""
        self._delivery.cancel(record.request, call.who, call.reason)
        return self._take(record, partial(life.cancelled, now=self._clock(), reason=call.reason))

    def _take(self, record: Record, step: Step) -> Done:
        request, now = record.request, self._clock()
        after, changed = self._store.change(request.id, step, now, known=request)
        try:
            self._nudge(Nudge(request.id))
        except Exception as problem:  # The follow-up finds within a minute what is to be sent.
            logger.warning("nudge failed: %s", type(problem).__name__, extra={"task_id": request.id})
        return Done(changed, life.seen(after, now) if after else UNKNOWN)
