"""Values as messages show them: plain ones, those that are only known later, and their places."""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from json import dumps
from typing import Any, TypeAlias

_SHOWN_CHARACTERS = 80


class Unknown:
    """A leaf whose value is decided later: by Pulumi (an Output), or by another tool (its placeholder).

    written: what stands there, the Output or the text of the placeholder.
    """

    __slots__ = ("written",)

    def __init__(self, written: object) -> None:
        self.written = written

    @property
    def is_output(self) -> bool:
        """Whether Pulumi decides it."""
        return not isinstance(self.written, str)


Plain: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | Unknown | None
"""A definition once copied: a bounded tree of JSON values, where a leaf may be unknown."""


def show(value: object) -> str:
    """Say a value in a message: as JSON, cut short; never looks into what is not JSON."""
    if isinstance(value, Unknown):
        return "<unknown until deployed>" if value.is_output else "<filled in by another tool>"
    if isinstance(value, dict):
        return f"an object with {len(value)} field{'' if len(value) == 1 else 's'}"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, str):
        text = dumps(value[:_SHOWN_CHARACTERS], ensure_ascii=False)
        return text if len(value) <= _SHOWN_CHARACTERS else f"{text[:-1]}…" + '"'
    # An int of a million digits takes seconds to print, and Python refuses beyond 4,300.
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    if value is None or isinstance(value, int | float):
        return dumps(value)
    return f"a Python {type(value).__name__}"


def leaves(node: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Everything in a tree that has no parts, an empty object or array too, with its place, in order."""
    if isinstance(node, str) or not node:
        yield place, node
    elif type(node) is dict or isinstance(node, Mapping):
        for key, item in node.items():
            yield from leaves(item, (*place, key))
    elif isinstance(node, list | tuple):
        for index, item in enumerate(node):
            yield from leaves(item, (*place, index))
    else:
        yield place, node


def is_output(leaf: object) -> bool:
    """Whether a leaf's value is only known to Pulumi: an Output, or something awaitable it makes one from."""
    pulumi_module = sys.modules.get("pulumi")
    if pulumi_module is not None and isinstance(leaf, pulumi_module.Output):
        return True
    return inspect.isawaitable(leaf)


def dotted(path: Iterable[object]) -> str:
    """A path for people: `States.Ask.Parameters.Entries[0].Detail`; cut before it gets endless."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
        if len(text) > 400:
            return f"{text[:400]}…"
    return text or "definition"


def did_you_mean(name: str, known: Iterable[str], nearness: float, shown: Callable[[str], str] = str) -> str:
    """`did you mean X?` of the known name that is nearest, whatever its case; empty where none is near."""
    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), folded, 1, nearness)
    return f"did you mean {shown(folded[near[0]])}?" if near else ""
