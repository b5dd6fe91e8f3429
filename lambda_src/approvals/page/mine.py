"""Everything that waits for one person: reading changes nothing, a POST has one link mailed again.

One link leads to its owner's list, and opens no other request: what opens another one is that request's own
link, which only ever goes to its owner's mailbox. The list is a hint (record/people.py); what is done is done
on the request itself, which is sealed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from logging import getLogger
from math import ceil
from typing import Final

from approvals.answering.links import NOBODY
from approvals.answering.nudge import Nudge
from approvals.record.store import Store
from approvals.record.trust import Forged
from approvals.request import life
from approvals.request.model import Request

from .http import HttpRequest, HttpResponse, Unreadable, response
from .mine_page import MyPage, MyView
from .texts import Words

logger = getLogger("countersign")

_REQUEST_ID: Final = re.compile(r"[0-9a-f]{32}")
_STATUS: Final = {"": 200, "mailed": 202, "over": 409, "before": 429}


@dataclass
class MyApprovals:
    """Answers for the page of everything that waits for a link's owner."""

    store: Store
    nudge: Callable[[Nudge], None]
    clock: Callable[[], float]

    def answer(self, request: HttpRequest, own: Request, approver: int, words: Words) -> HttpResponse:
        """The response to whoever has the link of this approver of this request. Raises `Unreadable`, and
        what kept it from being answered."""
        you = own.people[approver]
        wanted = _wanted(request) if request.method == "POST" else None
        mine = self.store.of_person(you)
        notice, pause = ("", 0) if wanted is None else self._mail_again(wanted, you)
        view = MyView(you, mine, own.id, self.clock(), notice, pause)
        headers = {"retry-after": str(pause)} if pause else {}
        page = MyPage(view, words)
        return response(request, _STATUS[notice], words, view.data, page.html, headers)

    def _mail_again(self, request_id: str, you: str) -> tuple[str, int]:
        """Have somebody's own link to a request mailed to them, if it waits for them; what became of it, and
        in how many seconds they can wish for it again if it was mailed a moment ago."""
        try:
            record = self.store.load(request_id)
        except Forged:
            return "over", 0  # The follow-up function sees to it.
        request, now = record.request if record else None, self.clock()
        number = request.number_of(you) if request else None
        if request is None or number is None or not life.waits_for(request, number, now):
            return "over", 0
        if not life.may_mail_again(request, number, now):
            return "before", ceil(life.mailable_at(request, number) - now)
        self.nudge(Nudge(request_id, seal=self.store.seal_of(request, "again", number), again=number))
        logger.info("a link is wanted again", extra={"task_id": request_id, "approver": number})
        return "mailed", 0


def _wanted(request: HttpRequest) -> str:
    """The request that is asked for; nobody's for what is none."""
    sent = request.sent()
    if not isinstance(sent, dict):
        raise Unreadable("media")
    wanted = str(sent.get("requestId", ""))
    return wanted if _REQUEST_ID.fullmatch(wanted) else NOBODY
