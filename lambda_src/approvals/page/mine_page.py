"""What an approver sees of all that waits for them, and of what they decided lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from math import ceil
from typing import Any, Final

from approvals.record.people import Mine
from countersign_contract.approvals.text import cut, one_line, timestamp

from .document import document
from .html import Html, tag
from .request_page import listed, moment, until
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
    pause: int = 0
    """In how many seconds the same can be wished for again, if it was mailed before."""

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


@dataclass
class MyPage:
    """All of that as its owner sees it, in the words of one language."""

    view: MyView
    words: Words

    def html(self) -> str:
        """The page, without scripts."""
        words = self.words
        return document(
            words,
            words("my.title"),
            tag("h1", words("my.title")),
            tag("p", words("my.you", you=one_line(self.view.you)), class_="kind"),
            self._banner(),
            self._waiting(),
            self._decided(),
            tag("footer", tag("p", tag("a", words("my.back"), href="?"))),
        )

    def _banner(self) -> Html | None:
        view, notice = self.view, self.view.notice
        if not notice:
            return None
        time = self.words.left(60 * ceil(view.pause / 60))
        return tag(
            "div",
            tag("h2", self.words(f"my.{notice}.title")),
            tag("p", self.words(f"my.{notice}.text", you=one_line(view.you), time=time)),
            class_=f"banner {'good' if notice == 'mailed' else 'warn'}",
            role="status",
        )

    def _waiting(self) -> Html:
        """What waits; the one whose link led here can be opened, the link of any other can be mailed."""
        view, words = self.view, self.words
        title = tag("h2", words("my.waiting"))
        if not view.shown:
            return tag("section", title, tag("p", words("my.nothing"), class_="note"))
        more = words("my.many" if view.mine.is_cut else "my.more", count=view.more)
        section = tag(
            "section",
            title,
            tag("p", words("my.how"), class_="note"),
            tag("ul", *starmap(self._row, enumerate(view.shown)), role="list"),
            tag("p", more, class_="note") if view.more else None,
        )
        return tag("form", section, class_="mine", method="post")

    def _row(self, number: int, row: Mapping[str, Any]) -> Html:
        who = tag("bdi", cut(one_line(row["requester"]), MAX_REQUESTER)) if row["requester"] else None
        facts = {"requester": who, "deadline": until(self.words, row["deadline"], self.view.now)}
        names = {"id": f"b{number}", "aria_labelledby": f"b{number} s{number}"}
        if row["request_id"] == self.view.own:
            act = tag("a", self.words("my.open"), href="?", **names)
        else:
            act = tag("button", self.words("my.mail"), name_="requestId", value=row["request_id"], **names)
        return tag("li", _subject(row, id=f"s{number}"), listed(self.words, facts), act)

    def _decided(self) -> Html | None:
        items = [
            tag(
                "li",
                _subject(row),
                " ",
                tag("span", self.words(row["outcome"]), class_=f"mark {row['outcome']}"),
                tag("p", moment(self.words, row["at"]), class_="note"),
            )
            for row in self.view.mine.decided
        ]
        if not items:
            return None
        return tag("section", tag("h2", self.words("my.decided")), tag("ul", *items, role="list"))


def _subject(row: Mapping[str, Any], **attributes: str) -> Html:
    return tag("bdi", cut(one_line(row["subject"]), MAX_SUBJECT), class_="who", **attributes)


def _told(row: Mapping[str, Any], time: str) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in ("request_id", time)}
    return {"requestId": row["request_id"], **told, time: timestamp(row[time])}
