"""One machine after another: the definition, its branches, its iterations."""

from difflib import get_close_matches
from typing import Any

from ..report.values import Unknown, show
from . import fields as tables
from . import flow as check_flow
from . import maps as check_map
from . import resource as check_resource
from . import task as check_task
from . import values
from . import variables as check_variables
from .scope import Place, Scope, Shared

_LONGEST_NAME = 80
_MACHINES = ("Branches", "ItemProcessor", "Iterator")
_TERMINAL = ("Choice", "Succeed", "Fail")


def definition(shared: Shared, document: dict[str, Any]) -> None:
    """Check a whole definition."""
    timeout = document.get("TimeoutSeconds")
    scope = _scope(shared, "", document, express=shared.express)
    scope.timeout = timeout if type(timeout) is int else None
    top = Place(scope, "", "", document, "", jsonata=False)
    for field, check in (
        ("Comment", values.text),
        ("QueryLanguage", values.language),
        ("Version", values.one_of("1.0")),
        ("TimeoutSeconds", values.number(1, 99_999_999)),
    ):
        if field in document:
            _at_top(top, field, check)
    machine(scope, document, tables.MACHINE)


def _at_top(top: Place, field: str, check: values.Checker) -> None:
    check(top, field, top.state[field])


def _scope(
    shared: Shared, path: str, document: dict[str, Any], *, express: bool, in_map: bool = False
) -> Scope:
    states, start = document.get("States"), document.get("StartAt")
    return Scope(
        shared,
        path,
        start if isinstance(start, str) else "",
        states if isinstance(states, dict) else {},
        express,
        in_map,
    )


def machine(scope: Scope, document: dict[str, Any], fields: dict[str, Any]) -> None:
    """Check a machine; `fields` are those it may have."""
    for field in document.keys() - fields.keys():
        near = get_close_matches(field, fields, 1, 0.7)
        fix = f"did you mean {near[0]}?" if near else f"it may have {', '.join(fields)}"
        scope.add("unknown-field", field, f"a machine has no field {show(field)} here", fix)
    if _has_start(scope, document):
        _states(scope)


def _has_start(scope: Scope, document: dict[str, Any]) -> bool:
    """Whether there are states to look at."""
    states, start = document.get("States"), document.get("StartAt")
    if start is None:
        scope.add("missing-field", "StartAt", "the machine has no StartAt", "name its first state")
    if isinstance(states, Unknown):
        return False
    if states is None:
        scope.add("missing-field", "States", "the machine has no States", "add a state")
        return False
    if not isinstance(states, dict) or not states:
        message = f"must be an object with at least one state, got {show(states)}"
        scope.add("field-type", "States", message, "add a state")
        return False
    if start is None:
        return True
    if not isinstance(start, str):
        if not isinstance(start, Unknown):
            scope.add(
                "field-type", "StartAt", f"must be a state's name, got {show(start)}", "name its first state"
            )
    elif start not in states:
        near = get_close_matches(start, states, 1, 0.6)
        fix = f"did you mean {show(near[0])}?" if near else "name one of its states"
        scope.add("start-at", "StartAt", f"there is no state {show(start)} in this machine", fix)
    return True


def _states(scope: Scope) -> None:
    prefix = f"{scope.path}.States." if scope.path else "States."
    scope.variables = check_variables.assigned(scope)
    places: dict[str, Place] = {}
    for name, state in scope.states.items():
        _name(scope, name, f"{prefix}{name}")
        if isinstance(state, dict):
            place = _place(scope, name, f"{prefix}{name}", state)
            places[name] = place
            _state(place)
        elif not isinstance(state, Unknown):
            message = f"a state is an object, got {show(state)}"
            scope.shared.report.add("field-type", f"{prefix}{name}", name, message, "give an object")
    check_flow.check(scope, places)


def _name(scope: Scope, name: str, path: str) -> None:
    if not 1 <= len(name) <= _LONGEST_NAME:
        message = f"a name has 1 to {_LONGEST_NAME} characters, this has {len(name)}"
        scope.shared.report.add("state-name", path, name, message, "rename it")
    first = scope.shared.state_names.setdefault(name, path)
    if first != path:
        scope.shared.report.add(
            "state-name-twice", path, name, f"the name is used at {first} too", "rename one of them"
        )


def _place(scope: Scope, name: str, path: str, state: dict[str, Any]) -> Place:
    language = state.get("QueryLanguage")
    kind = state.get("Type")
    jsonata = scope.shared.jsonata or language == "JSONata"
    place = Place(scope, name, path, state, kind if isinstance(kind, str) else "", jsonata)
    if scope.shared.jsonata and language == "JSONPath":
        message = "a JSONata machine has no JSONPath states"
        fix = "write the state in JSONata, or make JSONata the choice of single states"
        place.add("query-language", "QueryLanguage", message, fix)
    if kind == "Task":
        place.waits = check_task.is_wait(state)
        place.token = check_resource.has_token(state.get("Resource"))
        scope.waits = scope.waits or place.waits
    return place


def _state(place: Place) -> None:
    state = place.state
    tables_of_kind = _tables(place)
    if tables_of_kind is None:
        _no_type(place)
        return
    table, other = tables_of_kind
    for field, value in state.items():
        check = table.get(field)
        if check is None:
            _unknown_field(place, field, table, other)
        else:
            check(place, field, value)
    _needed(place, table)
    if "Assign" in state or "Catch" in state or "Choices" in state:
        check_variables.check(place)
    if place.kind == "Task":
        check_task.check(place)
    elif place.kind == "Map":
        _iterations(place)
        check_map.check(place)
    elif place.kind == "Parallel":
        _branches(place)
    elif place.kind == "Choice" and "Default" not in state:
        place.add("choice-default", "", "this Choice has no Default", "say what happens when no rule matches")


def _no_type(place: Place) -> None:
    kind = place.state.get("Type")
    if "Type" not in place.state:
        place.add(
            "missing-field", "Type", "the state has no Type", f"use one of {', '.join(tables.JSONPATH)}"
        )
    elif not isinstance(kind, Unknown):
        near = get_close_matches(str(kind), tables.JSONPATH, 1, 0.6)
        fix = f"did you mean {near[0]}?" if near else f"use one of {', '.join(tables.JSONPATH)}"
        place.add("state-type", "Type", f"there is no type {show(kind)}", fix)


def _tables(place: Place) -> tuple[dict[str, values.Checker], dict[str, values.Checker]] | None:
    """The fields of this state, and those it would have in the other query language.

    A state that is plainly written in the other language than it says is told so once, and then checked as
    what it is.
    """
    path, jsonata = tables.JSONPATH.get(place.kind), tables.JSONATA.get(place.kind)
    if path is None or jsonata is None:
        return None
    here, there = (jsonata, path) if place.jsonata else (path, jsonata)
    if place.state.keys() <= here.keys():
        return here, there
    foreign = [field for field in place.state if field in there and field not in here]
    own = [field for field in place.state if field in here and field not in there]
    if not foreign or own or (place.jsonata and _has_expressions(place.state)):
        return here, there
    _foreign_field(place, foreign[0])
    place.jsonata = not place.jsonata
    return there, here


def _has_expressions(node: Any) -> bool:
    """Whether something in a state is computed by JSONata, however deep; a machine in it is its own."""
    if isinstance(node, dict):
        return any(_has_expressions(item) for key, item in node.items() if key not in _MACHINES)
    if isinstance(node, list):
        return any(_has_expressions(item) for item in node)
    return isinstance(node, str) and node.startswith("{%")


def _foreign_field(place: Place, field: str) -> None:
    here, there = ("JSONata", "JSONPath") if place.jsonata else ("JSONPath", "JSONata")
    fix = f"use the fields of {here}"
    if not place.scope.shared.jsonata:  # A JSONata machine has no JSONPath states.
        fix = f'{fix}, or set "QueryLanguage": "{there}"'
    place.add("query-language", field, f"{field} is {there}, and this state is {here}", fix)


def _unknown_field(
    place: Place, field: str, table: dict[str, values.Checker], other: dict[str, values.Checker]
) -> None:
    if field in other:
        _foreign_field(place, field)
        return
    near = get_close_matches(field, table, 1, 0.75)
    fix = f"did you mean {near[0]}?" if near else "take it out, or put it where it belongs"
    place.add("unknown-field", field, f"a {place.kind} state has no field {show(field)}", fix)


def _needed(place: Place, table: dict[str, values.Checker]) -> None:
    state, kind = place.state, place.kind
    for field in tables.REQUIRED.get(kind, ()):
        if field not in state:
            place.add("missing-field", field, f"a {kind} state needs {field}", f"give {field}")
    one_of = tables.ONE_OF.get(kind)
    if one_of is not None:
        given = [field for field in one_of if field in state and field in table]
        if not given:
            wanted = " or ".join(one_of)
            place.add("missing-field", "", f"a {kind} state needs {wanted}", "give one of them")
        elif len(given) > 1:
            place.add(
                "exclusive-fields", given[1], f"{' and '.join(given)} exclude each other", "keep one of them"
            )
    for one, other in tables.EXCLUSIVE.get(kind, ()):
        if other in table:
            check_map.exclusive(place, "", state, one, other)
    if kind not in _TERMINAL:
        following, end = "Next" in state, state.get("End", False)
        if following and end is True:
            place.add("next-or-end", "", "the state has both Next and End", "keep one of them")
        elif not following and end is False:
            place.add("next-or-end", "", "the state has neither Next nor End", 'give Next, or "End": true')


def _branches(place: Place) -> None:
    branches = place.state.get("Branches", Unknown(""))
    if isinstance(branches, Unknown):
        return
    if not isinstance(branches, list):
        values.wrong_type(place, "Branches", branches, "an array")
    elif not branches:
        place.add("field-value", "Branches", "must have at least one branch, got none", "add a branch")
    else:
        for index, branch in enumerate(branches):
            _inner(place, f"Branches[{index}]", branch, tables.NESTED)


def _iterations(place: Place) -> None:
    for name in ("ItemProcessor", "Iterator"):
        if name in place.state:
            _inner(place, name, place.state[name], tables.PROCESSOR)
            return


def _inner(place: Place, field: str, document: Any, fields: dict[str, Any]) -> None:
    """Check a machine inside a state."""
    if isinstance(document, Unknown):
        return
    if not isinstance(document, dict):
        values.wrong_type(place, field, document, "an object with StartAt and States")
        return
    outer = place.scope
    config = document.get("ProcessorConfig")
    distributed = isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
    scope = _scope(
        outer.shared,
        f"{place.path}.{field}",
        document,
        express=isinstance(config, dict) and config.get("ExecutionType") == "EXPRESS"
        if distributed
        else outer.express,
        in_map=outer.in_map or place.kind == "Map",
    )
    scope.around = place
    if not distributed:  # The executions of a Distributed Map see neither its variables nor its timeout.
        scope.inside = place
        scope.timeout = outer.timeout
    if "Comment" in document:
        values.text(place, f"{field}.Comment", document["Comment"])
    machine(scope, document, fields)
    place.waits = place.waits or scope.waits
    outer.waits = outer.waits or scope.waits
