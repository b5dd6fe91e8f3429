"""Details as HTML: JSON as tables, long texts and long lists folded, everything escaped."""

import json
from collections.abc import Mapping
from typing import Any, Final

from countersign_contract.approvals.text import clean, cut

from .html import Child, Html, join, tag
from .texts import Words

LONG_TEXT: Final = 240
DEEPEST: Final = 6
MANY: Final = 25
MAX_VALUES: Final = 1_500
"""So many values get a table; what is beyond them is shown as JSON, folded."""


def rendered(details: Any, words: Words) -> Html | None:
    """All of the details, or None when there are none."""
    if details is None or details in ({}, [], ""):
        return None
    return _Renderer(words).value(details, 1)


class _Renderer:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._left = MAX_VALUES

    def value(self, value: Any, depth: int) -> Html:
        self._left -= 1
        if isinstance(value, Mapping | list) and value:
            if depth > DEEPEST or self._left < 0:
                return self._raw(value)
            table = self._table(value, depth)
            if depth > 1 and len(value) > MANY:
                return _folded(self._words("entries", count=len(value)), table)
            return table
        return self._scalar(value)

    def _table(self, value: Mapping[str, Any] | list[Any], depth: int) -> Html:
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value, start=1)
        rows = []
        for name, each in pairs:
            if self._left < 0:
                break
            heading = tag("th", clean(str(name)), scope="row", dir="auto", role="rowheader")
            rows.append(tag("tr", heading, tag("td", self.value(each, depth + 1), role="cell"), role="row"))
        # On a phone tables are laid out as blocks. Browsers take them for tables then only if told so.
        kind = "list" if isinstance(value, list) else None
        table = tag("table", tag("tbody", *rows), class_=kind, role="table")
        if len(rows) == len(value):
            return table
        rest = list(value.items() if isinstance(value, Mapping) else value)[len(rows) :]
        return join(table, self._raw(dict(rest) if isinstance(value, Mapping) else rest))

    def _raw(self, value: Any) -> Html:
        text = json.dumps(value, ensure_ascii=False, indent=1)
        compact = json.dumps(value, ensure_ascii=False)
        # What is nested deep is mostly indentation: a page of 260 KB of details would have 8 MB.
        text = text if len(text) <= 2 * len(compact) else compact
        return _folded(self._words("entries", count=len(value)), tag("pre", clean(text), dir="ltr"))

    def _scalar(self, value: Any) -> Html:
        if value is None or value in ({}, [], ""):
            return tag("span", "-", class_="none")
        if isinstance(value, bool):
            return tag("span", self._words("yes" if value else "no"))
        if not isinstance(value, str):
            return tag("span", str(value))
        text = clean(value)
        if len(text) <= LONG_TEXT:
            return tag("span", text, class_="text", dir="auto")
        return _folded(cut(text, 100), tag("pre", text, dir="auto"))


def _folded(summary: str, content: Child) -> Html:
    return tag("details", tag("summary", summary, dir="auto"), content)
