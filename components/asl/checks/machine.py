"""One machine after another: the definition, its branches, its iterations."""

from typing import Any

from ..report.values import Unknown, did_you_mean, leaves, show
from . import choice, errors, fields, flow, maps, resource, task, values, variables
from .scope import Scope, Shared, Site

_LONGEST_NAME = 80
_MACHINE = "an object with StartAt and States"
_MACHINES = frozenset({"Branches", "ItemProcessor", "Iterator"})
_TERMINAL = ("Choice", "Succeed", "Fail")
_TYPES = ("Task", "Parallel", "Map", "Pass", "Wait", "Choice", "Succeed", "Fail")

values.CHECKERS.update(
    {
        "catch": errors.catch,
        "choices": choice.choices,
        "credentials": task.credentials,
        "retry": errors.retry,
        "wait seconds": task.wait_seconds,
    }
)


def definition(shared: Shared, document: dict[str, Any]) -> None:
    """Check a whole definition."""
    timeout = document.get("TimeoutSeconds")
    scope = Scope(shared, "", document, shared.express)
    scope.timeout = timeout if type(timeout) is int else None
    _machine(scope, document, "definition", Site(scope, "", "", document, "", jsonata=False))


def _machine(scope: Scope, document: dict[str, Any], kind: str, site: Site, at: str = "") -> None:
    """Check a machine: the definition, a branch or a processor; `site` and `at` are where it is."""
    table, _ = fields.of(kind, jsonata=False)
    for name, field in table.items():
        if name in document:
            field.check(site, f"{at}{name}", document[name])
    for name in document.keys() - table.keys():
        fix = did_you_mean(name, table, 0.7) or f"it may have {', '.join(table)}"
        scope.add("unknown-field", name, f"a machine has no field {show(name)} here", fix)
    if _has_start(scope, document):
        _states(scope)


def _has_start(scope: Scope, document: dict[str, Any]) -> bool:
    """Whether there are states to look at."""
    states, start = document.get("States"), document.get("StartAt")
    for field, fix in (("StartAt", "name its first state"), ("States", "add a state")):
        if document.get(field) is None:
            scope.add("missing-field", field, f"the machine has no {field}", fix)
    if states is None or isinstance(states, Unknown):
        return False
    if not isinstance(states, dict) or not states:
        message = f"must be an object with at least one state, got {show(states)}"
        scope.add("field-type", "States", message, "add a state")
        return False
    if isinstance(start, str) and start not in states:
        fix = did_you_mean(start, states, 0.6, show) or "name one of its states"
        scope.add("start-at", "StartAt", f"there is no state {show(start)} in this machine", fix)
    elif not isinstance(start, str | Unknown | None):
        message = f"must be a state's name, got {show(start)}"
        scope.add("field-type", "StartAt", message, "name its first state")
    return True


def _states(scope: Scope) -> None:
    prefix = f"{scope.path}.States." if scope.path else "States."
    scope.variables = variables.assigned(scope)
    sites: dict[str, Site] = {}
    for name, state in scope.states.items():
        known = state if isinstance(state, dict) else {}
        jsonata = scope.shared.jsonata or known.get("QueryLanguage") == "JSONata"
        kind = known.get("Type")
        site = Site(scope, name, f"{prefix}{name}", known, kind if isinstance(kind, str) else "", jsonata)
        _name(site)
        if isinstance(state, dict):
            sites[name] = site
            _state(site)
        elif not isinstance(state, Unknown):
            site.add("field-type", "", f"a state is an object, got {show(state)}", "give an object")
    flow.check(scope, sites)


def _name(site: Site) -> None:
    if not 1 <= len(site.name) <= _LONGEST_NAME:
        message = f"a name has 1 to {_LONGEST_NAME} characters, this has {len(site.name)}"
        site.add("state-name", "", message, "rename it")
    first = site.scope.shared.state_names.setdefault(site.name, site.path)
    if first != site.path:
        site.add("state-name-twice", "", f"the name is used at {first} too", "rename one of them")


def _state(site: Site) -> None:
    state, scope = site.state, site.scope
    if scope.shared.jsonata and state.get("QueryLanguage") == "JSONPath":
        message = "a JSONata machine has no JSONPath states"
        fix = "write the state in JSONata, or make JSONata the choice of single states"
        site.add("query-language", "QueryLanguage", message, fix)
    if site.kind == "Task":
        site.waits = resource.waits(state.get("Resource"))
        site.token = resource.has_token(state.get("Resource"))
        scope.waits = scope.waits or site.waits
    if site.kind not in _TYPES:
        kind, types = state.get("Type"), f"use one of {', '.join(_TYPES)}"
        if "Type" not in state:
            site.add("missing-field", "Type", "the state has no Type", types)
        elif not isinstance(kind, Unknown):
            fix = did_you_mean(str(kind), _TYPES, 0.6) or types
            site.add("state-type", "Type", f"there is no type {show(kind)}", fix)
        return
    table, other = _tables(site)
    for name, value in state.items():
        if name in table:
            table[name].check(site, name, value)
        elif name in other:
            _foreign_field(site, name)
        else:
            fix = did_you_mean(name, table, 0.75) or "take it out, or put it where it belongs"
            site.add("unknown-field", name, f"a {site.kind} state has no field {show(name)}", fix)
    _needed(site, table)
    if "Assign" in state or "Catch" in state or "Choices" in state:
        variables.check(site)
    if site.kind == "Task":
        task.check(site)
    elif site.kind == "Map":
        # AWS takes a ProcessorConfig in the older Iterator too.
        name = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        processor = state.get(name, Unknown(""))
        if isinstance(processor, dict):
            _inner(site, name, processor, "processor")
        else:
            values.wrong_type(site, name, processor, _MACHINE)
        maps.check(site, name)
    elif site.kind == "Parallel":
        branches = state.get("Branches", Unknown(""))
        if branches == []:
            site.add("field-value", "Branches", "must have at least one branch, got none", "add a branch")
        for at, branch in values.objects(site, "Branches", branches, wanted=_MACHINE):
            _inner(site, at, branch, "branch")
    elif site.kind == "Choice" and "Default" not in state:
        site.add("choice-default", "", "this Choice has no Default", "say what happens when no rule matches")


def _tables(site: Site) -> tuple[fields.Table, fields.Table]:
    """The fields of this state, and those it would have in the other query language.

    A state that is plainly written in the other language than it says is told so once, and then checked as
    what it is.
    """
    here, there = fields.of(site.kind, jsonata=site.jsonata)
    if site.state.keys() <= here.keys():
        return here, there
    foreign = [field for field in site.state if field in there and field not in here]
    own = [field for field in site.state if field in here and field not in there]
    computed = site.jsonata and any(
        isinstance(leaf, str) and leaf.startswith("{%") and not _MACHINES.intersection(place)
        for place, leaf in leaves(site.state)
    )
    if not foreign or own or computed:
        return here, there
    _foreign_field(site, foreign[0])
    site.jsonata = not site.jsonata
    return there, here


def _foreign_field(site: Site, field: str) -> None:
    here, there = site.languages
    fix = f"use the fields of {here}"
    if not site.scope.shared.jsonata:  # A JSONata machine has no JSONPath states.
        fix = f'{fix}, or set "QueryLanguage": "{there}"'
    site.add("query-language", field, f"{field} is {there}, and this state is {here}", fix)


def _needed(site: Site, table: fields.Table) -> None:
    state, kind = site.state, site.kind
    for field in fields.marked(kind, "required"):
        if field not in state:
            site.add("missing-field", field, f"a {kind} state needs {field}", f"give {field}")
    alternatives = fields.marked(kind, "alternative")
    given = [field for field in alternatives if field in state and field in table]
    if alternatives and not given:
        message = f"a {kind} state needs {' or '.join(alternatives)}"
        site.add("missing-field", "", message, "give one of them")
    elif len(given) > 1:
        message = f"{' and '.join(given)} exclude each other"
        site.add("exclusive-fields", given[1], message, "keep one of them")
    fields.exclusive(site, "", state, kind)
    if kind not in _TERMINAL:
        following, end = "Next" in state, state.get("End", False)
        if following and end is True:
            site.add("next-or-end", "", "the state has both Next and End", "keep one of them")
        elif not following and end is False:
            site.add("next-or-end", "", "the state has neither Next nor End", 'give Next, or "End": true')


def _inner(site: Site, field: str, document: dict[str, Any], kind: str) -> None:
    """Check a machine inside a state."""
    outer, config = site.scope, document.get("ProcessorConfig")
    scope = Scope(outer.shared, f"{site.path}.{field}", document, outer.express)
    scope.in_map = outer.in_map or site.kind == "Map"
    scope.around = site
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        scope.express = config.get("ExecutionType") == "EXPRESS"
    else:  # The executions of a Distributed Map see neither its variables nor its timeout.
        scope.inside = site
        scope.timeout = outer.timeout
    _machine(scope, document, kind, site, f"{field}.")
    site.waits = site.waits or scope.waits
    outer.waits = outer.waits or scope.waits
