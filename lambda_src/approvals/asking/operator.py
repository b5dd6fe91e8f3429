"""What an operator has done with a request: one or all are mailed again, or nobody is asked any more.

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
from approvals.answering.nudge import Nudge, tell
from approvals.asking.subscriptions import Subscriptions
from approvals.record.store import Store
from approvals.record.trust import Forged
from approvals.request import life
from approvals.request.life import Step
from approvals.request.model import Request, Status
from countersign_contract.approvals import operating
from countersign_contract.approvals.operating import Call, InvalidCall

logger = getLogger("countersign")

NOBODY_WAITS: Final = "nobody waits for it any more"


class Unsigned(Exception):
    """A call of which AWS does not say who made it."""


def read(event: Mapping[str, Any]) -> tuple[str, Call]:
    """From an event in payload format 2.0: who asks (the ARN of a user or of a role's session, from AWS), and
    for what. `Unsigned`, or `InvalidCall`.

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
        raise InvalidCall("the call must be a JSON object")
    return str(who), Call.read(said)


@dataclass(frozen=True)
class Done:
    """What came of it."""

    done: bool
    status: str
    """Of the request, after it; or why nothing was done: one of `operating.WHY_NOT`."""


@dataclass
class Operator:
    """Does what operators ask for. Doing it twice does no harm. `store` puts on record who asks for it."""

    store: Store
    delivery: Delivery
    subscriptions: Subscriptions | None
    nudge: Callable[[Nudge], None]
    clock: Callable[[], float] = time.time

    def answer(self, call: Call) -> Done:
        """Do it. Raises `Undelivered` if Step Functions could not be asked: then it is to be done again."""
        try:
            record = self.store.load(call.request)
        except Forged:
            return Done(False, operating.FORGED)
        if record is None:
            return Done(False, operating.UNKNOWN)
        request = record.request
        status = life.seen(request, self.clock())
        if status is not Status.OPEN:
            return Done(False, status)
        cancels = call.action == operating.CANCEL
        done = self._cancel(request, call.reason) if cancels else self._mail(request, call)
        extra = {"task_id": call.request, "by": self.store.who, "outcome": done.status}
        logger.info("operator: %s", call.action, extra=extra)
        return done

    def _mail(self, request: Request, call: Call) -> Done:
        """Mail those again who have not decided, or one of them, unless nobody waits."""
        now = self.clock()
        only = _number(request, call.approver) if call.action == operating.RESEND else None
        if call.action == operating.RESEND and only not in life.undecided(request):
            is_asked = only is not None and only in request.asked
            return Done(False, operating.HAS_DECIDED if is_asked else operating.NOT_ASKED)
        if not self.delivery.may_wait(request):
            done, _ = self._take(request, partial(life.cancelled, now=now, reason=NOBODY_WAITS))
            return Done(False, done.status)
        missing = self.subscriptions.missing(request.people) if self.subscriptions else None
        step = partial(life.reminded, now=now, unreachable=missing, only=only)
        done, after = self._take(request, step)
        if done.done or after is None or done.status != Status.OPEN:
            return done
        return Done(False, _why_nobody(after, only, missing or {}))

    def _cancel(self, request: Request, reason: str) -> Done:
        """Fail the task, then close the request: if the function dies between, the same call closes it, or
        the follow-up does. The other way round, the execution could wait in vain."""
        failed = self.delivery.cancel(request, self.store.who, reason)
        step = partial(life.cancelled, now=self.clock(), reason=reason, failed=failed)
        done, _ = self._take(request, step)
        return done

    def _take(self, request: Request, step: Step) -> tuple[Done, Request | None]:
        now = self.clock()
        after, changed = self.store.change(request.id, step, now, known=request)
        tell(self.nudge, Nudge(request.id))
        return Done(changed, life.seen(after, now) if after else operating.UNKNOWN), after


def _number(request: Request, approver: str) -> int | None:
    """The number of an approver who is named by it or by an address; None for nobody of the request's."""
    numbers = range(len(request.people))
    return int(approver) if approver in map(str, numbers) else request.number_of(approver)


def _why_nobody(request: Request, only: int | None, missing: Mapping[int, str]) -> str:
    """Why nobody was mailed again: of those who have not decided, some cannot be, and the rest was before."""
    left = life.undecided(request) if only is None else [only]
    can = [number for number in left if number not in missing]
    if only in request.votes:
        return operating.HAS_DECIDED
    if not can:
        return operating.UNREACHABLE
    return operating.TOO_SOON if can == left else operating.REST_UNREACHABLE
