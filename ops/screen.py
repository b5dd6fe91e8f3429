"""All that is printed: tables for a person, or one JSON object a line. Rows go out page by page.

What other people wrote is shown without what could steer a terminal, and without links of approvers.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from countersign_contract.approvals.text import one_line

from .problems import Exit, Problem

_LINK: Final = re.compile(r"[0-9a-f]{32}\.[0-9]{1,3}\.[A-Za-z0-9_-]{43}")
"""The end of an approver's link (lambda_src/approvals/answering/links.py), wherever somebody put it."""
HIDDEN: Final = "[link]"
DEEPER: Final = "[more]"
LEVELS: Final = 50
"""What is nested deeper is not shown: whoever can write into the table could end the command with it."""
GAP: Final = 2
NARROWEST: Final = 12
WHOLE: Final = 80
"""Of what is never cut: the name of an execution has no more."""

STYLES: Final[Mapping[str, str]] = {
    "open": "yellow",
    "decided": "cyan",
    "approved": "green",
    "delivered": "green",
    "rejected": "red",
    "too_late": "red",
    "unconfirmed": "red",
    "forged": "red",
}

Line = Mapping[str, Any]
"""What is told of one thing, as JSON has it."""


@dataclass(frozen=True)
class Column:
    """A column of a table: of `width` characters, or with an equal share of what the others leave."""

    title: str
    cell: "Callable[[Screen, Line], Any]"
    """What it shows of what is told in a row."""
    width: int | None = None
    whole: bool = False
    """Never cut, as it is copied from."""
    spare: bool = False
    """Left out where there is no room, from the right."""


def value(key: str) -> Callable[["Screen", Line], Any]:
    """The cell that shows what is told under this key."""
    return lambda _, told: told.get(key)


def age(key: str) -> Callable[["Screen", Line], str]:
    """The cell that shows how long ago the time under this key was."""
    return lambda screen, told: screen.ago(told[key])


def left(key: str) -> Callable[["Screen", Line], str]:
    """The cell that shows in how long the time under this key comes."""
    return lambda screen, told: screen.until(told[key])


def last(key: str) -> Callable[["Screen", Line], str]:
    """The cell that shows the name at the end of an ARN."""
    return lambda _, told: str(told[key]).rpartition(":")[2]


class Terminal(Console):
    """A console that leaves it to the command what happens when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Screen:
    """Where it goes: answers to standard output, everything else to standard error."""

    def __init__(self, *, as_json: bool = False, yes: bool = False) -> None:
        self.as_json = as_json
        self._yes = yes
        self.now = time.time()
        self._out = Terminal(highlight=False, markup=False, emoji=False, soft_wrap=False)
        self._err = Terminal(stderr=True, highlight=False, markup=False, emoji=False)

    def rows(self, columns: Sequence[Column], pages: Iterable[Sequence[Line]], nothing: str) -> int:
        """Print rows, page by page; how many. JSON has all that is told, a table what its columns show."""
        count = 0
        for page in pages:
            if self.as_json:
                for row in page:
                    self._line(row)
            elif page:
                self._out.print(self._table(columns, page, header=count == 0))
            count += len(page)
        if not count and not self.as_json:
            self.note(nothing)
        return count

    def one(self, told: Line, shown: Iterable[tuple[str, Any]]) -> None:
        """Print one thing: as JSON all that is told, otherwise what is shown, a name and a value a line."""
        if self.as_json:
            self._line(told)
            return
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, GAP, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in shown:
            if value not in (None, "", [], {}):
                table.add_row(Text(name), _text(value))
        self._out.print(table)

    def done(self, told: Line, said: str = "") -> None:
        """Tell what was done: as JSON all that is told, otherwise what is said."""
        if self.as_json:
            self._line(told)
        elif said:
            self.note(said)

    def note(self, text: str) -> None:
        """Tell the person something that is not the answer."""
        self._err.print(Text(safe(text)), soft_wrap=True)

    def problem(self, text: str) -> None:
        """Tell why it ended."""
        self._err.print(Text(safe(text), style="red"), soft_wrap=True)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show, on a terminal, that something is going on; what is called with a text shows how far it is."""
        if not self._err.is_terminal:
            yield lambda _: None
            return
        with self._err.status(Text(safe(what))) as status:
            yield lambda more: status.update(Text(safe(f"{what}: {more}")))

    @property
    def asks(self) -> bool:
        """Whether somebody is to see what will be changed, and to say yes."""
        return not self._yes and not self.as_json

    def confirm(self, question: str) -> None:
        """Go on if the person says yes, or has said so before. `Problem` otherwise."""
        if self._yes:
            return
        if self.as_json or not sys.stdin.isatty():
            raise Problem(Exit.DECLINED, "nobody can be asked here: say --yes to change something")
        self._err.print(Text(f"{safe(question)} [y/N] "), end="")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Problem(Exit.DECLINED, "nothing was changed")

    def ago(self, time: str | None) -> str:
        """How long ago, in one or two units."""
        return length(self.now - _seconds(time)) if time else ""

    def until(self, time: str | None) -> str:
        """In how long; `over` for what has passed."""
        if not time:
            return ""
        left = _seconds(time) - self.now
        return f"in {length(left)}" if left > 0 else "over"

    def when(self, time: str | None) -> str:
        """A time, and how far it is from now."""
        if not time:
            return ""
        far = self.until(time)
        return f"{time} ({f'{self.ago(time)} ago' if far == 'over' else far})"

    def _line(self, told: Line) -> None:
        sys.stdout.write(line(told))
        sys.stdout.flush()

    def _table(self, columns: Sequence[Column], page: Sequence[Line], *, header: bool) -> Table:
        columns, share = _fitted(columns, self._out.width)
        table = Table(
            box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=header, collapse_padding=True
        )
        for column in columns:
            cut = column.width is None and not column.whole
            overflow: Literal["ellipsis", "fold"] = "ellipsis" if cut else "fold"
            width = column.width or (share if cut else min(share, WHOLE))
            table.add_column(column.title, width=width, overflow=overflow, no_wrap=cut)
        for row in page:
            table.add_row(*(_text(column.cell(self, row)) for column in columns))
        return table


def line(told: Line) -> str:
    """JSON on a line, without links, and escaped, so that nothing in it steers a terminal."""
    return json.dumps(hidden(told), ensure_ascii=True) + "\n"


def safe(value: Any) -> str:
    """A value on one line, without what could steer a terminal and without links."""
    if isinstance(value, list | tuple):
        return ", ".join(map(safe, value))
    if isinstance(value, Mapping):
        return safe(json.dumps(value, ensure_ascii=False))
    return _LINK.sub(HIDDEN, one_line(str(value)))


def hidden(value: Any, levels: int = LEVELS) -> Any:
    """A value without links in any of its texts, and without what is nested deeper than anybody reads."""
    if isinstance(value, str):
        return _LINK.sub(HIDDEN, value)
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not levels:
        return DEEPER
    if isinstance(value, Mapping):
        return {_LINK.sub(HIDDEN, str(key)): hidden(each, levels - 1) for key, each in value.items()}
    return [hidden(each, levels - 1) for each in value]


def _text(value: Any) -> Text:
    shown = "" if value is None else safe(hidden(value))
    return Text(shown, style=STYLES.get(shown, ""))


def _fitted(columns: Sequence[Column], width: int) -> tuple[Sequence[Column], int]:
    """The columns for which there is room, and how wide those are that share it."""
    while True:
        fixed = sum(column.width or 0 for column in columns) + GAP * (len(columns) - 1)
        share = (width - fixed) // max(1, sum(column.width is None for column in columns))
        spare = [column for column in columns if column.spare]
        if share >= NARROWEST or not spare:
            return columns, max(1, share)
        columns = [column for column in columns if column is not spare[-1]]


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def length(seconds: float | None) -> str:
    """So long, in one or two units; nothing, for what nobody knows."""
    if seconds is None:
        return ""
    minutes = max(0, int(seconds)) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days}d {hours % 24}h"
    return f"{hours}h {minutes % 60}m" if hours else f"{minutes}m"
