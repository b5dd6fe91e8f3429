"""Variables: which names may be assigned, which are, and where they have a value.

What a state assigns is there from the next state on, on the ways that go by this Assign: that of a catcher
holds for its own way alone. A branch or iteration sees what has a value where the state around it begins,
except that the executions of a Distributed Map see nothing of it; and what is assigned inside ends with it.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

import re
from collections.abc import Iterator
from typing import Any

from ..document.graph import circles, ways
from ..report.display import show
from .scope import Scope, Site

_NAME = re.compile(r"[^\W\d]\w*")
_LONGEST = 80
_OUTSIDE = (
    "a Distributed Map gets values through its ItemSelector, "
    "and a branch or iteration gives them in its output"
)
_ANY = ""
"""Among the variables of a machine: it has an Assign that is only known later, or is none."""


def assigned(scope: Scope) -> dict[str, str]:
    """The variables that the states of a machine assign, each with the state that does, or empty."""
    names: dict[str, str] = {}
    for state_name, state in scope.states.items():
        for _, assign in _assigns(state) if isinstance(state, dict) else (("", state),):
            for name in _names(assign):
                names[name] = state_name if names.get(name, state_name) == state_name else ""
    return names


def _assigns(state: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every Assign of a state, by its field; what may hold one, and is only known later, stands for it."""
    found = [("Assign", state["Assign"])] if "Assign" in state else []
    for field in ("Choices", "Catch"):
        if field in state:
            entries = state[field]
            for index, one in enumerate(entries if isinstance(entries, list) else (entries,)):
                if not isinstance(one, dict) or "Assign" in one:
                    assign = one["Assign"] if isinstance(one, dict) else one
                    found.append((f"{field}[{index}].Assign", assign))
    return found


def _names(assign: Any) -> Iterator[str]:
    if isinstance(assign, dict):
        for key in assign:
            yield key.removesuffix(".$")
    else:
        yield _ANY


def _outwards(site: Site | None) -> Iterator[Site]:
    """A state, and those around it whose variables are seen in it."""
    while site is not None:
        yield site
        site = site.scope.inside


def sees(site: Site, name: str) -> bool:
    """Whether some state of this machine, or of one around it, assigns a variable that is seen here."""
    return any(name in inner.scope.variables for inner in _outwards(site))


def missing(site: Site, name: str) -> tuple[str, str] | None:
    """Why a variable has no value where a state reads it, and what to do; None where a way gives it one."""
    assigner: Site | None = None
    for inner in _outwards(site):
        for one in {name, _ANY} & inner.scope.variables.keys():
            if _is_present(inner.scope, inner.name, one):
                return None
            assigner = assigner or inner
    shown = f"${name[:_LONGEST]}"
    if assigner is None:
        message = f"nothing assigns {shown} where this state sees it"
        return message, f"assign it in an earlier state, or correct its name; {_OUTSIDE}"
    by = assigner.scope.variables.get(name)
    if by == assigner.name:
        message = f"{shown} is assigned by {show(by)}, and has its value from the next state on"
        return message, "assign it in an earlier state, or use here what it is assigned"
    message = f"{shown} is assigned by {show(by) if by else 'states'}, and no way leads from there to here"
    return message, "assign it on a way that leads here (a Catch has an Assign of its own)"


def _is_present(scope: Scope, state: str, name: str) -> bool:
    """Whether a variable of a machine may have a value where one of its states begins."""
    if not scope.graph.complete:
        return True  # The missing way might be the one.
    if scope.presence is None:
        scope.presence = _presence(scope)
    bits, present = scope.presence
    return bool(present[state] & bits[name])


def _presence(scope: Scope) -> tuple[dict[str, int], dict[str, int]]:
    """Where the variables of a machine may have a value: see `Scope.presence`.

    States that lead round to one another have the same ones. Between such groups there is an order, in which
    each is looked at once.
    """
    groups = circles(scope.graph.following)
    group_of = {name: index for index, group in enumerate(groups) for name in group}
    bits = {name: 1 << index for index, name in enumerate(scope.variables)}
    present = [0] * len(groups)
    for index, group in enumerate(groups):
        onward: list[tuple[int, int]] = []
        for name in group:
            for _, target, assigns, _ in ways(scope.states[name]):
                given = 0
                for assign in assigns:
                    for variable in _names(assign):
                        given |= bits[variable]
                if group_of[target] == index:
                    present[index] |= given
                else:
                    onward.append((group_of[target], given))
        for later, given in onward:
            present[later] |= present[index] | given
    return bits, {name: present[index] for name, index in group_of.items()}


def check(site: Site) -> None:
    """Check the names that a state assigns, its choices and catchers included."""
    for field, assign in _assigns(site.state):
        for key in assign if isinstance(assign, dict) else ():
            _check_name(site, f"{field}.{key}", key if site.jsonata else key.removesuffix(".$"))


def _check_name(site: Site, field: str, name: str) -> None:
    # What the state around assigns itself, it assigns when this machine has ended.
    around = _outwards(site.scope.inside)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or name == "states":
        message = f"{show(name)} is no variable's name"
        fix = f"use letters, digits and _, at most {_LONGEST}, and not states"
        site.add("variable-name", field, message, fix)
    elif any(one.scope.variables.get(name, one.name) != one.name for one in around):
        message = f"{name} is a variable of the machine around this one"
        site.add("variable-shadowed", field, message, "use another name, and return the value in the output")
