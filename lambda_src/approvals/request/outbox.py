"""What a request owes the world, as steps like those of life.py: lent to one function, sent, taken out."""

from dataclasses import replace
from typing import Final

from .life import GIVE_UP_SECONDS, LEASE_SECONDS, LONGEST_PAUSE_SECONDS
from .model import Change, Request

SHORTEST_PAUSE_SECONDS: Final = 30
"""Before a mail or an event is sent again."""


def leased(request: Request, now: float) -> Change | None:
    """Have the outbox to oneself for a while; None when it is empty or somebody else has it."""
    if request.leased_until > now or not request.outbox:
        return None
    until = now + LEASE_SECONDS
    return Change(replace(request, leased_until=until, send_at=until))


def done(request: Request, entry: str) -> Change | None:
    """An entry of the outbox was sent."""
    if entry not in request.outbox:
        return None
    return Change(replace(request, outbox=request.outbox - {entry}))


def released(request: Request, now: float, failed: frozenset[str] = frozenset()) -> Change | None:
    """Give the outbox back; somebody comes again if something is left in it.

    What failed is tried again, more and more rarely, and for a day once the request is decided or closed.
    """
    lost = given_up(request, now, failed)
    left = request.outbox - lost
    unsent = {
        entry: request.unsent.get(entry, now) for entry in sorted(left & (failed | set(request.unsent)))
    }
    pauses = [_pause(now - unsent[entry]) if entry in unsent else 0 for entry in left]
    after = replace(
        request, outbox=left, unsent=unsent, leased_until=0, send_at=now + min(pauses) if pauses else None
    )
    return None if after == request else Change(after, "unsent" if lost else "")


def given_up(request: Request, now: float, failed: frozenset[str]) -> frozenset[str]:
    """Which of what could not be sent now is never tried again: nothing, while somebody can still decide."""
    if (closed_at := request.closed_at) is None:
        return frozenset()
    return frozenset(
        entry
        for entry in failed & request.outbox
        if now - max(closed_at, request.unsent.get(entry, now)) >= GIVE_UP_SECONDS
    )


def _pause(failing_seconds: float) -> float:
    return min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, failing_seconds / 4))
