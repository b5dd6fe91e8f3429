"""What happens at the page: reading changes nothing, a POST decides."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from logging import getLogger
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from countersign_runtime.answers import Undelivered
from countersign_runtime.clients import status_of

from approvals.answering.delivery import Delivery
from approvals.answering.links import Link
from approvals.answering.nudge import Nudge, tell
from approvals.record.store import Store
from approvals.record.trust import Forged
from approvals.request import life, outbox
from approvals.request.model import Decision, Outcome, Record, Refused, Request, Status
from approvals.settings import PLAIN, Appearance
from countersign_contract.approvals import fields
from countersign_contract.approvals.fields import Wrong
from countersign_contract.approvals.text import clean, cut, one_line, seen

from .document import message
from .http import HttpRequest, HttpResponse, Unreadable, response
from .mine import MyApprovals
from .request_page import RequestPage
from .texts import Words, negotiated
from .view import View

logger = getLogger("countersign")

MAX_COMMENT: Final = 2_000
ALLOW: Final = "GET, HEAD, POST, OPTIONS"

PATIENCE_SECONDS: Final = 2.5
"""How long after it began a visit still sends an answer itself. A person waits for 5 s at most, and each call
takes a second if its service hangs: a decision that is on record by then is the follow-up's to deliver."""

_GONE: Final = frozenset({"expired", "superseded", "cancelled"})
_STATUS: Final = {
    "unknown": 404,
    "unusable": 404,
    "forbidden": 403,
    "method": 405,
    "too_large": 413,
    "media": 415,
    "broken": 503,
    "unsure": 503,
}


@dataclass
class Visits:
    """Answers the requests of approvers."""

    store: Store
    delivery: Delivery
    nudge: Callable[[Nudge], None]
    comment_on_reject: bool = True
    appearance: Appearance = PLAIN
    clock: Callable[[], float] = time.time

    def answer(self, request: HttpRequest) -> HttpResponse:
        """One request's response. Whatever goes wrong becomes a page too, without a trace of the link."""
        try:
            return self._answer(request)
        except Unreadable as problem:
            return self._message(request, problem.name)
        except Exception as problem:
            # The exception's text may quote what was asked for: its type has to do.
            logger.error(
                "the page failed: %s", type(problem).__name__, extra={"error": type(problem).__name__}
            )
            return self._message(request, "broken")

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(204, headers={"allow": ALLOW})
        if request.method not in ("GET", "HEAD", "POST"):
            return self._message(request, "method")
        link, began = Link.read(request.link), self.clock()
        # Looked for even if it is no link at all, so that the time does not tell how wrong it is.
        try:
            record = self.store.load(link.request_id)
        except Forged:
            return self._message(request, "unusable")
        if not link.opens(record.request if record else None) or record is None:
            return self._message(request, "unknown")
        if request.method == "POST" and request.is_from_elsewhere:
            return self._message(request, "forbidden")
        if request.is_mine:
            mine = MyApprovals(self.store, self.nudge, self.clock)
            return mine.answer(request, record.request, link.approver, self._words(request))
        view = View(record, link.approver, fields.parse(record.fields), self.clock(), self.comment_on_reject)
        if request.method != "POST":
            if record.request.status is Status.DECIDED and self.delivery.has_arrived(record.request):
                # The follow-up function is about to put that on record.
                known = replace(record.request, status=Status.DELIVERED)
                view = replace(view, record=replace(record, request=known))
            return self._page(request, view, 410 if view.state in _GONE else 200)
        return self._decide(request, replace(view, typed=request.form()), began)

    def _decide(self, request: HttpRequest, view: View, began: float) -> HttpResponse:
        decision, problems = self._read(request, view)
        if view.state != "open":
            return self._refused(request, view, decision)
        if decision is None:
            return self._page(request, replace(view, problems=problems), 422)
        record, request_id = view.record, view.record.request.id
        if record.forged:
            # The follow-up function takes that out, which may stand in this decision's place.
            tell(self.nudge, Nudge(request_id))
            return self._message(request, "broken")
        if not self._may_wait(record):
            closed, _ = self.store.change(request_id, partial(life.cancelled, now=decision.at), decision.at)
            tell(self.nudge, Nudge(request_id))
            newest = self.store.load(request_id) if closed else None
            return self._refused(request, replace(view, record=newest or record), decision)
        # The outbox is lent to the follow-up function with the same write.
        step = outbox.Lending(partial(life.decide, decision=decision), decision.at)
        try:
            after, _ = self.store.change(
                request_id, step, decision.at, known=record.request, subject=record.subject
            )
        except Refused:
            newest = self.store.load(request_id) or record
            return self._refused(request, replace(view, record=newest, now=decision.at), decision)
        except (ClientError, BotoCoreError) as problem:
            if _changed_nothing(problem):
                raise
            logger.error("no answer to a write: %s", type(problem).__name__, extra={"task_id": request_id})
            tell(self.nudge, Nudge(request_id))
            return self._message(request, "unsure")
        extra = {"task_id": request_id, "approver": view.approver, "outcome": decision.outcome}
        logger.info("decision recorded", extra=extra)
        decisions = {**record.decisions, view.approver: decision}
        made = replace(record, request=after or record.request, decisions=decisions)
        is_decided = made.request.status is Status.DECIDED
        is_late = self.clock() - began >= PATIENCE_SECONDS
        known = self._deliver(made) if is_decided and not is_late else made.request
        fate = known.status if known.is_closed else None
        seal = self.store.seal_of(known, "fate", fate) if fate else ""
        tell(self.nudge, Nudge(request_id, step.held, fate, seal, unsent=is_decided and is_late))
        return self._done(request, view, replace(made, request=known))

    def _may_wait(self, record: Record) -> bool:
        """Whether Step Functions may still wait for it: nobody decides on what nobody waits for."""
        try:
            return self.delivery.is_awaited(record.request.token)
        except Undelivered:
            return True  # Nobody can tell now; the decision is on its way then.

    def _read(self, request: HttpRequest, view: View) -> tuple[Decision | None, dict[str, Wrong]]:
        """The decision that was sent, or what is wrong with it."""
        problems: dict[str, Wrong] = {}
        typed = view.typed
        comment = clean(typed.get("comment", "")).strip()
        filled: dict[str, Any] = {}
        outcome = typed.get("outcome")
        if outcome not in (Outcome.APPROVED, Outcome.REJECTED):
            problems["outcome"] = Wrong("outcome")
        if outcome == Outcome.APPROVED:
            given = {each.name: typed.get(f"field-{each.name}") for each in view.fields}
            filled, wrong = fields.read(view.fields, given)
            problems |= {f"field-{name}": each for name, each in wrong.items()}
        if len(comment) > MAX_COMMENT:
            problems["comment"] = Wrong("too_long", limit=MAX_COMMENT, got=len(comment))
        elif outcome == Outcome.REJECTED and self.comment_on_reject and not seen(comment):
            problems["comment"] = Wrong("reject_comment")
        if problems:
            return None, problems
        decision = Decision(
            approver=view.approver,
            outcome=Outcome(str(outcome)),
            at=self.clock(),
            comment=comment,
            fields=filled,
            source_address=request.source_address,
            user_agent=cut(one_line(request.headers.get("user-agent", "")), 300),
        )
        return decision, {}

    def _deliver(self, decided: Record) -> Request:
        """Bring the decision to Step Functions now; the request with what became of it. The follow-up
        function puts that on record with what it sends, and sends the answer again if it does not hear of
        it."""
        request = decided.request
        try:
            if (record := self._whole(decided)) is not None:
                step = self.delivery.deliver(record)
                change = step(record.request)
                if change and change.request.is_closed:
                    return change.request
                self.store.change(request.id, step, self.clock(), known=record.request)
        except Exception as problem:
            logger.error("delivery failed: %s", type(problem).__name__, extra={"task_id": request.id})
        return request

    def _whole(self, record: Record) -> Record | None:
        """Others may have decided between the read and the write: then their decisions are read now."""
        request = record.request
        return record if set(record.decisions) == set(request.votes) else self.store.load(request.id)

    def _done(self, request: HttpRequest, view: View, made: Record) -> HttpResponse:
        if request.wants_json and (record := self._whole(made)) is not None:
            return self._page(request, replace(view, record=record), 200)
        # Reloading the page that follows sends nothing again.
        return HttpResponse(303, headers={"location": request.link})

    def _refused(self, request: HttpRequest, view: View, decision: Decision | None) -> HttpResponse:
        """Tell somebody that the request was closed, or decided by themselves, before."""
        recorded, outcome = view.record.decisions.get(view.approver), view.record.request.outcome
        if recorded is not None and decision is not None and _content(recorded) == _content(decision):
            # The same once more (a double click, a repeated call): it is as they want it.
            return self._done(request, view, view.record)
        notice = "twice" if recorded is not None else "others" if outcome is not None else "closed"
        status = 410 if view.state in _GONE and recorded is None else 409
        return self._page(request, replace(view, notice=notice), status)

    def _page(self, request: HttpRequest, view: View, status: int) -> HttpResponse:
        words = self._words(request)
        return response(request, status, words, view.data, RequestPage(view, words).html)

    def _message(self, request: HttpRequest, name: str) -> HttpResponse:
        status = _STATUS[name]
        headers = {"allow": ALLOW} if name == "method" else {"retry-after": "5"} if status == 503 else {}
        words = self._words(request)

        def data() -> dict[str, str]:
            return {"error": name, "text": Words("en")(f"{name}.text")}

        return response(request, status, words, data, lambda: message(name, words), headers)

    def _words(self, request: HttpRequest) -> Words:
        return Words(negotiated(request.headers.get("accept-language", "")), self.appearance)


def _changed_nothing(problem: ClientError | BotoCoreError) -> bool:
    """Whether a write was refused. One without an answer may have been made."""
    return 400 <= status_of(problem) < 500


def _content(decision: Decision) -> tuple[Outcome, str, dict[str, Any]]:
    """What was decided, but for when and from where."""
    return decision.outcome, decision.comment, dict(decision.fields)
