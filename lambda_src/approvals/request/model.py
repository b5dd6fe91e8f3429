"""What is known of a request, of the decisions on it, and of a change to it. How it changes is life.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from countersign_contract.approvals.addresses import same_person
from countersign_contract.approvals.text import timestamp

NOT_SUBSCRIBED: Final = "not subscribed"
NOT_CONFIRMED: Final = "not confirmed"
"""Why an approver cannot be mailed."""


class Status(StrEnum):
    OPEN = "open"
    DECIDED = "decided"
    DELIVERED = "delivered"
    TOO_LATE = "too_late"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


class Refused(Exception):
    """A decision that changes nothing: made before, too late, or by somebody who is not asked."""


@dataclass(frozen=True)
class Decision:
    """What one approver decided. Never changed once it is written."""

    approver: int
    outcome: Outcome
    at: float
    comment: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    source_address: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Request:
    """One request for approval. Times are seconds since 1970, UTC."""

    id: str
    token: str = field(repr=False)
    execution_arn: str
    state_machine_arn: str
    state_name: str
    digest: str
    """The same for requests that ask the same in the same state."""
    retry_count: int
    approvers: tuple[str, ...]
    """Mail addresses asked at once. An approver's number is the position in approvers + escalation."""
    escalation: tuple[str, ...]
    quorum: int
    requester: str
    asked_at: float
    deadline: float
    expires_at: int
    """When the record is removed."""
    links: tuple[str, ...] = field(default=(), repr=False)
    """By approver's number, the hash of what proves that a link is theirs."""
    remind_after_seconds: int = 0
    """0: never."""
    remind_at: float | None = None
    escalate_at: float | None = None
    look_at: float | None = None
    """When Step Functions is asked again whether it still waits."""
    escalated: bool = False
    unreachable: Mapping[int, str] = field(default_factory=dict)
    """Of those asked who have not decided, who could not be mailed when it was last looked at: approver's
    number → why."""
    mailed_again: Mapping[int, float] = field(default_factory=dict)
    """Approver's number → when they last had their link mailed again."""
    mailed_by_operator: Mapping[int, float] = field(default_factory=dict)
    """Approver's number → when an operator last had it mailed to them again."""
    status: Status = Status.OPEN
    outcome: Outcome | None = None
    closed_at: float | None = None
    votes: Mapping[int, Outcome] = field(default_factory=dict)
    outbox: frozenset[str] = frozenset()
    send_at: float | None = None
    """When the outbox is emptied if nobody did so before."""
    unsent: Mapping[str, float] = field(default_factory=dict)
    """What of the outbox could not be sent, and since when."""
    leased_until: float = 0
    """Until when one function has the outbox to itself."""
    deliver_at: float | None = None
    """When a decision is delivered again if it has not arrived before."""
    attempts: int = 0
    seal: str = field(default="", repr=False)
    """Tells that our functions wrote it."""
    end_seal: str = field(default="", repr=False)
    """Tells that they ended it, if it has ended without an outcome."""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a newer version put on record, as it is there."""
    unsure_since: float | None = None
    version: int = 1

    @property
    def people(self) -> tuple[str, ...]:
        return self.approvers + self.escalation

    def number_of(self, address: str) -> int | None:
        """Who of its people this address means; None for nobody."""
        return next((place for place, each in enumerate(self.people) if same_person(each, address)), None)

    @property
    def asked(self) -> range:
        """Numbers of those who were asked so far."""
        return range(len(self.people) if self.escalated else len(self.approvers))

    @property
    def is_closed(self) -> bool:
        """Whether nothing about it can change any more, but for what it still owes the world."""
        return self.status not in (Status.OPEN, Status.DECIDED)

    @property
    def approvals(self) -> int:
        return sum(outcome is Outcome.APPROVED for outcome in self.votes.values())


@dataclass(frozen=True)
class Change:
    """A request's next version, what is put on record about it, and the decision that made it, if one did."""

    request: Request
    what: str = ""
    """For the audit: `decided`, `expired`, ... Empty for what only concerns the delivery of mails."""
    decision: Decision | None = None
    reason: str = ""
    """Why, if somebody says so."""


@dataclass(frozen=True)
class Record:
    """Everything that is shown about a request, read at one moment."""

    request: Request
    subject: str
    details: Any
    fields: tuple[Mapping[str, Any], ...]
    decisions: Mapping[int, Decision]
    """Approver's number → what they decided."""
    forged: Mapping[str, Any] = field(default_factory=dict)
    """Item → what it says that none of our functions wrote. Nothing above comes from it."""

    @property
    def in_order(self) -> list[Decision]:
        """The decisions, the first made first."""
        return sorted(self.decisions.values(), key=lambda decision: decision.at)

    def told(self) -> dict[str, Any]:
        """What every program is told of a request: in its task's result, in an event, at the page."""
        request = self.request
        return {
            "requestId": request.id,
            "executionArn": request.execution_arn,
            "stateName": request.state_name,
            "subject": self.subject,
            "requester": request.requester,
            "outcome": request.outcome,
            "approvals": request.approvals,
            "quorum": request.quorum,
            "deadline": timestamp(request.deadline),
        }

    def unreachable_told(self) -> list[dict[str, str]]:
        """What programs are told of those who could not be reached."""
        request = self.request
        return [
            {"approver": request.people[number], "reason": why}
            for number, why in sorted(request.unreachable.items())
        ]

    def decision_told(self, decision: Decision) -> dict[str, Any]:
        """What programs are told of a decision."""
        return {
            "approver": self.request.people[decision.approver],
            "outcome": decision.outcome,
            "comment": decision.comment,
            "at": timestamp(decision.at),
            "fields": dict(decision.fields),
        }
