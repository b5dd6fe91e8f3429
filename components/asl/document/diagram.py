"""A picture of a definition: a Mermaid flowchart in which waits, catches and failures can be told apart."""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from ..report.display import Unknown, show
from ..services import integrations
from .definition import Definition, State, machines_in
from .graph import ways

MAXIMUM_DEPTH = 30
"""Boxes in boxes that somebody can still read."""

_TOO_DEEP = f"definition must be nested at most {MAXIMUM_DEPTH} deep to be drawn"

_STYLES = (
    "classDef wait fill:#fff3cd,stroke:#b8860b,color:#000",
    "classDef failure fill:#f8d7da,stroke:#a71d2a,color:#000",
    "classDef success fill:#d4edda,stroke:#1e7e34,color:#000",
)

_SHAPES = {
    "Choice": ("", "{", "}"),
    "Fail": ("failure", "(((", ")))"),
    "Succeed": ("success", "([", "])"),
    "Wait": ("", "[/", "/]"),
    "a wait": ("wait", "{{", "}}"),
}
"""What is drawn → its style, and what stands around its text."""


def mermaid(definition: Mapping[str, Any] | Definition) -> str:
    """The definition as Mermaid text, ending in a newline; the same definition gives the same text.

    - a wait (a state that hands out a task token, or an activity) is a hexagon, with its timeout
    - a choice is a diamond, a failing end a double circle, a successful one a stadium
    - what a Catch catches is a dotted arrow with the errors' names
    - Map and Parallel are boxes around their own states
    Works on any definition, also a wrong one: what is missing is left out. Raises ValueError for what is
    nested too deep to be drawn.
    """
    drawing = _Drawing()
    copied = Definition.of(definition)
    if any(one.rule in ("cycle", "depth") for one in copied.problems):
        raise ValueError(_TOO_DEEP)
    lines = [*drawing.machine(copied.tree, "main"), *_STYLES]
    lines += [f"class {','.join(nodes)} {name}" for name, nodes in drawing.classes.items()]
    return "\n    ".join(["flowchart TD", *lines]) + "\n"


class _Drawing:
    def __init__(self) -> None:
        self._numbers = count(1)
        self.classes: dict[str, list[str]] = {}

    def machine(self, machine: dict[str, Any], scope: str, depth: int = 0) -> Iterator[str]:
        """The nodes and arrows of one machine: the whole, a branch or an item processor."""
        if depth > MAXIMUM_DEPTH:
            raise ValueError(_TOO_DEEP)
        states = {name: _mapping(state) for name, state in _mapping(machine.get("States")).items()}
        nodes = {name: f"s{next(self._numbers)}" for name in states}
        start, end = f"{scope}_start", f"{scope}_end"
        yield f"{start}(( ))"
        for name, state in states.items():
            yield from self._state(str(name), state, nodes[name], depth)
        first = machine.get("StartAt")
        if isinstance(first, str) and first in nodes:
            yield f"{start} --> {nodes[first]}"
        for name, state in states.items():
            if state.get("End") is True:
                yield f"{nodes[name]} --> {end}"
            for field, target, _, entry in ways(state):
                if isinstance(target, str) and target in nodes:
                    yield f"{nodes[name]} {_arrow(field, entry)} {nodes[target]}"
        if any(state.get("End") is True for state in states.values()):
            yield f"{end}((( )))"

    def _state(self, name: str, state: dict[str, Any], node: str, depth: int) -> Iterator[str]:
        kind = state.get("Type")
        machines = list(machines_in(state))
        if machines:
            title = "all of" if kind == "Parallel" else "for each item"
            title += ", as executions of their own" * State("", state, "").is_map_run
            yield f"subgraph {node}[{_text(name, title)}]"
            for index, machine in enumerate(machines):
                yield from (f"    {line}" for line in self.machine(machine, f"{node}_{index}", depth + 1))
            yield "end"
            return
        note, error = "", state.get("Error")
        if kind == "Task" and integrations.waits(state.get("Resource")):
            kind, note = "a wait", f"waits{_limit(state)}"
        elif kind == "Fail" and isinstance(error, str):
            note = error
        style, left, right = _SHAPES.get(str(kind), ("", "[", "]"))
        if style:
            self.classes.setdefault(style, []).append(node)
        yield f"{node}{left}{_text(name, note)}{right}"


def _arrow(field: str, entry: dict[str, Any]) -> str:
    """An arrow, and what stands at it: the condition of a rule, or the errors that are caught."""
    line, label = "-->", "otherwise" if field == "Default" else _condition(entry)
    if field.startswith("Catch"):
        line, errors = "-.->", entry.get("ErrorEquals")
        label = ", ".join(map(str, errors)) if isinstance(errors, list) else ""
    return f"{line}|{_text(label)}|" if label else line


# Longer names first: they end like shorter ones.
_COMPARISONS = {
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
    "Equals": "=",
    "LessThan": "<",
    "GreaterThan": ">",
}


def _condition(rule: dict[str, Any]) -> str:
    """A choice rule in few words."""
    if isinstance(rule.get("Condition"), str):
        return _cut(rule["Condition"].removeprefix("{%").removesuffix("%}").strip())
    if isinstance(rule.get("Not"), dict):
        return _cut(f"not {_condition(rule['Not'])}")
    for key in ("And", "Or"):
        if isinstance(rule.get(key), list):
            return _cut(f" {key.lower()} ".join(_condition(_mapping(part)) for part in rule[key]))
    for key, value in rule.items():
        if key in ("Variable", "Next", "Comment", "Assign", "Output"):
            continue
        name = str(key).removesuffix("Path")
        sign = next((sign for end, sign in _COMPARISONS.items() if name.endswith(end)), name)
        return _cut(f"{_shown(rule.get('Variable', ''))} {sign} {_shown(value)}")
    return ""


def _shown(value: object) -> str:
    return show(value) if isinstance(value, bool | Unknown) else str(value)


def _limit(state: dict[str, Any]) -> str:
    seconds = state.get("TimeoutSeconds", state.get("TimeoutSecondsPath"))
    if isinstance(seconds, int) and not isinstance(seconds, bool):
        for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
            if seconds >= size and seconds % size == 0:
                return f" at most {seconds // size} {unit}"
        return f" at most {seconds} s"
    return f" at most {_cut(seconds)} s" if isinstance(seconds, str) else ""


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _text(*lines: str) -> str:
    """Text in quotes in which Mermaid sees no syntax: every character but plain ones stands as its number."""
    escaped = (re.sub(r"[^\w .,:/()=-]", lambda found: f"#{ord(found[0])};", line) for line in lines if line)
    return f'"{"<br/>".join(escaped)}"'


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
