"""What an approver sees of all that waits for them, and of what they decided lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from approvals.record.people import Mine
from countersign_contract.approvals.text import cut, one_line, timestamp

from .document import document
from .html import Html, join, tag
from .request_page import time_left
from .texts import Words

MOST_SHOWN: Final = 25
"""So many are listed: the page stays under 20 KB, and what has a later deadline can wait longer."""
MAX_SUBJECT: Final = 90
MAX_REQUESTER: Final = 60


@dataclass(frozen=True)
class MyView:
    """What is shown to whom."""

    you: str
    mine: Mine
    own: str
    """The request whose link led here."""
    now: float
    notice: str = ""
    """What became of a wish: `mailed`, `before` (a moment ago) or `over` (it does not wait for them)."""

    @property
    def shown(self) -> Sequence[Mapping[str, Any]]:
        """What of that waits is listed."""
        return self.mine.waiting[:MOST_SHOWN]

    @property
    def more(self) -> int:
        """How many wait besides."""
        return len(self.mine.waiting) - len(self.shown)

    def data(self) -> dict[str, Any]:
        """For programs (docs/openapi.yaml)."""
        return {
            "you": self.you,
            "waiting": [_told(each, "deadline") for each in self.shown],
            "more": self.more,
            "decided": [_told(each, "at") for each in self.mine.decided],
            **({"error": self.notice} if self.notice in ("before", "over") else {}),
        }


def page(view: MyView, words: Words) -> str:
    """The page, without scripts."""
    return document(
        words,
        words("mine.title"),
        tag("p", words("title"), class_="kind"),
        tag("h1", words("mine.title")),
        tag("p", words("mine.you", you=one_line(view.you)), class_="note"),
        _banner(view, words),
        _waiting(view, words),
        _decided(view, words),
        tag("p", tag("a", words("mine.back"), href="?")),
    )


def _banner(view: MyView, words: Words) -> Html | None:
    if not view.notice:
        return None
    kind = "good" if view.notice == "mailed" else "warn"
    return tag(
        "div",
        tag("h2", words(f"mine.{view.notice}.title")),
        tag("p", words(f"mine.{view.notice}.text", you=one_line(view.you))),
        class_=f"banner {kind}",
        role="status",
    )


def _waiting(view: MyView, words: Words) -> Html:
    """What waits; the one whose link led here can be opened, the link of any other can be mailed."""
    title = tag("h2", words("mine.waiting"))
    if not view.shown:
        return tag("section", title, tag("p", words("mine.nothing"), class_="note"))
    more = words("mine.more" if not view.mine.is_cut else "mine.many", count=view.more)
    return tag(
        "form",
        title,
        tag("p", words("mine.how"), class_="note"),
        tag("ul", *(_row(view, words, number) for number in range(len(view.shown))), role="list"),
        tag("p", more, class_="note") if view.more else None,
        method="post",
    )


def _row(view: MyView, words: Words, number: int) -> Html:
    row = view.shown[number]
    subject = _subject(row, id=f"s{number}")
    left = words("left", time=time_left(row["deadline"] - view.now, words))
    asks = tag("bdi", cut(one_line(row["requester"]), MAX_REQUESTER)) if row["requester"] else None
    facts = tag(
        "p",
        join(words("requester"), " ", asks, ". ") if asks else None,
        words("deadline"),
        " ",
        _time(row["deadline"]),
        f" ({left})",
        class_="note",
    )
    names = {"id": f"b{number}", "aria_labelledby": f"b{number} s{number}"}
    if row["request_id"] == view.own:
        act = tag("a", words("mine.open"), href="?", **names)
    else:
        # The first press of Enter is no wish: there is no text field in this form.
        act = tag("button", words("mine.mail"), name_="requestId", value=row["request_id"], **names)
    return tag("li", subject, facts, act)


def _decided(view: MyView, words: Words) -> Html | None:
    if not view.mine.decided:
        return None
    items = [
        tag(
            "li",
            _subject(row),
            " ",
            tag("span", words(row["outcome"]), class_=f"mark {row['outcome']}"),
            tag("p", _time(row["at"]), class_="note"),
        )
        for row in view.mine.decided
    ]
    return tag("section", tag("h2", words("mine.decided")), tag("ul", *items, role="list"))


def _subject(row: Mapping[str, Any], **attributes: str) -> Html:
    return tag("bdi", cut(one_line(row["subject"]), MAX_SUBJECT), class_="who", **attributes)


def _time(seconds: float) -> Html:
    text = timestamp(seconds)
    return tag("time", text.replace("T", " ").replace("Z", " UTC"), datetime=text)


def _told(row: Mapping[str, Any], time: str) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in ("request_id", time)}
    return {"requestId": row["request_id"], **told, time: timestamp(row[time])}
