"""Task states: the integration, its arguments, and everything a wait needs in order to end."""

import re
from difflib import get_close_matches
from typing import Any

from . import check_expressions as expressions
from . import integration_table, integrations
from .check_scope import Place
from .findings import Unknown, show

WAIT_SUFFIX = ".waitForTaskToken"
_YEAR_SECONDS = 31_536_000
_TIMEOUTS = ("TimeoutSeconds", "TimeoutSecondsPath")

_PARTITION = r"(?:aws[a-z-]*|\$\{AWS::Partition\})"
_FUNCTION = re.compile(rf"arn:{_PARTITION}:lambda:[^:]+:[^:]+:function:[\w-]+(?::[\w$-]+)?")
_ACTIVITY = re.compile(rf"arn:{_PARTITION}:states:[^:]+:[^:]+:activity:.+")
_INTEGRATION = re.compile(rf"arn:{_PARTITION}:states:[^:]*:[^:]*:([a-zA-Z0-9-]+):(.+)")
_ARN = re.compile(rf"arn:{_PARTITION}:[^:]*:[^:]*:[^:]*:.+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+")


def is_wait(state: dict[str, Any]) -> bool:
    """Whether a state is a Task that waits for a token or an activity."""
    resource = state.get("Resource")
    if state.get("Type") != "Task" or not isinstance(resource, str):
        return False
    return resource.endswith(WAIT_SUFFIX) or (
        ":activity:" in resource and bool(_ACTIVITY.fullmatch(resource))
    )


def check(place: Place) -> None:
    """Check a Task state, its single fields apart."""
    state = place.state
    resource = state.get("Resource")
    if isinstance(resource, str):
        _resource(place, resource)
    elif resource is Unknown.PLACEHOLDER:
        place.add(
            "placeholder",
            "Resource",
            "another tool fills this in, if anything does",
            "in a component, give the ARN (a Pulumi Output is fine)",
        )
    timeouts(place)
    if is_wait(state):
        _wait(place, str(resource))


def timeouts(place: Place) -> None:
    """Check how the timeouts of a state go together."""
    state = place.state
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if type(timeout) is not int:
        return
    if type(heartbeat) is int and heartbeat >= timeout:
        place.add(
            "heartbeat",
            "HeartbeatSeconds",
            f"must be below TimeoutSeconds, {show(timeout)}, got {show(heartbeat)}",
            "lower it; a missed heartbeat is noticed before the timeout or not at all",
        )
    most = place.scope.timeout
    if most is not None and timeout >= most:
        place.add(
            "timeout-order",
            "TimeoutSeconds",
            f"{show(timeout)} is not below the machine's TimeoutSeconds, {show(most)}",
            "lower it, or raise the machine's",
        )
    elif timeout > _YEAR_SECONDS:
        place.add(
            "timeout-order",
            "TimeoutSeconds",
            f"{show(timeout)} is longer than an execution may run, {_YEAR_SECONDS}",
            "use at most a year",
        )


def _resource(place: Place, resource: str) -> None:
    if "${" in resource.replace("${AWS::Partition}", "").replace("${AWS::Region}", "").replace(
        "${AWS::AccountId}", ""
    ):
        place.add(
            "placeholder",
            "Resource",
            f"{show(resource)} has a part that another tool fills in, if anything does",
            "in a component, give the ARN (a Pulumi Output is fine)",
        )
        return
    match = _INTEGRATION.fullmatch(resource)
    if match is None or _ACTIVITY.fullmatch(resource):
        _plain_resource(place, resource)
        return
    _integration(place, resource)


def _plain_resource(place: Place, resource: str) -> None:
    if _ACTIVITY.fullmatch(resource):
        if place.scope.express:
            place.add(
                "express-pattern", "Resource", "an Express workflow has no activities", "use a Standard one"
            )
    elif resource.startswith("arn:"):
        if not _ARN.fullmatch(resource) or (":lambda:" in resource and not _FUNCTION.fullmatch(resource)):
            place.add("resource", "Resource", f"{show(resource)} is no ARN of a function", "correct the ARN")
    elif not _URI.fullmatch(resource):
        place.add("resource", "Resource", f"{show(resource)} is no ARN", "give the ARN of what does the work")


def _integration(place: Place, resource: str) -> None:
    integration = integrations.lookup(resource)
    if integration is None or not integration.known:
        place.add("integration-unknown", "Resource", f"{show(resource)} is not known here", _near(resource))
        return
    pattern = integration.pattern
    if pattern not in integration.patterns:
        known = ", ".join(sorted(integration.patterns))
        place.add(
            "integration-pattern",
            "Resource",
            f"{integration.service}:{integration.action} has no .{pattern}",
            f"it has {known}",
        )
        return
    if place.scope.express and pattern != "request_response":
        place.add(
            "express-pattern", "Resource", f"an Express workflow has no .{pattern}", "use a Standard one"
        )
    _arguments(place, integration)


def _near(resource: str) -> str:
    name = resource.rpartition(":::")[2].partition(".")[0]
    near = get_close_matches(name, integration_table.OPTIMIZED, 1, 0.8)
    if near:
        return f"did you mean {near[0]}?"
    return "see that its name is right, and give its permissions by hand"


def _arguments(place: Place, integration: integrations.Integration) -> None:
    field = "Arguments" if place.jsonata else "Parameters"
    arguments = place.state.get(field, {})
    if not integration.required or not isinstance(arguments, dict):
        return
    given = {_first_lower(key.removesuffix(".$")): key for key in arguments}
    for name in sorted(integration.required):
        if _first_lower(name) not in given:
            near = get_close_matches(_first_lower(name), given, 1, 0.75)
            extra = f"; {given[near[0]]} looks like it" if near else ""
            place.add(
                "argument-missing",
                field,
                f"{integration.service}:{integration.action} needs {name}{extra}",
                f"give {name}",
            )


def _first_lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _wait(place: Place, resource: str) -> None:
    state = place.state
    if not any(field in state for field in _TIMEOUTS):
        place.add("wait-timeout", "", "this wait has no timeout", "give TimeoutSeconds or TimeoutSecondsPath")
    if not resource.endswith(WAIT_SUFFIX):
        return  # An activity gets its token from GetActivityTask.
    field = "Arguments" if place.jsonata else "Parameters"
    arguments = state.get(field)
    if isinstance(arguments, Unknown) or expressions.finds_token(arguments, place.jsonata):
        return
    if _has_literal_token(arguments) or _may_hide_token(arguments, resource):
        return
    fix = (
        "pass {% $states.context.Task.Token %} in Arguments"
        if place.jsonata
        else 'pass "TaskToken.$": "$$.Task.Token" in Parameters'
    )
    place.add("token-missing", field, "the task token is not passed on, so nobody can answer", fix)


def _has_literal_token(node: Any) -> bool:
    """Whether the token stands there as text, which has a finding of its own."""
    if isinstance(node, dict):
        return any(_has_literal_token(item) for item in node.values())
    if isinstance(node, list):
        return any(_has_literal_token(item) for item in node)
    return isinstance(node, str) and node.startswith(("$$.Task.Token", "$states.context.Task.Token"))


def _may_hide_token(arguments: Any, resource: str) -> bool:
    """Whether a value that is not known yet stands where the token may be."""
    if not isinstance(arguments, dict):
        return False
    integration = integrations.lookup(resource)
    fields = integration.token_fields if integration is not None else ()
    if not fields:
        return _has_unknown(arguments)
    return any(isinstance(arguments.get(name), Unknown) for name in fields) or _has_unknown_path(arguments)


def _has_unknown(node: Any) -> bool:
    if isinstance(node, dict):
        return any(_has_unknown(item) for item in node.values())
    if isinstance(node, list):
        return any(_has_unknown(item) for item in node)
    return isinstance(node, Unknown)


def _has_unknown_path(node: Any) -> bool:
    if isinstance(node, dict):
        return any(
            isinstance(item, Unknown) if key.endswith(".$") else _has_unknown_path(item)
            for key, item in node.items()
        )
    return isinstance(node, list) and any(_has_unknown_path(item) for item in node)
