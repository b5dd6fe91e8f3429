"""What an approver sees of all that waits for them, and of what they decided lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from approvals.record.people import Mine
from countersign_contract.approvals.text import cut, one_line, timestamp

from .document import document
from .html import Html, join, tag
from .request_page import listed
from .texts import Words

MOST_SHOWN: Final = 20
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
        words("my.title"),
        tag("h1", words("my.title")),
        tag("p", words("my.you", you=one_line(view.you)), class_="kind"),
        _banner(view, words),
        _waiting(view, words),
        _decided(view, words),
        tag("footer", tag("p", tag("a", words("my.back"), href="?"))),
    )


def _banner(view: MyView, words: Words) -> Html | None:
    if not view.notice:
        return None
    kind = "good" if view.notice == "mailed" else "warn"
    return tag(
        "div",
        tag("h2", words(f"my.{view.notice}.title")),
        tag("p", words(f"my.{view.notice}.text", you=one_line(view.you))),
        class_=f"banner {kind}",
        role="status",
    )


def _waiting(view: MyView, words: Words) -> Html:
    """What waits; the one whose link led here can be opened, the link of any other can be mailed."""
    title = tag("h2", words("my.waiting"))
    if not view.shown:
        return tag("section", title, tag("p", words("my.nothing"), class_="note"))
    more = words("my.many" if view.mine.is_cut else "my.more", count=view.more)
    rows = (_row(view, words, number) for number in range(len(view.shown)))
    section = tag(
        "section",
        title,
        tag("p", words("my.how"), class_="note"),
        tag("ul", *rows, role="list"),
        tag("p", more, class_="note") if view.more else None,
    )
    return tag("form", section, class_="mine", method="post")


def _row(view: MyView, words: Words, number: int) -> Html:
    row = view.shown[number]
    who = tag("bdi", cut(one_line(row["requester"]), MAX_REQUESTER)) if row["requester"] else None
    facts = {"requester": who, "deadline": _deadline(row["deadline"], view.now, words)}
    names = {"id": f"b{number}", "aria_labelledby": f"b{number} s{number}"}
    if row["request_id"] == view.own:
        act = tag("a", words("my.open"), href="?", **names)
    else:
        act = tag("button", words("my.mail"), name_="requestId", value=row["request_id"], **names)
    return tag("li", _subject(row, id=f"s{number}"), listed(words, facts), act)


def _deadline(deadline: float, now: float, words: Words) -> Html:
    left = words("left", time=words.left(deadline - now))
    return join(tag("strong", left), " ", tag("span", _time(deadline, words), class_="aside"))


def _decided(view: MyView, words: Words) -> Html | None:
    if not view.mine.decided:
        return None
    items = [
        tag(
            "li",
            _subject(row),
            " ",
            tag("span", words(row["outcome"]), class_=f"mark {row['outcome']}"),
            tag("p", _time(row["at"], words), class_="note"),
        )
        for row in view.mine.decided
    ]
    return tag("section", tag("h2", words("my.decided")), tag("ul", *items, role="list"))


def _subject(row: Mapping[str, Any], **attributes: str) -> Html:
    return tag("bdi", cut(one_line(row["subject"]), MAX_SUBJECT), class_="who", **attributes)


def _time(seconds: float, words: Words) -> Html:
    return tag("time", words.moment(seconds), datetime=timestamp(seconds))


def _told(row: Mapping[str, Any], time: str) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in ("request_id", time)}
    return {"requestId": row["request_id"], **told, time: timestamp(row[time])}
