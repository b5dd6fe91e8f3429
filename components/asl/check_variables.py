"""Variables: which names may be assigned, and which are.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

import re
from typing import Any

from .check_scope import Place, Scope
from .findings import show

_NAME = re.compile(r"[^\W\d]\w*")
_LONGEST = 80


def assigned(scope: Scope) -> dict[str, str]:
    """The variables that the states of a machine assign, each with the state that does, or empty."""
    names: dict[str, str] = {}
    for state_name, state in scope.states.items():
        if not isinstance(state, dict):
            continue
        holders = [state]
        for field in ("Choices", "Catch"):
            if field in state:
                entries = state[field]
                holders += (
                    [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
                )
        for holder in holders:
            assign = holder.get("Assign")
            for key in assign if isinstance(assign, dict) else ():
                name = key.removesuffix(".$")
                alone = names.get(name, state_name) == state_name
                names[name] = state_name if alone else ""
    return names


def check(place: Place) -> None:
    """Check the names that a state assigns, its choices and catchers included."""
    state = place.state
    _assign(place, "Assign", state.get("Assign"))
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for index, one in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(one, dict) and "Assign" in one:
                _assign(place, f"{field}[{index}].Assign", one["Assign"])


def _assign(place: Place, field: str, assign: Any) -> None:
    if not isinstance(assign, dict):
        return
    for key in assign:
        name = key if place.jsonata else key.removesuffix(".$")
        if not _NAME.fullmatch(name) or len(name) > _LONGEST or name == "states":
            place.add(
                "variable-name",
                f"{field}.{key}",
                f"{show(name)} is no variable's name",
                f"use letters, digits and _, at most {_LONGEST}, and not states",
            )
        elif name in place.scope.outer and _is_shadow(place.scope, name):
            place.add(
                "variable-shadowed",
                f"{field}.{key}",
                f"{name} is a variable of the machine around this one",
                "use another name, and return the value in the output",
            )


def _is_shadow(scope: Scope, name: str) -> bool:
    """Whether a machine around this one has the variable while this one runs: what the state itself assigns
    that this one is in, it assigns when this one has ended."""
    inside = scope.inside
    while inside is not None:
        if inside.scope.variables.get(name, inside.name) != inside.name:
            return True
        inside = inside.scope.inside
    return False
