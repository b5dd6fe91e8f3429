"""The life of a request for approval, as pure functions. Nothing here knows of AWS or of the clock.

    open ── decided ── delivered        Step Functions has the answer
      │        ├────── too_late         the task had ended before the answer arrived
      │        └────── unconfirmed      nobody can tell whether Step Functions took the answer
      ├─ expired                        nobody decided before the deadline
      ├─ superseded                     the same state asks again
      └─ cancelled                      the execution ended, or an operator says so

A step takes a request and gives a `Change`, or None when there is nothing to change. The store writes a
change only onto the version it was made from, and takes the step again otherwise, so two steps never mix.

A change also says what it owes the world: names in the request's `outbox` (`mail:ask:0`, `event:Decided:1`),
written by the same transaction and taken out one by one once sent (outbox.py), whatever crashes in between.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from countersign_contract.approvals.addresses import is_named

from .model import Change, Decision, Outcome, Refused, Request, Status

LEASE_SECONDS: Final = 60
"""How long one function has a request's outbox to itself; above what sending one request takes."""

PAGE_GRACE_SECONDS: Final = 20
"""How long the page has to deliver a decision itself before the follow-up function does."""

LONGEST_PAUSE_SECONDS: Final = 900
SHORTEST_PAUSE_SECONDS: Final = 5

MANY_ATTEMPTS: Final = 3
"""So many tries to deliver an answer, and somebody should look."""

LOOK_SECONDS: Final = 3_300
"""How often Step Functions is asked whether it still waits for an open request. A branch that is cancelled
tells nobody, and the event of an execution's end can be lost; a minute of sweeps on top makes it an hour."""

WISH_SECONDS: Final = 300
"""How often an approver can have the same link mailed again: whoever has one link floods no mailbox."""

OPERATOR_SECONDS: Final = 60
"""How often operators can have an approver mailed again: a program that loops floods none either. Nor does an
approver get two mails at once, as both of them want one."""

UNSURE_SECONDS: Final = 90
"""How long an execution's history is given to show an answer. It follows the execution, but not at once."""

GIVE_UP_SECONDS: Final = 86_400
"""How long after its deadline a decision that never got through is tried, because its task has ended long
before; and how long a mail or an event is that cannot be sent, once its request is decided or closed."""

UNDECIDED_ENDS: Final = frozenset({Status.EXPIRED, Status.SUPERSEDED, Status.CANCELLED})

Step = Callable[[Request], Change | None]
"""From a request to its next version; None when there is nothing to change."""

Unreachable = Mapping[int, str] | None
"""Who cannot be mailed now: approver's number → why. None when nobody can tell."""


def opened(request: Request, unreachable: Unreachable = None) -> Request:
    """A new request, with what asking owes."""
    request, owed = _reached(request, unreachable, _mails("ask", range(len(request.approvers))))
    return replace(
        request,
        look_at=_next_look(request, request.asked_at),
        remind_at=request.asked_at + request.remind_after_seconds if request.remind_after_seconds else None,
        outbox=frozenset({"event:Requested", *owed}),
        send_at=request.asked_at + LEASE_SECONDS,
    )


def seen(request: Request, now: float) -> Status:
    """The status as it is at this moment: a deadline passes without anybody writing it down."""
    if request.status is Status.OPEN and now >= request.deadline:
        return Status.EXPIRED
    return request.status


def decide(request: Request, decision: Decision) -> Change:
    """Take a decision, or raise `Refused`. The first rejection rejects; approvals count up to the quorum."""
    number = decision.approver
    if number in request.votes or seen(request, decision.at) is not Status.OPEN:
        raise Refused
    if not 0 <= number < len(request.people) or is_named(request.people[number], request.requester):
        raise Refused
    owing = _owing(request, {f"event:Decided:{number}"}, decision.at + PAGE_GRACE_SECONDS)
    unreachable = {each: why for each, why in request.unreachable.items() if each != number}
    after = replace(owing, votes={**request.votes, number: decision.outcome}, unreachable=unreachable)
    if decision.outcome is Outcome.REJECTED or after.approvals >= request.quorum:
        after = replace(
            after,
            status=Status.DECIDED,
            outcome=decision.outcome,
            closed_at=decision.at,
            look_at=None,
            deliver_at=decision.at + PAGE_GRACE_SECONDS,
        )
    return Change(after, "decided", decision)


def answered(request: Request, now: float, status: Status) -> Change | None:
    """What became of the answer is known: `delivered`, `too_late` or `unconfirmed`."""
    return _end(request, now, status) if request.status is Status.DECIDED else None


def expired(request: Request, now: float) -> Change | None:
    """The deadline passed without a decision."""
    if request.status is not Status.OPEN or now < request.deadline:
        return None
    return _end(request, now, Status.EXPIRED)


def cancelled(request: Request, now: float, reason: str = "", *, failed: bool = False) -> Change | None:
    """Nobody waits for an open request any more: expired if its deadline has passed.

    `failed` says that Step Functions took an operator's failure of its task: then that is how it ended,
    whatever time it is by now, and whoever has seen before that nobody waits.
    """
    if request.status is Status.OPEN:
        late = None if failed else expired(request, now)
        return late or replace(_end(request, now, Status.CANCELLED), reason=reason)
    if not failed or request.status not in UNDECIDED_ENDS:
        return None
    if request.status is Status.EXPIRED:
        request = replace(request, status=Status.CANCELLED)
        request = _owing(request, {f"event:{ending(request.status)}"}, now)
    return Change(request, Status.CANCELLED, reason=reason)


def superseded(request: Request, by_retry_count: int, now: float) -> Change | None:
    """The same state of the same execution asks the same again: by a retry, or after this one timed out.

    Branches of a Map can ask the same at the same time, and one of them can be retried: the caller makes sure
    that nobody waits for this one.
    """
    if request.status is not Status.OPEN or not may_be_over(
        request.retry_count, request.deadline, by_retry_count, now
    ):
        return None
    return _end(request, now, Status.SUPERSEDED)


def may_be_over(retry_count: int, deadline: float, other_retry_count: int, now: float) -> bool:
    """Whether nobody may wait for a request any more, now that the same is asked with this retry count."""
    return other_retry_count > retry_count or now >= deadline


def needs_a_look(request: Request, now: float) -> bool:
    """Whether Step Functions is asked before anything else is done: nobody is asked in vain."""
    times = (request.look_at, request.remind_at, request.escalate_at)
    return seen(request, now) is Status.OPEN and any(time is not None and now >= time for time in times)


def followed_up(request: Request, now: float, unreachable: Unreachable = None) -> Change | None:
    """What time alone brings: expiry, escalation, a reminder for those who have not decided, a mail for those
    who can be reached by now.

    Step Functions was asked before, and still waits, if it `needs_a_look`.
    """
    if request.status is not Status.OPEN:
        return None
    if now >= request.deadline:
        return expired(request, now)
    if not needs_a_look(request, now):
        return None
    owed: set[str] = set()
    after = replace(request, look_at=_next_look(request, now))
    if request.escalate_at is not None and now >= request.escalate_at:
        numbers = range(len(request.approvers), len(request.people))
        owed |= _mails("escalate", numbers)
        after = replace(after, escalate_at=None, escalated=True)
    if request.remind_at is not None and now >= request.remind_at:
        owed |= _mails("remind", undecided(request))
        pauses = int((now - request.remind_at) // request.remind_after_seconds) + 1
        after = replace(after, remind_at=request.remind_at + pauses * request.remind_after_seconds)
    after, owed = _reached(after, unreachable, owed)
    if not owed:
        return Change(after)
    what = "escalated" if after.escalated and not request.escalated else _what(owed)
    return Change(_owing(after, owed, now), what)


def reminded(
    request: Request, now: float, unreachable: Unreachable = None, only: int | None = None
) -> Change | None:
    """An operator has those reminded who can be mailed again, or `only` one of them: whom is on record."""
    numbers = undecided(request) if only is None else [only]
    can = [each for each in numbers if each not in (unreachable or {})]
    mailed = {each: now for each in can if may_mail_again(request, each, now, operator=True)}
    if not mailed:
        return None
    after, owed = _reached(request, unreachable, _mails("remind", mailed))
    after = replace(after, mailed_by_operator={**request.mailed_by_operator, **mailed})
    return Change(_owing(after, owed, now), _what(owed), reason="" if only is None else request.people[only])


def waits_for(request: Request, number: int, now: float) -> bool:
    """Whether this approver is asked, and can still decide."""
    return seen(request, now) is Status.OPEN and number in undecided(request)


def mailable_at(request: Request, number: int, *, operator: bool = False) -> float:
    """From when on an approver's link can be mailed again, as they wish or as an `operator` does."""
    wished_at, operated_at = request.mailed_again.get(number, 0), request.mailed_by_operator.get(number, 0)
    pause = OPERATOR_SECONDS if operator else WISH_SECONDS
    return max(wished_at + pause, operated_at + OPERATOR_SECONDS)


def may_mail_again(request: Request, number: int, now: float, *, operator: bool = False) -> bool:
    """Whether it waits for this approver, whose link was not mailed again a moment ago."""
    return waits_for(request, number, now) and now >= mailable_at(request, number, operator=operator)


def mailed_again(request: Request, number: int, now: float, unreachable: Unreachable = None) -> Change | None:
    """An approver has their own link mailed again."""
    if not may_mail_again(request, number, now):
        return None
    after, owed = _reached(request, unreachable, _mails("again", [number]))
    after = replace(after, mailed_again={**request.mailed_again, number: now})
    return Change(_owing(after, owed, now), _what(owed))


def postponed(request: Request, now: float, *, unsure: bool) -> Change | None:
    """The answer did not get through, or nobody knows yet whether it did: try again, more and more rarely,
    but several times before the task times out."""
    if request.status is not Status.DECIDED:
        return None
    # The page nudges the follow-up function, which tries again at once; then after 5 s, 10 s, ...
    pause = SHORTEST_PAUSE_SECONDS * 2.0 ** min(request.attempts - 1, 10) if request.attempts else 0
    left = (request.deadline - now) / 4 if now < request.deadline else LONGEST_PAUSE_SECONDS
    pause = min(pause, LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, left))
    since = request.unsure_since if request.unsure_since is not None else (now if unsure else None)
    return Change(replace(request, attempts=request.attempts + 1, deliver_at=now + pause, unsure_since=since))


def is_stuck(request: Request, now: float) -> bool:
    """Whether an answer was tried so often that somebody should look. Waiting for a history is no try."""
    waits = request.unsure_since is not None and not is_settled(request, now)
    return request.status is Status.DECIDED and request.attempts >= MANY_ATTEMPTS and not waits


def is_settled(request: Request, now: float) -> bool:
    """Whether an answer that the execution's history does not show by now is not in it."""
    return request.unsure_since is not None and now - request.unsure_since >= UNSURE_SECONDS


def undecided(request: Request) -> list[int]:
    """Who was asked and has not decided."""
    return [number for number in request.asked if number not in request.votes]


def ending(status: Status) -> str:
    """What the event of a request's end is called."""
    return (Status.EXPIRED if status is Status.TOO_LATE else status).capitalize()


def _next_look(request: Request, now: float) -> float:
    """Spread by the request's id, so that many that were asked at once are not looked at at once."""
    return now + LOOK_SECONDS * (0.75 + int(request.id[:4], 16) / 0x40000)


def _end(request: Request, now: float, status: Status) -> Change:
    # A closed request has no use for its token. Whoever took over from a superseded one has mails of its own.
    owed = {f"event:{ending(status)}"}
    if status is not Status.SUPERSEDED:
        owed |= _mails("outcome", [each for each in request.asked if each not in request.unreachable])
    after = replace(
        request,
        status=status,
        token="",
        closed_at=request.closed_at if request.closed_at is not None else now,
        outbox=frozenset(entry for entry in request.outbox if not _is_stale(entry)),
        remind_at=None,
        escalate_at=None,
        look_at=None,
        deliver_at=None,
        unsure_since=None,
    )
    return Change(_owing(after, owed, now + PAGE_GRACE_SECONDS), status)


def _owing(request: Request, entries: set[str], send_at: float) -> Request:
    """With more in the outbox; what is there already is not put off by it."""
    if request.outbox and request.send_at is not None:
        send_at = min(send_at, request.send_at)
    return replace(request, outbox=request.outbox | entries, send_at=max(send_at, request.leased_until))


def _reached(request: Request, unreachable: Unreachable, mails: set[str]) -> tuple[Request, set[str]]:
    """The request with who of those asked cannot be reached, and what of these mails is owed then. Whoever
    could not be reached before, and can be now, gets at least the mail that asks."""
    if unreachable is None:
        return request, mails
    missing = {
        number: why
        for number, why in unreachable.items()
        if number in request.asked and number not in request.votes
    }
    mailed = {int(each.rpartition(":")[2]): each for each in mails}
    again = request.unreachable.keys() - missing.keys() - mailed.keys()
    owed = {each for number, each in mailed.items() if number not in missing} | _mails("ask", again)
    if missing.keys() - request.unreachable.keys():
        owed.add("event:Unreachable")
    return replace(request, unreachable=missing), owed


def _what(owed: set[str]) -> str:
    """What owing this is called on record."""
    kinds = {
        "mail:remind:": "reminded",
        "mail:again:": "mailed again",
        "mail:ask:": "asked",
        "event:": "unreachable",
    }
    return next((what for kind, what in kinds.items() if any(each.startswith(kind) for each in owed)), "")


def _mails(kind: str, numbers: Iterable[int]) -> set[str]:
    return {f"mail:{kind}:{number}" for number in numbers}


def _is_stale(entry: str) -> bool:
    """Nobody is asked, reminded or escalated to for a closed request."""
    return entry.startswith(("mail:ask:", "mail:remind:", "mail:escalate:", "mail:again:"))
