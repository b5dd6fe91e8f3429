"""Why and when the follow-up function has to look at a request next."""

from enum import StrEnum

from .model import Request, Status


class Due(StrEnum):
    """Why a request is due, the most urgent first."""

    DECISION = "decision"
    """Its answer has to be delivered."""
    DEADLINE = "deadline"
    MAIL = "mail"
    """A reminder, an escalation, or what could not be sent."""
    LOOK = "look"
    """Nobody knows whether it is still waited for."""


def due(request: Request) -> tuple[Due, float] | None:
    """Why and when the follow-up function has to look at the request next; None when it never has to."""
    # Whatever else a decided one owes, its answer comes first.
    owed = Due.DECISION if request.status is Status.DECIDED else Due.MAIL
    times = [(owed, (request.send_at or 0) if request.outbox else None)]
    if request.status is Status.DECIDED:
        times.append((Due.DECISION, request.deliver_at or 0))
    if request.status is Status.OPEN:
        times += [
            (Due.DEADLINE, request.deadline),
            (Due.MAIL, request.escalate_at),
            (Due.MAIL, request.remind_at),
            (Due.LOOK, request.look_at),
        ]
    known = [(time, each) for each, time in times if time is not None]
    if not known:
        return None
    time, why = min(known, key=lambda pair: pair[0])
    return why, time
