"""Details as HTML: JSON as people read it, long texts and long lists folded, everything escaped."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from countersign_contract.approvals.text import clean, cut

from .html import Child, Html, join, tag
from .texts import Words
from .weblinks import web_link

LONG_TEXT: Final = 240
DEEPEST: Final = 6
MANY: Final = 25
MAX_VALUES: Final = 1_500
"""So many values get a place of their own; what is beyond them is shown as JSON, folded."""

MOST_COLUMNS: Final = 6
NARROW: Final = 3
"""A table with more columns is told row by row on a phone."""

_AMOUNT_WORDS: Final = (
    "amount amounts balance budget cost costs count discount fee fees headcount limit loss paid price prices "
    "profit quantity qty revenue salary size spend subtotal sum total totals turnover volume "
    "bytes seconds minutes hours days cents eur gbp jpy krw usd "
    "금액 가격 합계 총액 수량 비용 예산 잔액 매출 인원 건수 개수 원"
)
_AMOUNTS: Final = frozenset(_AMOUNT_WORDS.split())
"""The last word of a key whose number is an amount or a count, and is grouped by thousands. Any other may be
an id, a code, a year or an account, of which separators make another one."""


def rendered(details: Any, words: Words) -> Html | None:
    """All of the details, or None when there are none."""
    if details is None or details in ({}, [], ""):
        return None
    return _Renderer(words).value("", details, 1)


def plain(value: Any, words: Words, name: str = "") -> Html:
    """A value that holds no others, which has this name; never a link."""
    if value is None or value in ({}, [], ""):
        return tag("span", "-", class_="none")
    if isinstance(value, bool):
        return tag("span", words("yes" if value else "no"))
    if not isinstance(value, str):
        return tag("span", words.number(value) if _is_counted(name) else str(value))
    text = clean(value)
    if len(text) <= LONG_TEXT:
        return tag("span", text, class_="text", dir="auto")
    return _folded(cut(text, 100), tag("pre", text, dir="auto"))


class _Renderer:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._left = MAX_VALUES

    def value(self, name: str, value: Any, depth: int) -> Html:
        self._left -= 1
        if not isinstance(value, Mapping | list) or not value:
            return self._scalar(name, value)
        if depth > DEEPEST or self._left < 0:
            return self._raw(value)
        content = self._several(name, value, depth)
        if depth > 1 and len(value) > MANY:
            return _folded(self._words("entries", count=len(value)), content)
        return content

    def _several(self, name: str, value: Mapping[str, Any] | list[Any], depth: int) -> Html:
        if isinstance(value, Mapping):
            return self._table(value, depth)
        if all(_is_short(each) for each in value):
            return self._values(name, value)
        if columns := _columns(value):
            return self._rows(columns, value)
        return self._table(value, depth)

    def _table(self, value: Mapping[str, Any] | list[Any], depth: int) -> Html:
        """A row for each entry, with its name, or its place in the list."""
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value, start=1)
        rows = []
        for name, each in pairs:
            if self._left < 0:
                break
            heading = tag("th", clean(str(name)), scope="row", dir="auto", role="rowheader")
            cell = tag("td", self.value(str(name), each, depth + 1), role="cell")
            rows.append(tag("tr", heading, cell, role="row"))
        # On a phone tables are laid out as blocks. Browsers take them for tables then only if told so.
        kind = "pairs list" if isinstance(value, list) else "pairs"
        table = tag("table", tag("tbody", *rows), class_=kind, role="table")
        if len(rows) == len(value):
            return table
        rest = list(value.items() if isinstance(value, Mapping) else value)[len(rows) :]
        return join(table, self._raw(dict(rest) if isinstance(value, Mapping) else rest))

    def _values(self, name: str, values: list[Any]) -> Html:
        """Short values, one after the other."""
        shown = values[: max(self._left, 0)]
        self._left -= len(shown)
        items = [tag("li", self._scalar(name, each)) for each in shown]
        return self._with_rest(tag("ul", *items, class_="values", role="list"), values[len(shown) :])

    def _rows(self, columns: Sequence[str], values: list[Mapping[str, Any]]) -> Html:
        """Objects that are alike: a column for each of their keys."""
        shown = values[: max(self._left, 0) // len(columns)]
        self._left -= len(shown) * len(columns)
        amounts = {name for name in columns if all(_is_amount(each.get(name)) for each in shown)}
        kinds = {name: "n" if name in amounts else None for name in columns}
        heads = [tag("th", clean(name), scope="col", dir="auto", class_=kinds[name]) for name in columns]
        rows = [
            tag("tr", *(self._cell(name, each.get(name), kinds[name]) for name in columns), role="row")
            for each in shown
        ]
        kind = "columns" if len(columns) <= NARROW else "columns wide"
        head = tag("thead", tag("tr", *heads, role="row"))
        table = tag("table", head, tag("tbody", *rows), class_=kind, role="table")
        return self._with_rest(table, values[len(shown) :])

    def _cell(self, name: str, value: Any, kind: str | None) -> Html:
        return tag("td", self._scalar(name, value), data_name=clean(name), class_=kind, role="cell")

    def _with_rest(self, shown: Html, rest: list[Any]) -> Html:
        return join(shown, self._raw(rest)) if rest else shown

    def _raw(self, value: Any) -> Html:
        text = json.dumps(value, ensure_ascii=False, indent=1)
        compact = json.dumps(value, ensure_ascii=False)
        # What is nested deep is mostly indentation: a page of 260 KB of details would have 8 MB.
        text = text if len(text) <= 2 * len(compact) else compact
        return _folded(self._words("entries", count=len(value)), tag("pre", clean(text), dir="ltr"))

    def _scalar(self, name: str, value: Any) -> Html:
        link = web_link(value) if isinstance(value, str) else None
        return link or plain(value, self._words, name)


def _is_short(value: Any) -> bool:
    """Whether it fits into a line or two."""
    return not isinstance(value, Mapping | list) and len(str(value)) <= LONG_TEXT


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_counted(key: str) -> bool:
    last = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+", key)[-1:]
    return bool(last) and last[0].lower() in _AMOUNTS


def _columns(values: list[Any]) -> list[str]:
    """The keys of objects that are alike enough for a table: some, all short, most of them in each object."""
    if len(values) < 2 or not all(isinstance(each, Mapping) and each for each in values):
        return []
    keys = list(dict.fromkeys(key for each in values for key in each))
    alike = all(2 * len(each) >= len(keys) for each in values)
    short = all(_is_short(value) for each in values for value in each.values())
    return keys if alike and short and len(keys) <= MOST_COLUMNS else []


def _folded(summary: str, content: Child) -> Html:
    return tag("details", tag("summary", summary, dir="auto"), content)
