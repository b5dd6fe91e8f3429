"""What the mails say, in plain text: a subject of one short line, the link on a line of its own, before
anything that somebody else wrote. The texts are languages/<language>.json."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from approvals.request.model import Decision, Record, Request, Status
from approvals.settings import PLAIN, Appearance
from approvals.words import Words, texts_of
from countersign_contract.approvals.text import clean, cut, one_line, unlinked

MAX_SUBJECT: Final = 99
"""SNS: "less than 100 characters", no line breaks or control characters.
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

MAX_DETAILS: Final = 6_000
MAX_VALUE: Final = 500
MAX_LINES: Final = 80
MAX_COMMENT: Final = 1_000


@dataclass(frozen=True)
class Mail:
    """What one person is mailed, or more if it is the same."""

    subject: str
    body: str


_LANGUAGES: Final = texts_of(Path(__file__).parent)
_ASKS: Final = ("ask", "remind", "again", "escalate")
KINDS: Final = (*_ASKS, "outcome")


class Mails:
    """Writes the mails of one instance, in its language."""

    def __init__(self, appearance: Appearance = PLAIN) -> None:
        self._words = Words(_LANGUAGES, appearance.language, appearance)

    def asking(self, kind: str, record: Record, url: str, now: float) -> Mail:
        """Ask (`ask`), remind (`remind`) or escalate to (`escalate`) one approver, or send the link that they
        asked for (`again`): with a link of their own."""
        request, words = record.request, self._words
        left = words("left", time=words.left(request.deadline - now))
        quorum = words("quorum_value", approvals=request.approvals, quorum=request.quorum)
        missing = [f"{each['approver']} ({words(each['reason'])})" for each in record.unreachable_told()]
        facts = {
            "requester": _foreign(request.requester),
            "deadline": f"{words.moment(request.deadline)}, {left}",
            "quorum": quorum if request.quorum > 1 else "",
            "workflow": _workflow(request),
            "unreachable": ", ".join(missing),
        }
        labels = [
            str(each.get("label") or each.get("name")) for each in record.fields if each.get("required")
        ]
        details = self._details(record.details)
        body = [
            *self._opening(kind),
            url,
            "",
            f"  {_foreign(record.subject)}",
            "",
            *(f"{words(name)}: {fact}" for name, fact in facts.items() if fact),
            *(["", words("fields"), *(f"  - {_foreign(each)}" for each in labels)] if labels else []),
            *(["", f"{words('details')}:", details] if details else []),
            "",
            words("secret"),
        ]
        return self._mail(kind, record, body)

    def outcome(self, record: Record) -> Mail:
        """Tell somebody who was asked how it ended, and that they need do nothing."""
        request, words = record.request, self._words
        decisions = [line for decision in record.in_order for line in self._decided(request, decision)]
        kind = str(request.outcome if request.status is Status.DELIVERED else request.status)
        body = [
            *self._opening(kind),
            "",
            f"  {_foreign(record.subject)}",
            "",
            f"{words('workflow')}: {_workflow(request)}",
            *(["", f"{words('decisions')}:", *decisions] if decisions else []),
        ]
        return self._mail(kind, record, body)

    def _opening(self, kind: str) -> list[str]:
        """Who writes, if they have a name, and why."""
        organization = _foreign(self._words.appearance.organization)
        return [*([organization, ""] if organization else []), self._words(f"{kind}.opening")]

    def _decided(self, request: Request, decision: Decision) -> list[str]:
        at, what = self._words.moment(decision.at), self._words(decision.outcome)
        line = f"  {at}  {request.people[decision.approver]} {what}"
        if not decision.comment.strip():
            return [line]
        text = unlinked(cut(clean(decision.comment).strip(), MAX_COMMENT))
        return [line, *(f"      {each}" for each in text.splitlines())]

    def _mail(self, kind: str, record: Record, lines: list[str]) -> Mail:
        subject = one_line(f"{self._words(f'{kind}.title')}: {record.subject}")
        # SNS takes no character that is not printed; a joiner makes one of two.
        shown = "".join(each for each in subject if each.isprintable() or each == "\u200d")
        return Mail(cut(unlinked(shown), MAX_SUBJECT), "\n".join(lines) + "\n")

    def _details(self, details: Any) -> str:
        """Details as indented lines, cut to what a mail should carry, with a pointer to the page."""
        found = list(islice(self._lines("", details, "  "), MAX_LINES + 1))
        complete = len(found) <= MAX_LINES and all(whole for _, whole in found)
        text = unlinked("\n".join(line for line, _ in found[:MAX_LINES]))
        if len(text) > MAX_DETAILS:
            text, complete = text[:MAX_DETAILS].rpartition("\n")[0], False
        return text if complete else f"{text}\n  {self._words('cut')}"

    def _lines(self, key: str, value: Any, indent: str) -> Iterator[tuple[str, bool]]:
        """The lines of one value, and whether each says all of what it stands for. Those of a text are below
        each other, and as far from the margin as what they are part of: none looks like ours."""
        start = f"{indent}{key}: " if key else indent
        if isinstance(value, Mapping | list) and value:
            if len(indent) > 16:
                yield f"{start}…", False
                return
            if key:
                yield f"{indent}{key}:", True
                indent += "  "
            for name, each in value.items() if isinstance(value, Mapping) else enumerate(value, 1):
                yield from self._lines(cut(one_line(str(name)), 80), each, indent)
        elif value is not None or key:
            text = self._shown(value)
            whole = len(text) <= MAX_VALUE
            first, *rest = cut("\n".join(map(_line, text.splitlines())), MAX_VALUE).split("\n")
            if not rest:
                yield f"{start}{first.strip()}", whole
                return
            if key:
                yield f"{indent}{key}:", True
                indent += "  "
            yield from ((f"{indent}{each}", whole) for each in (first, *rest))

    def _shown(self, value: Any) -> str:
        """A plain JSON value as people write it."""
        if value is None or isinstance(value, Mapping | list):
            return "-"
        if isinstance(value, bool):
            return self._words("yes" if value else "no")
        return str(value)


def _workflow(request: Request) -> str:
    machine = request.state_machine_arn.rpartition(":")[2]
    execution = request.execution_arn.rpartition(":")[2]
    return " / ".join(_foreign(part) for part in (machine, execution, request.state_name) if part)


def _line(text: str) -> str:
    """A line of a text, as it begins: what is indented stays so."""
    return clean(text).expandtabs(4).rstrip()


def _foreign(text: str) -> str:
    """A line that somebody else wrote. The only link in a mail is the approver's own."""
    return unlinked(one_line(text))
