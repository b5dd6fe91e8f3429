"""The graph of one machine: targets exist, states are reached, ways end, failures are not lost."""

from collections.abc import Iterator
from typing import Any

from .check_scope import Place, Scope
from .check_values import wrong_type
from .findings import show

ENDS = ("Succeed", "Fail")


def targets(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Where a state may go, as (field, target)."""
    if "Next" in state:
        yield "Next", state["Next"]
    if state.get("Type") == "Choice":
        choices = state.get("Choices")
        for index, rule in enumerate(choices if isinstance(choices, list) else ()):
            if isinstance(rule, dict) and "Next" in rule:
                yield f"Choices[{index}].Next", rule["Next"]
        if "Default" in state:
            yield "Default", state["Default"]
    if "Catch" in state:
        for index, catcher in enumerate(catchers(state)):
            if "Next" in catcher:
                yield f"Catch[{index}].Next", catcher["Next"]


def catchers(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The catchers of a state, as far as they are objects."""
    catch = state.get("Catch")
    return [one if isinstance(one, dict) else {} for one in catch] if isinstance(catch, list) else []


def check(scope: Scope, places: dict[str, Place]) -> None:
    """Check the graph of a machine. `places` are its states that are objects."""
    edges: dict[str, list[str]] = {}
    whole = len(places) == len(scope.states)
    for name, place in places.items():
        edges[name] = following = []
        goes_on = _is_end(place.state)
        for field, target in targets(place.state):
            if isinstance(target, str) and target in scope.states:
                following.append(target)
                goes_on = goes_on or not field.startswith("Catch")
                continue
            whole = False
            if isinstance(target, str):
                fix = _did_you_mean(target, scope)
                place.add(
                    "transition-target", field, f"there is no state {show(target)} in this machine", fix
                )
            elif not field.startswith("Choices"):  # A rule's Next is checked with the rule.
                wrong_type(place, field, target, "a state's name")
        whole = whole and goes_on and _is_complete(place.state)
    if scope.start not in places or not whole:
        return  # What is reached cannot be told before every state and every target is right.
    reached = _reach([scope.start], edges)
    if len(reached) < len(places):
        _find_unreachable(places, edges, reached)
        return
    ends = {name for name, place in places.items() if _is_end(place.state)}
    if not ends:
        scope.add("no-end", "States", "no state ends this machine", 'give the last state "End": true')
        return
    _find_loops(edges, ends, places)
    _find_unnoticed(places, edges)


def _find_unreachable(places: dict[str, Place], edges: dict[str, list[str]], reached: set[str]) -> None:
    """States that nothing leads to: of each lost part its beginning, since the rest comes with it."""
    lost = [name for name in places if name not in reached]
    followers = {target for name in lost for target in edges[name] if target != name}
    told: set[str] = set()
    for name in (*(name for name in lost if name not in followers), *lost):
        if name in told:
            continue
        told |= _reach([name], edges)
        fix = "lead a Next, Default or Catch here, or remove it"
        places[name].add("unreachable", "", "no way leads here from StartAt", fix)


def _is_complete(state: dict[str, Any]) -> bool:
    """Whether every rule and every catcher leads somewhere."""
    choices = state.get("Choices") if state.get("Type") == "Choice" else ()
    if choices == [] or not isinstance(choices, list | tuple):
        return False
    return all(isinstance(one, dict) and "Next" in one for one in (*choices, *catchers(state)))


def _is_end(state: dict[str, Any]) -> bool:
    return state.get("End") is True or state.get("Type") in ENDS


def _did_you_mean(target: str, scope: Scope) -> str:
    wanted = target.strip().casefold()
    for name in scope.states:
        if name.strip().casefold() == wanted:
            return f"did you mean {show(name)}?"
    return "name one of its states"


def _reach(starts: list[str], edges: dict[str, list[str]]) -> set[str]:
    reached = set(starts)
    waiting = starts
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _find_loops(edges: dict[str, list[str]], ends: set[str], places: dict[str, Place]) -> None:
    """States from which no end can be reached: one finding for each loop, at its first state."""
    sources: dict[str, list[str]] = {}
    for name, following in edges.items():
        for target in following:
            sources.setdefault(target, []).append(name)
    finite = set(ends)
    waiting = list(ends)
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in finite:
                finite.add(source)
                waiting.append(source)
    if len(finite) == len(places):
        return
    told: set[str] = set()
    for name in places:
        if name not in finite and name not in told:
            told |= _reach([name], edges)
            places[name].add(
                "endless-loop",
                "",
                "from here no way leads to an end",
                "lead some way out of the loop, to a Succeed, a Fail or an End",
            )


def _find_unnoticed(places: dict[str, Place], edges: dict[str, list[str]]) -> None:
    """Catchers of waits from which a successful end is reached without anything that decides again."""
    lost: dict[str, str | None] = {}
    for place in places.values():
        if not place.waits:
            continue
        for index, catcher in enumerate(catchers(place.state)):
            target = catcher.get("Next")
            if not isinstance(target, str):
                continue
            if target not in lost:
                lost[target] = _success_after(target, places, edges)
            end = lost[target]
            if end is not None:
                place.add(
                    "wait-failure-unnoticed",
                    f"Catch[{index}].Next",
                    f"a caught failure of this wait ends in success at {show(end)}",
                    "end that way in a Fail, or silence the rule and say why a failure is a success here",
                )


def _success_after(start: str, places: dict[str, Place], edges: dict[str, list[str]]) -> str | None:
    """The first successful end that is reached from a state without passing a Choice or another wait."""
    seen = {start}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        place = places[name]
        if place.kind in ("Choice", "Fail") or place.waits:
            continue
        if place.kind == "Succeed" or place.state.get("End") is True:
            return name
        following = place.state.get("Next")
        for target in edges[name]:
            # Only the ordinary way on: that a later step fails as well, and is caught, is its own affair.
            if target == following and target not in seen:
                seen.add(target)
                waiting.append(target)
    return None
