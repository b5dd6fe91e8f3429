"""One machine after another: the definition, its branches, its iterations."""

from typing import Any

from ..report.display import Unknown, did_you_mean, leaves, show
from ..services import integrations
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
        "role": values.typed("the ARN of a role", str, task.role),
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
    fields.check(site, at, document, kind)
    if _has_start(scope, document):
        _states(scope)


def _has_start(scope: Scope, document: dict[str, Any]) -> bool:
    """Whether there are states to look at."""
    states, start = (document.get(field, Unknown("")) for field in ("States", "StartAt"))
    if isinstance(states, Unknown):
        return False
    if not isinstance(states, dict) or not states:
        message = f"must be an object with at least one state, got {show(states)}"
        scope.add("field-type", "States", message, "add a state")
        return False
    if isinstance(start, str) and start not in states:
        fix = did_you_mean(start, states, 0.6, show) or "name one of its states"
        scope.add("start-at", "StartAt", f"there is no state {show(start)} in this machine", fix)
    elif not isinstance(start, str | Unknown):
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
        if not 1 <= len(name) <= _LONGEST_NAME:
            message = f"a name has 1 to {_LONGEST_NAME} characters, this has {len(name)}"
            site.add("state-name", "", message, "rename it")
        first = scope.shared.state_names.setdefault(name, site.path)
        if first != site.path:
            site.add("state-name-twice", "", f"the name is used at {first} too", "rename one of them")
        if isinstance(state, dict):
            sites[name] = site
            _state(site)
        elif not isinstance(state, Unknown):
            site.add("field-type", "", f"a state is an object, got {show(state)}", "give an object")
    flow.check(scope, sites)


def _state(site: Site) -> None:
    state, scope = site.state, site.scope
    if scope.shared.jsonata and state.get("QueryLanguage") == "JSONPath":
        message = "a JSONata machine has no JSONPath states"
        fix = "write the state in JSONata, or make JSONata the choice of single states"
        site.add("query-language", "QueryLanguage", message, fix)
    if site.kind == "Task":
        called = state.get("Resource")
        site.waits = integrations.waits(called)
        site.token = not isinstance(called, str) or resource.has_token(called)
        scope.waits = scope.waits or site.waits
    if site.kind not in _TYPES:
        kind, types = state.get("Type"), f"use one of {', '.join(_TYPES)}"
        if "Type" not in state:
            site.add("missing-field", "Type", "the state has no Type", types)
        elif not isinstance(kind, Unknown):
            fix = did_you_mean(str(kind), _TYPES, 0.6) or types
            site.add("state-type", "Type", f"there is no type {show(kind)}", fix)
        return
    _settle_language(site)
    fields.check(site, "", state, site.kind)
    _goes_on(site)
    if scope.variables:
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


def _settle_language(site: Site) -> None:
    """A state that is plainly written in the other language than it says is told so once, and then checked
    as what it is."""
    table = fields.table_of(site.kind, jsonata=site.jsonata)
    here = table.checks.keys()
    if site.state.keys() <= here:
        return
    there = fields.table_of(site.kind, jsonata=not site.jsonata).checks.keys()
    own = site.state.keys() & (here - there)
    foreign = [field for field in site.state if field in there and field not in here]
    computed = site.jsonata and any(
        isinstance(leaf, str) and leaf.startswith("{%") and not _MACHINES.intersection(place)
        for place, leaf in leaves(site.state)
    )
    if foreign and not own and not computed:
        fields.foreign(site, foreign[0], table)
        site.jsonata = not site.jsonata


def _goes_on(site: Site) -> None:
    if site.kind in _TERMINAL:
        return
    following, end = "Next" in site.state, site.state.get("End", False)
    if following and end is True:
        site.add("next-or-end", "", "the state has both Next and End", "keep one of them")
    elif not following and end is False:
        site.add("next-or-end", "", "the state has neither Next nor End", 'give Next, or "End": true')


def _inner(site: Site, field: str, document: dict[str, Any], kind: str) -> None:
    """Check a machine inside a state."""
    outer, config = site.scope, document.get("ProcessorConfig")
    scope = Scope(outer.shared, f"{site.path}.{field}", document, outer.express)
    scope.in_map = outer.in_map or site.kind == "Map"
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        scope.express = config.get("ExecutionType") == "EXPRESS"
    else:  # The executions of a Distributed Map see neither its variables nor its timeout.
        scope.inside = site
        scope.timeout = outer.timeout
    _machine(scope, document, kind, site, field)
    site.waits = site.waits or scope.waits
    outer.waits = outer.waits or scope.waits
