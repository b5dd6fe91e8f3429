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
_HEARTBEATS = ("HeartbeatSeconds", "HeartbeatSecondsPath")

_PARTITION = r"(?:aws[a-z-]*|\$\{[^{}]+\})"
"""Other tools have placeholders of their own for it; what is behind it can be checked all the same."""
_FUNCTION = re.compile(rf"arn:{_PARTITION}:lambda:[^:]+:[^:]+:function:[\w-]+(?::[\w$-]+)?")
_ACTIVITY = re.compile(rf"arn:{_PARTITION}:states:[^:]+:[^:]+:activity:.+")
_INTEGRATION = re.compile(rf"arn:{_PARTITION}:states:[^:]*:[^:]*:([a-zA-Z0-9-]+):(.+)")
_ARN = re.compile(rf"arn:{_PARTITION}:[^:]*:[^:]*:[^:]*:.+")
_AWS_PLACEHOLDER = re.compile(r"\$\{AWS::(?:Partition|Region|AccountId)\}")
_OPTIMIZED = frozenset(name.partition(":")[0] for name in integration_table.OPTIMIZED)
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
    usable = isinstance(resource, str) and _resource(place, resource)
    if resource is Unknown.PLACEHOLDER:
        place.add(
            "placeholder",
            "Resource",
            "another tool fills this in, if anything does",
            "in a component, give the ARN (a Pulumi Output is fine)",
        )
    timeouts(place)
    if usable and is_wait(state):
        _wait(place, str(resource))


def timeouts(place: Place) -> None:
    """Check how the timeouts of a state go together."""
    state = place.state
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if type(timeout) is not int or timeout < 1:
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


def _resource(place: Place, resource: str) -> bool:
    """Check what does the work; whether it may be what it says."""
    if "${" in _AWS_PLACEHOLDER.sub("", resource):
        found = _INTEGRATION.fullmatch(resource)
        integration = found is not None and "$" not in f"{found[1]}{found[2]}"
        place.add(
            "placeholder",
            "Resource",
            f"{show(resource)} has a part that another tool fills in, if anything does",
            "write ${AWS::Partition}, which a CallbackWorkflow fills in"
            if integration
            else "in a component, give the ARN (a Pulumi Output is fine)",
        )
        return _integration(place, resource) if integration else True
    if _INTEGRATION.fullmatch(resource) is None or _ACTIVITY.fullmatch(resource):
        return _plain_resource(place, resource)
    return _integration(place, resource)


def _plain_resource(place: Place, resource: str) -> bool:
    if _ACTIVITY.fullmatch(resource):
        if place.scope.express:
            fix = "use a Standard one"
            place.add("express-pattern", "Resource", "an Express workflow has no activities", fix)
        return not place.scope.express
    if resource.startswith("arn:"):
        right = bool(_ARN.fullmatch(resource)) and (
            ":lambda:" not in resource or bool(_FUNCTION.fullmatch(resource))
        )
    else:
        right = bool(_URI.fullmatch(resource))
    if not right:
        fix = "give the ARN of what does the work"
        place.add("resource", "Resource", f"{show(resource)} is no ARN of an integration or function", fix)
    elif resource.startswith("arn:") and ":lambda:" not in resource:
        place.add("integration-unknown", "Resource", f"{show(resource)} is not known here", _near(resource))
    return right


def _lookup(resource: str) -> integrations.Integration | None:
    """What an integration is; AWS takes its ARN with a region and an account too."""
    found = _INTEGRATION.fullmatch(resource)
    return integrations.lookup(
        f"arn:${{AWS::Partition}}:states:::{found[1]}:{found[2]}" if found else resource
    )


def _integration(place: Place, resource: str) -> bool:
    integration = _lookup(resource)
    if integration is None or not integration.known:
        if integration and integration.kind == "optimized" and integration.service in _OPTIMIZED:
            _not_optimized(place, integration)
        else:
            place.add(
                "integration-unknown", "Resource", f"{show(resource)} is not known here", _near(resource)
            )
        return True
    pattern = integration.pattern
    if pattern not in integration.patterns:
        known = ", ".join(sorted(integration.patterns))
        name = f"{integration.service}:{integration.action}"
        place.add("integration-pattern", "Resource", f"{name} has no .{pattern}", f"it has {known}")
        return False
    _arguments(place, integration)
    if place.scope.express and pattern != integrations.REQUEST_RESPONSE:
        fix = "use a Standard one"
        place.add("express-pattern", "Resource", f"an Express workflow has no .{pattern}", fix)
        return False
    return True


def _not_optimized(place: Place, integration: integrations.Integration) -> None:
    service, action = integration.service, integration.action
    sdk = integration_table.SDK_SERVICES.get(service, service)
    near = get_close_matches(f"{service}:{action}", integration_table.OPTIMIZED, 1, 0.8)
    if integrations.sdk_action(sdk, action):
        fix = f"use aws-sdk:{sdk}:{action}"
    elif near:
        fix = f"did you mean {near[0]}?"
    else:
        fix = "use the integration with the AWS SDK"
    place.add("integration-action", "Resource", f"{service} has no optimised integration {show(action)}", fix)


def has_token(resource: Any) -> bool:
    """Whether a Task may use the task token: it waits for it, or what it does is not known."""
    if not isinstance(resource, str) or resource.endswith(WAIT_SUFFIX):
        return True
    if ".sync" not in resource:
        return False
    integration = _lookup(resource)
    if integration is None:
        return False
    # Whoever has the token may end the job's state before the job does, where there are tokens at all.
    return integration.callback is True or integration.pattern not in integration.patterns


def _near(resource: str) -> str:
    name = resource.rpartition(":::")[2].partition(".")[0]
    near = get_close_matches(name, integration_table.OPTIMIZED, 1, 0.8)
    if near:
        return f"did you mean {near[0]}?"
    return "see that its name is right, and give its permissions by hand"


def _arguments(place: Place, integration: integrations.Integration) -> None:
    field = "Arguments" if place.jsonata else "Parameters"
    given = place.state.get(field, {})
    if not isinstance(given, dict):
        return
    action = f"{integration.service}:{integration.action}"
    known = integrations.arguments(integration)
    names = {key: key.removesuffix(".$") for key in given}
    lowered = {name.lower(): key for key, name in names.items()}
    wrong = {} if known is None else {key: name for key, name in names.items() if name not in known}
    for required in sorted(integration.required):
        if required.lower() in lowered:
            continue
        # Only what is no argument can be a misspelt one, and then it is said here.
        near = get_close_matches(required.lower(), [name.lower() for name in wrong.values()], 1, 0.75)
        looks = ""
        if near:
            key = lowered[near[0]]
            del wrong[key]
            looks = f"; {key} looks like it"
        place.add("argument-missing", field, f"{action} needs {required}{looks}", f"give {required}")
    spelling = {name.lower(): name for name in known or ()}
    for key, name in wrong.items():
        if "${" in name:
            continue
        found = spelling.get(name.lower()) or next(
            iter(get_close_matches(name, spelling.values(), 1, 0.75)), ""
        )
        place.add(
            "argument-unknown",
            f"{field}.{key}",
            f"{action} has no argument {show(name)}",
            f"did you mean {found}?" if found else "see the API's own page",
        )


def _wait(place: Place, resource: str) -> None:
    state = place.state
    if not any(field in state for field in _TIMEOUTS):
        what = "this wait has no timeout"
        if any(field in state for field in _HEARTBEATS):
            what = "this wait has a heartbeat alone, and lasts as long as somebody sends it"
        if place.scope.timeout is not None:
            what += f"; the machine's own, {show(place.scope.timeout)}, ends it, and nothing can catch that"
        place.add("wait-timeout", "", what, "give TimeoutSeconds or TimeoutSecondsPath")
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
    integration = _lookup(resource)
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
