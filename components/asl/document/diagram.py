"""A picture of a definition: a Mermaid flowchart in which waits, catches and failures can be told apart."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..report.values import Unknown, show
from ..services import integrations
from .definition import Definition, State, machines_in
from .graph import Way, ways

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
    lines = ["flowchart TD", *(f"    {line}" for line in drawing.machine(copied.tree, "main"))]
    lines += [f"    {line}" for line in _STYLES]
    for name, nodes in drawing.classes.items():
        lines.append(f"    class {','.join(nodes)} {name}")
    return "\n".join(lines) + "\n"


class _Drawing:
    def __init__(self) -> None:
        self._count = 0
        self.classes: dict[str, list[str]] = {}

    def machine(self, machine: dict[str, Any], scope: str, depth: int = 0) -> Iterator[str]:
        """The nodes and arrows of one machine: the whole, a branch or an item processor."""
        if depth > MAXIMUM_DEPTH:
            raise ValueError(_TOO_DEEP)
        states = _mapping(machine.get("States"))
        nodes = {name: self._node() for name in states}
        start, end = f"{scope}_start", f"{scope}_end"
        yield f"{start}(( ))"
        ends = False
        for name, state in states.items():
            yield from self._state(str(name), _mapping(state), nodes[name], depth)
        first = machine.get("StartAt")
        if isinstance(first, str) and first in nodes:
            yield f"{start} --> {nodes[first]}"
        for name, state in states.items():
            if _mapping(state).get("End") is True:
                ends = True
                yield f"{nodes[name]} --> {end}"
            for way in ways(_mapping(state)):
                if isinstance(way.target, str) and way.target in nodes:
                    arrow = _arrow(_label(way), dotted=way.field.startswith("Catch"))
                    yield f"{nodes[name]} {arrow} {nodes[way.target]}"
        if ends:
            yield f"{end}((( )))"

    def _state(self, name: str, state: dict[str, Any], node: str, depth: int) -> Iterator[str]:
        kind = state.get("Type")
        machines = list(machines_in(state))
        if machines:
            yield f"subgraph {node}[{_text(name, _inner_title(state))}]"
            for index, machine in enumerate(machines):
                yield from (f"    {line}" for line in self.machine(machine, f"{node}_{index}", depth + 1))
            yield "end"
            return
        waits, error = _waits(state), state.get("Error")
        style, left, right = _SHAPES.get("a wait" if waits else str(kind), ("", "[", "]"))
        if style:
            self.classes.setdefault(style, []).append(node)
        note = f"waits{_limit(state)}" if waits else ""
        if kind == "Fail" and isinstance(error, str):
            note = error
        yield f"{node}{left}{_text(name, note)}{right}"

    def _node(self) -> str:
        self._count += 1
        return f"s{self._count}"


def _label(way: Way) -> str:
    """What stands at an arrow: the condition of a rule, or the errors that are caught."""
    if way.field.startswith("Catch"):
        errors = way.entry.get("ErrorEquals")
        return ", ".join(str(error) for error in errors) if isinstance(errors, list) else ""
    return "otherwise" if way.field == "Default" else _condition(way.entry)


def _arrow(label: str, *, dotted: bool) -> str:
    line = "-.->" if dotted else "-->"
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
    for key, word in (("And", " and "), ("Or", " or ")):
        parts = rule.get(key)
        if isinstance(parts, list):
            return _cut(word.join(_condition(_mapping(part)) for part in parts))
    for key, value in rule.items():
        if key in ("Variable", "Next", "Comment", "Assign", "Output"):
            continue
        name = str(key).removesuffix("Path")
        sign = next((sign for end, sign in _COMPARISONS.items() if name.endswith(end)), name)
        return _cut(f"{_shown(rule.get('Variable', ''))} {sign} {_shown(value)}")
    return ""


def _shown(value: object) -> str:
    return show(value) if isinstance(value, bool | Unknown) else str(value)


def _inner_title(state: dict[str, Any]) -> str:
    if state.get("Type") == "Parallel":
        return "all of"
    return "for each item" + ", as executions of their own" * State("", state, "").is_map_run


def _waits(state: dict[str, Any]) -> bool:
    resource = state.get("Resource")
    if state.get("Type") != "Task" or not isinstance(resource, str):
        return False
    found = integrations.lookup(resource)
    return found is not None and (found.pattern == integrations.WAIT or found.kind == "activity")


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
    return f'"{"<br/>".join("".join(map(_plain, line)) for line in lines if line)}"'


def _plain(character: str) -> str:
    return character if character.isalnum() or character in " .,:_-/()=" else f"#{ord(character)};"


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
