"""What people are told, in the languages we speak, and how numbers and times are told.

The texts are `languages/<language>.json`: here those that the page and the mails share, in each room its own.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from approvals.settings import PLAIN, Appearance

DEFAULT: Final = "en"

Texts = Mapping[str, Mapping[str, str]]
"""Language → name of a text → the text."""


class Words:
    """The words of one language, for one instance: `words("minimum", limit=3)`."""

    def __init__(self, texts: Texts, language: str, appearance: Appearance = PLAIN) -> None:
        self.language = language if language in texts else DEFAULT
        self.appearance = appearance
        self._texts = texts[self.language]

    def __call__(self, key: str, **values: Any) -> str:
        return self._texts[key].format(**values) if values else self._texts[key]

    def number(self, value: float) -> str:
        """`1,250,000.5`"""
        signs: dict[str, str | int | None] = {",": self("thousands"), ".": self("decimal_point")}
        return f"{value:,}".translate(str.maketrans(signs))

    def moment(self, seconds: float) -> str:
        """A time in the instance's zone, to the minute: `Sat 16 Jan 2027, 18:00 KST (UTC+9)`."""
        there = datetime.fromtimestamp(seconds, UTC).astimezone(self.appearance.time_zone)
        return self(
            "moment",
            weekday=self("weekdays").split()[there.weekday()],
            day=there.day,
            month=self("months").split()[there.month - 1],
            year=there.year,
            clock=f"{there:%H:%M}",
            zone=_zone(there),
        )

    def left(self, seconds: float) -> str:
        """The two largest units of a time: `1 d 3 h`. What is over by now has no time left."""
        minutes = int(max(0, seconds) // 60)
        parts = (("days", minutes // 1440), ("hours", minutes // 60 % 24), ("minutes", minutes % 60))
        shown = [self(name, n=number) for name, number in parts if number]
        return " ".join(shown[:2]) or self("under_a_minute")


def texts_of(room: Path) -> Texts:
    """The texts of a room, with those that all share."""
    own, shared = _read(room), _read(Path(__file__).parent)
    return {language: {**shared[language], **own[language]} for language in own}


def _read(folder: Path) -> dict[str, dict[str, str]]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("languages/*.json")}


def _zone(there: datetime) -> str:
    """`UTC`, or `KST (UTC+9)`: several zones share a short name, and some have none."""
    offset, name = there.utcoffset(), there.tzname() or ""
    minutes = int(offset.total_seconds() // 60) if offset else 0
    if name == "UTC":
        return name
    hours, rest = divmod(abs(minutes), 60)
    utc = f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"
    return f"{name} ({utc})" if name.isalpha() else utc
