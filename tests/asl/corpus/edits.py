"""How a wrong definition is made of a right one: one edit at one place."""

import copy
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

RIGHT: Final = Path(__file__).parent / "right"


@dataclass(frozen=True)
class Rename:
    """Give the key another name, where it stands."""

    to: str


REMOVE: Final = object()
"""Take the value away."""


@dataclass(frozen=True)
class Edit:
    """A wrong definition.

    document: the right one it comes from.
    pointer: the place, its steps separated by slashes.
    value: what stands there instead: REMOVE, a Rename, or a value (which is added where there was none).
    rule: the one rule that finds it.
    """

    document: str
    pointer: str
    value: Any
    rule: str

    def __str__(self) -> str:
        if self.value is REMOVE:
            what = "removed"
        elif isinstance(self.value, Rename):
            what = f"named {self.value.to}"
        else:
            what = json.dumps(self.value)[:40]
        return f"{self.rule}: {self.document}: {self.pointer}: {what}"


def edits(document: str, *rows: tuple[str, Any, str]) -> list[Edit]:
    """Edits of one document, each as (pointer, value, rule)."""
    return [Edit(document, pointer, value, rule) for pointer, value, rule in rows]


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


def wrong(edit: Edit) -> dict[str, Any]:
    """The definition that the edit makes."""
    document = right(edit.document)
    *steps, last = edit.pointer.split("/")
    node: Any = document
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    key: Any = int(last) if isinstance(node, list) else last
    if edit.value is REMOVE:
        del node[key]
    elif isinstance(edit.value, Rename):
        items = [(edit.value.to if name == key else name, item) for name, item in node.items()]
        assert len(dict(items)) == len(items), "the new name is taken"
        node.clear()
        node.update(items)
    else:
        assert isinstance(node, list) or node.get(key, REMOVE) != edit.value, "the edit changes nothing"
        node[key] = edit.value
    return document
