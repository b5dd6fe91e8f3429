"""What a request owes the world, as steps like those of life.py: lent to one function, sent, taken out."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from .life import GIVE_UP_SECONDS, LEASE_SECONDS, LONGEST_PAUSE_SECONDS, Step
from .model import Change, Request

UNSENT_PAUSE_SECONDS: Final = 30
"""Before a mail or an event is sent again."""


def leased(request: Request, now: float) -> Request:
    """The outbox lent to whoever writes this, for a while; the same when it is empty or somebody else's."""
    if request.leased_until > now or not request.outbox:
        return request
    until = now + LEASE_SECONDS
    return replace(request, leased_until=until, send_at=until)


@dataclass
class Lending:
    """A step after which its caller has the outbox to itself, unless it is empty or somebody else's."""

    step: Step
    now: float
    held: float = 0
    """Until when it is lent to the caller; 0: it is not."""

    def __call__(self, request: Request) -> Change | None:
        """The step."""
        change = self.step(request)
        after = change.request if change else request
        lent = leased(after, self.now)
        self.held = 0 if lent is after else lent.leased_until
        return replace(change or Change(request), request=lent) if change or self.held else None


def both(first: Step | None, then: Step) -> Step:
    """Two steps as one change; the second alone without a first."""
    if first is None:
        return then

    def step(request: Request) -> Change | None:
        one = first(request)
        two = then(one.request if one else request)
        return replace(two, what=one.what or two.what) if one and two else one or two

    return step


def sent(request: Request, now: float, entries: Collection[str], held: float) -> Change | None:
    """Without what was sent; the rest stays lent, if it is still lent until `held`."""
    after = replace(request, outbox=request.outbox - frozenset(entries))
    if request.leased_until == held:
        after = replace(after, leased_until=now + LEASE_SECONDS, send_at=now + LEASE_SECONDS)
    return None if after == request else Change(after)


def released(
    request: Request,
    now: float,
    sent: Collection[str] = (),
    failed: Collection[str] = (),
    held: float | None = None,
) -> Change | None:
    """The outbox given back, without what was sent; somebody comes again if something is left in it. One that
    is lent to somebody else by now stays so: `held` is until when it was lent to the caller.

    What failed is tried again, more and more rarely, and for a day once the request is decided or closed.
    """
    left = request.outbox - frozenset(sent)
    if held is not None and request.leased_until != held:
        return None if left == request.outbox else Change(replace(request, outbox=left))
    lost = given_up(request, now, failed)
    left -= lost
    unsent = {
        entry: request.unsent.get(entry, now)
        for entry in sorted(left & (frozenset(failed) | set(request.unsent)))
    }
    pauses = [_pause(now - unsent[entry]) if entry in unsent else 0 for entry in left]
    after = replace(
        request, outbox=left, unsent=unsent, leased_until=0, send_at=now + min(pauses) if pauses else None
    )
    return None if after == request else Change(after, "unsent" if lost else "")


def given_up(request: Request, now: float, failed: Collection[str]) -> frozenset[str]:
    """Which of what could not be sent now is never tried again: nothing, while somebody can still decide."""
    if (closed_at := request.closed_at) is None:
        return frozenset()
    return frozenset(
        entry
        for entry in request.outbox & frozenset(failed)
        if now - max(closed_at, request.unsent.get(entry, now)) >= GIVE_UP_SECONDS
    )


def _pause(failing_seconds: float) -> float:
    return min(LONGEST_PAUSE_SECONDS, max(UNSENT_PAUSE_SECONDS, failing_seconds / 4))
