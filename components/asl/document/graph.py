"""Where the states of one machine lead: targets, what is reached, and which states lead round in circles."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..report.display import Unknown

ENDS = ("Succeed", "Fail")
_UNTOLD = Unknown("")

Way: TypeAlias = tuple[str, Any, tuple[Any, ...], dict[str, Any]]
"""One way out of a state: the field that names its target, the target, every Assign of whoever goes it, and
the rule or the catcher whose way it is, or nothing."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of one machine.

    following: state → the states that it may lead to, as far as they exist.
    wrong: (state, field, target) where the target is no state of the machine.
    complete: whether every state and every way is as it should be, and every state is reached. Only then can
        be said what no way leads to.
    reached: the states that are reached; empty where some state or some way is wrong.
    """

    following: dict[str, list[str]]
    wrong: tuple[tuple[str, str, Any], ...]
    complete: bool
    reached: frozenset[str]


def ways(state: dict[str, Any]) -> list[Way]:
    """Where a state may go; the target of a rule or catcher that names none is unknown."""
    assign = (state["Assign"],) if "Assign" in state else ()
    found: list[Way] = [("Next", state["Next"], assign, {})] if "Next" in state else []
    if state.get("Type") == "Choice":
        found += _ways_of(state, "Choices", assign)
        if "Default" in state:
            found.append(("Default", state["Default"], assign, {}))
    if "Catch" in state:
        found += _ways_of(state, "Catch", ())
    return found


def _ways_of(state: dict[str, Any], field: str, assign: tuple[Any, ...]) -> Iterator[Way]:
    """The ways of the rules or catchers of a state."""
    for index, one in enumerate(entries(state, field)):
        own = (one["Assign"],) if "Assign" in one else ()
        yield f"{field}[{index}].Next", one.get("Next", _UNTOLD), assign + own, one


def entries(state: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The rules or catchers of a state; empty where they are no objects."""
    found = state.get(field)
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


def is_end(state: dict[str, Any]) -> bool:
    """Whether a machine ends with this state."""
    return state.get("End") is True or state.get("Type") in ENDS


def graph(states: dict[str, Any], start: str) -> Graph:
    """The graph of a machine's states."""
    following: dict[str, list[str]] = {}
    wrong: list[tuple[str, str, Any]] = []
    whole = start in states
    for name, state in states.items():
        if not isinstance(state, dict):
            whole = False
            continue
        following[name] = targets = []
        for field, target, _, _ in ways(state):
            if isinstance(target, str) and target in states:
                targets.append(target)
            else:
                wrong.append((name, field, target))
        whole = whole and _goes_on(state)
    reached: set[str] = set()
    if whole and not wrong:
        reach((start,), following, reached)
    return Graph(following, tuple(wrong), len(reached) == len(states), frozenset(reached))


def _goes_on(state: dict[str, Any]) -> bool:
    """Whether a state ends the machine or has ways, and those of its catchers can be told."""
    if state.get("Type") == "Choice":
        told = isinstance(state.get("Choices"), list) and state["Choices"] != []
    else:
        told = "Next" in state or is_end(state)
    return told and ("Catch" not in state or isinstance(state["Catch"], list))


def reach(starts: Iterable[str], following: Mapping[str, Iterable[str]], reached: set[str]) -> list[str]:
    """Add the states that are reached from some others, and give those that had not been reached before."""
    added = [name for name in starts if name not in reached]
    reached.update(added)
    for name in added:  # It grows meanwhile.
        for target in following.get(name, ()):
            if target not in reached:
                reached.add(target)
                added.append(target)
    return added


def backwards(following: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """State → the states that lead to it."""
    sources: dict[str, list[str]] = {}
    for name, targets in following.items():
        for target in targets:
            sources.setdefault(target, []).append(name)
    return sources


def circles(following: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The states in groups of those that lead round to one another, each group before all that it leads to.

    Kosaraju's strongly connected components, without recursion.
    """
    left: dict[str, None] = {}
    """In the order in which all that they lead to has been seen."""
    entered: set[str] = set()
    waiting = [(name, False) for name in following]
    while waiting:
        name, leaves = waiting.pop()
        if leaves:
            left[name] = None
        elif name not in entered:
            entered.add(name)
            waiting += [(name, True), *((target, False) for target in following[name])]
    sources, grouped = backwards(following), set[str]()
    groups = (reach((name,), sources, grouped) for name in reversed(left))
    return [group for group in groups if group]
