"""What the mails say, in plain text: a subject of one short line, the link on a line of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from approvals.request.model import Outcome, Record, Request, Status
from countersign_contract.approvals.text import clean, cut, one_line, timestamp, unlinked

from .subscriptions import named

MAX_SUBJECT: Final = 99
"""SNS: "less than 100 characters", no line breaks or control characters.
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

MAX_DETAILS: Final = 6_000
MAX_VALUE: Final = 500
MAX_LINES: Final = 80
MAX_COMMENT: Final = 1_000


@dataclass(frozen=True)
class Mail:
    """One mail, to one person or more."""

    to: tuple[str, ...]
    subject: str
    body: str


_ASKS: Final = {
    "ask": ("Approval needed", "You are asked to approve or reject something. Read it and decide here:"),
    "remind": ("Reminder: approval needed", "Something still waits for you. Read it and decide here:"),
    "again": ("Your link: approval needed", "You asked for this link again. Read it and decide here:"),
    "escalate": (
        "Escalated: approval needed",
        "Nobody has decided so far, so now you are asked as well. Read it and decide here:",
    ),
}


KINDS: Final = (*_ASKS, "outcome")

_ENDINGS: Final[Mapping[Status | Outcome | None, tuple[str, str]]] = {
    Status.TOO_LATE: (
        "Decided too late",
        "This was decided, but its workflow no longer waited, so it had no effect:",
    ),
    Status.UNCONFIRMED: (
        "Not confirmed",
        "This was decided, but it is not certain that its workflow took the decision:",
    ),
    Status.EXPIRED: ("Expired", "Nobody decided in time:"),
    Status.CANCELLED: (
        "No longer needed",
        "The workflow that asked has ended, so there is nothing to decide any more:",
    ),
    Outcome.REJECTED: ("Rejected", "This was rejected:"),
    Outcome.APPROVED: ("Approved", "This was approved:"),
}


def asking(kind: str, record: Record, number: int, url: str) -> Mail:
    """Ask (`ask`), remind (`remind`) or escalate to (`escalate`) one approver, with a link of their own."""
    request = record.request
    title, opening = _ASKS[kind]
    who = _foreign(request.requester)
    facts = [
        f"Asked by:  {who}" if who else "",
        f"Workflow:  {_workflow(request)}",
        f"Until:     {timestamp(request.deadline)} (UTC)",
        f"Approvals: {request.approvals} of {request.quorum} needed" if request.quorum > 1 else "",
    ]
    missing = named(request.people, request.unreachable)
    details = _details(record.details)
    body = [
        opening,
        url,
        "",
        f"  {_foreign(record.subject)}",
        "",
        *(fact for fact in facts if fact),
        *([f"Could not be reached: {missing}"] if missing else []),
        *(["", "Details:", details] if details else []),
        "",
        "The link is yours alone: whoever has it can decide in your name. Do not pass it on.",
    ]
    return _mail((request.people[number],), f"{title}: {record.subject}", body)


def outcome(record: Record, number: int) -> Mail:
    """Tell somebody who was asked how it ended."""
    request = record.request
    title, sentence = _ENDINGS[request.status if request.status in _ENDINGS else request.outcome]
    decisions = [
        line
        for decision in record.in_order
        for line in _decided(
            request.people[decision.approver], decision.outcome, decision.at, decision.comment
        )
    ]
    body = [
        sentence,
        "",
        f"  {_foreign(record.subject)}",
        "",
        f"Workflow: {_workflow(request)}",
        *(["", "Decisions:", *decisions] if decisions else []),
        "",
        "There is nothing left for you to do.",
    ]
    return _mail((request.people[number],), f"{title}: {record.subject}", body)


def _decided(who: str, what: Outcome, at: float, comment: str) -> list[str]:
    line = f"  {timestamp(at)}  {who} {what.value}"
    if not comment.strip():
        return [line]
    text = unlinked(cut(clean(comment).strip(), MAX_COMMENT))
    return [line, *(f"      {each}" for each in text.splitlines())]


def _workflow(request: Request) -> str:
    machine = request.state_machine_arn.rpartition(":")[2]
    execution = request.execution_arn.rpartition(":")[2]
    return " / ".join(_foreign(part) for part in (machine, execution, request.state_name) if part)


def _foreign(text: str) -> str:
    """A line that somebody else wrote. The only link in a mail is the approver's own."""
    return unlinked(one_line(text))


def _mail(to: tuple[str, ...], subject: str, lines: list[str]) -> Mail:
    # SNS takes no character that is not printed; a joiner makes one of two.
    shown = "".join(each for each in one_line(subject) if each.isprintable() or each == "\u200d")
    return Mail(to, cut(unlinked(shown), MAX_SUBJECT), "\n".join(lines) + "\n")


def _details(details: Any) -> str:
    """Details as indented lines, cut to what a mail should carry, with a pointer to the page."""
    found = list(islice(_lines("", details, "  "), MAX_LINES + 1))
    complete = len(found) <= MAX_LINES and all(whole for _, whole in found)
    text = unlinked("\n".join(line for line, _ in found[:MAX_LINES]))
    if len(text) > MAX_DETAILS:
        text, complete = text[:MAX_DETAILS].rpartition("\n")[0], False
    return text if complete else f"{text}\n  … cut here: the page shows all of it."


def _lines(key: str, value: Any, indent: str) -> Iterator[tuple[str, bool]]:
    """The lines of one value, and whether each says all of what it stands for."""
    start = f"{indent}{key}: " if key else indent
    if isinstance(value, Mapping | list) and value:
        if len(indent) > 16:
            yield f"{start}…", False
            return
        if key:
            yield f"{indent}{key}:", True
            indent += "  "
        for name, each in value.items() if isinstance(value, Mapping) else enumerate(value, 1):
            yield from _lines(cut(one_line(str(name)), 80), each, indent)
    elif value is not None or key:
        text = _shown(value)
        yield f"{start}{cut(one_line(text), MAX_VALUE)}", len(text) <= MAX_VALUE


def _shown(value: Any) -> str:
    """A plain JSON value as people write it."""
    if value is None or isinstance(value, Mapping | list):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
