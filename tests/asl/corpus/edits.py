"""The tables of these tests, a case a line: what is right, what is wrong, and what is said of it.

A line of `wrong.jsonl` is the one rule that finds a wrong definition, the right one that it comes from, the
place in it, and what stands there instead: a value, `{"named": X}` for its key, or nothing where it is
taken away.
"""

import copy
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

CORPUS: Final = Path(__file__).parent
RIGHT: Final = CORPUS / "right"
REMOVED: Final = object()
Row = TypeVar("Row")


class Edit(NamedTuple):
    """A wrong definition, as a line of the table has it."""

    rule: str
    right: str
    place: str
    instead: Any = REMOVED

    def __str__(self) -> str:
        what = "removed" if self.instead is REMOVED else json.dumps(self.instead)[:40]
        return f"{self.rule}: {self.right}: {self.place}: {what}"


class Accepted(NamedTuple):
    """An odd state that AWS accepts, as a line of `accepted.jsonl`.

    rules: those that it breaks, none an error. others: the states behind it.
    """

    rules: list[str]
    state: dict[str, Any]
    others: Mapping[str, Any] = MappingProxyType({})


class Expression(NamedTuple):
    """An expression, as a line of `expressions.jsonl`.

    kind: where it stands. rules: those that it breaks there. told: a part of what is said of it.
    """

    kind: str
    text: Any
    rules: list[str]
    told: str


class Called(NamedTuple):
    """A Task, as a line of `calls.jsonl`.

    statements: what its role may do, as `places.described` says it. reason: what cannot be told, if anything.
    """

    resource: str
    fields: dict[str, Any]
    statements: list[str]
    reason: str


class Finds(NamedTuple):
    """A Task, as a line of `tasks.jsonl`.

    fields: of `machines.waiting`. rules: those that it breaks, in order. told: a part of what is said of it.
    """

    fields: dict[str, Any]
    rules: list[str]
    told: str


def rows(kind: Callable[..., Row], name: str) -> list[Row]:
    """Every line of a table."""
    with (CORPUS / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [kind(*json.loads(line)) for line in file]


def right(name: str) -> dict[str, Any]:
    """A copy of a right definition."""
    return copy.deepcopy(_load(name))


@cache
def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RIGHT / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def names() -> list[str]:
    """The names of all right definitions."""
    return sorted(path.stem for path in RIGHT.glob("*.json"))


def all_wrong() -> list[Edit]:
    """Every wrong definition of the table."""
    return rows(Edit, "wrong")


def wrong(edit: Edit) -> dict[str, Any]:
    """The definition that the edit makes."""
    document = right(edit.right)
    *steps, last = edit.place.split("/")
    node: Any = document
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    key: Any = int(last) if isinstance(node, list) else last
    if edit.instead is REMOVED:
        del node[key]
    elif isinstance(edit.instead, dict) and edit.instead.keys() == {"named"}:
        new = edit.instead["named"]
        items = [(new if name == key else name, item) for name, item in node.items()]
        assert len(dict(items)) == len(items), "the new name is taken"
        node.clear()
        node.update(items)
    else:
        assert isinstance(node, list) or node.get(key, REMOVED) != edit.instead, "the edit changes nothing"
        node[key] = edit.instead
    return document
