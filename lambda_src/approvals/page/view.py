"""What is shown to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from approvals.request import life
from approvals.request.model import Record, Status
from countersign_contract.approvals.fields import Field, Wrong
from countersign_contract.approvals.text import timestamp

from .texts import Words


@dataclass(frozen=True)
class View:
    """What is shown to whom."""

    record: Record
    approver: int
    fields: Sequence[Field]
    now: float
    comment_on_reject: bool = True
    notice: str = ""
    """Why a decision was not taken: `others`, `twice` or `closed`."""
    typed: Mapping[str, Any] = field(default_factory=dict)
    """What was sent, by form field."""
    problems: Mapping[str, Wrong] = field(default_factory=dict)
    """What is wrong with what was filled in, by form field: `outcome`, `comment`, `field-<name>`."""

    @property
    def state(self) -> str:
        """open, voted, on_its_way, delivered, too_late, unconfirmed, expired, superseded or cancelled."""
        request = self.record.request
        status = life.seen(request, self.now)
        if status is Status.OPEN:
            return "voted" if self.approver in request.votes else "open"
        return "on_its_way" if status is Status.DECIDED else status

    def data(self) -> dict[str, Any]:
        """The request for programs, with what is wrong and why it was not taken (docs/openapi.yaml)."""
        record, request = self.record, self.record.request
        vote, words = request.votes.get(self.approver), Words("en")
        wrong = {
            name: {"rule": each.rule, "text": words(each.rule, **each.values)}
            for name, each in self.problems.items()
        }
        return {
            **record.told(),
            "state": self.state,
            "details": record.details,
            "askedAt": timestamp(request.asked_at),
            "you": request.people[self.approver],
            "yourDecision": vote,
            "commentNeededToReject": self.comment_on_reject,
            "fields": [dict(each) for each in record.fields],
            "unreachable": record.unreachable_told(),
            "decisions": [record.decision_told(each) for each in record.in_order],
            **({"problems": wrong} if wrong else {}),
            **({"error": self.notice} if self.notice else {}),
        }
