"""Task states: what their arguments and timeouts must be, and everything a wait needs in order to end."""

import re
from typing import Any

from ..report.display import Unknown, leaves, show
from ..services import integrations
from . import arguments as check_arguments
from . import expressions, fields, values
from . import resource as check_resource
from .resource import WAIT_SUFFIX
from .scope import Site

_ADDRESSES = frozenset({"FunctionName", "QueueUrl", "StateMachineArn", "TableName", "TargetArn", "TopicArn"})
"""Arguments that say who gets the message; a token there is no address."""
_IN_ADDRESS = frozenset({"ApiEndpoint", "Path", "QueryParameters"})
_ROLE = re.compile(r"arn:[^:]+:iam::[^:]*:role/.+", re.DOTALL)

YEAR_SECONDS = 31_536_000
EXPRESS_SECONDS = 300
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (maximum execution time)"""

_SECONDS = values.number(0, 99_999_999)


def check(site: Site) -> None:
    """Check a Task state, its single fields apart."""
    resource = site.state.get("Resource")
    if isinstance(resource, Unknown) and not resource.is_output:
        message = "another tool fills this in, if anything does"
        site.add("placeholder", "Resource", message, check_resource.GIVE_THE_ARN)
    timeouts(site)
    if not isinstance(resource, str) or not check_resource.check(site, resource):
        return
    integration = integrations.lookup(resource)
    arguments = True
    if integration is not None and integration.is_call:
        arguments = check_arguments.check(site, integration)
        if site.scope.express and integration.pattern != integrations.REQUEST_RESPONSE:
            message = f"an Express workflow has no .{integration.pattern}"
            site.add("express-pattern", "Resource", message, "use a Standard one")
            return
    if site.waits:
        _timeout(site)
        beats = site.state.keys() & {"HeartbeatSeconds", "HeartbeatSecondsPath"}
        if integration is not None and integration.service in ("ecs", "eks") and not beats:
            message = "a container that dies tells nobody, and this wait goes on to its timeout"
            fix = "give HeartbeatSeconds, and have the container call SendTaskHeartbeat"
            site.add("wait-heartbeat", "", message, fix)
        if arguments and resource.endswith(WAIT_SUFFIX):
            field, _ = site.argument_fields
            _token(site, field, site.state.get(field), integration)
            if ":invoke." in resource:
                _address(site, field, site.state.get(field))


def credentials(site: Site, field: str, value: Any) -> None:
    """The role that a Task assumes; an empty object has been seen in a published sample.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    values.object_template(site, field, value)
    if isinstance(value, dict):
        fields.check(site, field, value, "Credentials")


def role(site: Site, field: str, value: str) -> None:
    """Check the ARN of a role; what is computed has been checked."""
    if not (_ROLE.fullmatch(value) or "${" in value or value[:1] == "$" or values.is_computed(site, value)):
        fix = "write arn:${AWS::Partition}:iam::<account>:role/<name>"
        site.must("field-value", field, "the ARN of a role", value, fix)


def _timeout(site: Site) -> None:
    if "TimeoutSeconds" in site.state or "TimeoutSecondsPath" in site.state:
        return
    what = "this wait has no timeout"
    if site.state.keys() & {"HeartbeatSeconds", "HeartbeatSecondsPath"}:
        what = "this wait has a heartbeat alone, and lasts as long as somebody sends it"
    if site.scope.timeout is not None:
        what += f"; the machine's own, {show(site.scope.timeout)}, ends it, and nothing can catch that"
    site.add("wait-timeout", "", what, "give TimeoutSeconds or TimeoutSecondsPath")


def _address(site: Site, field: str, arguments: Any) -> None:
    """Check that the token is in no part of the address that a state calls."""
    for key, item in arguments.items() if isinstance(arguments, dict) else ():
        if key.removesuffix(".$") in _IN_ADDRESS and expressions.finds_token({key: item}, site.jsonata):
            expressions.token_in_address(site, f"{field}.{key}")


def _token(site: Site, field: str, arguments: Any, integration: integrations.Integration | None) -> None:
    """Check that somebody gets the token. An activity gets its own from GetActivityTask."""
    message, runs = arguments, True
    if isinstance(arguments, dict):
        runs = arguments.get("InvocationType") != "DryRun"
        message = {key: item for key, item in arguments.items() if key.removesuffix(".$") not in _ADDRESSES}
    if runs and (expressions.finds_token(message, site.jsonata) or _may_hide_token(message, integration)):
        return
    if isinstance(arguments, Unknown) or _has_literal_token(arguments, site.jsonata):
        return
    if not runs:
        what = "a DryRun runs nothing, so nobody gets the task token"
        site.add("token-missing", f"{field}.InvocationType", what, "invoke the function")
        return
    what = "the task token is not passed on, so nobody can answer"
    if expressions.finds_token(arguments, site.jsonata):
        what = "the task token stands where the address belongs, so nobody can answer"
    elif expressions.finds_token(arguments, site.jsonata, whole=False):
        what = "the task token is passed on as a hash or a count, with which nobody can answer"
    token = "{% $states.context.Task.Token %}" if site.jsonata else '"TaskToken.$": "$$.Task.Token"'
    site.add("token-missing", field, what, f"pass {token} in {field}")


def _has_literal_token(node: Any, jsonata_state: bool) -> bool:
    """Whether the token stands there as text or misspelt, which has a finding of its own."""
    return any(
        isinstance(leaf, str)
        and leaf.startswith(("$$.Task.Token", "$states.context.Task.Token"))
        and (jsonata_state or not expressions.finds_token({str(place[-1]): leaf}, jsonata_state))
        for place, leaf in leaves({"": node})
    )


def _may_hide_token(arguments: Any, integration: integrations.Integration | None) -> bool:
    """Whether a value that is not known yet stands where the token may be."""
    field = integration.token_field if integration is not None else ""
    return any(
        isinstance(leaf, Unknown) and (not field or place == (field,) or str(place[-1]).endswith(".$"))
        for place, leaf in (leaves(arguments) if isinstance(arguments, dict) else ())
    )


def wait_seconds(site: Site, field: str, value: Any) -> None:
    """The Seconds of a Wait, which its execution must outlast."""
    _SECONDS(site, field, value)
    if type(value) is not int:
        return
    most = site.scope.timeout
    if site.scope.express and value >= EXPRESS_SECONDS and (most is None or value < most):
        message = f"{show(value)} is as long as an Express workflow may run, {EXPRESS_SECONDS}"
        site.add("timeout-order", field, message, "lower it, or use a Standard one")
    else:
        _within_the_machine(site, field, value)


def timeouts(site: Site) -> None:
    """Check how the timeouts of a Task go together."""
    timeout, heartbeat = site.state.get("TimeoutSeconds"), site.state.get("HeartbeatSeconds")
    if type(timeout) is not int or timeout < 1:
        return
    if type(heartbeat) is int and heartbeat >= timeout:
        fix = "lower it; a missed heartbeat is noticed before the timeout or not at all"
        site.must("heartbeat", "HeartbeatSeconds", f"below TimeoutSeconds, {show(timeout)}", heartbeat, fix)
    _within_the_machine(site, "TimeoutSeconds", timeout)


def _within_the_machine(site: Site, field: str, seconds: int) -> None:
    most = site.scope.timeout
    if most is not None and seconds >= most:
        message = f"{show(seconds)} is not below the machine's TimeoutSeconds, {show(most)}"
        site.add("timeout-order", field, message, "lower it, or raise the machine's")
    elif seconds > YEAR_SECONDS:
        message = f"{show(seconds)} is longer than an execution may run, {YEAR_SECONDS}"
        site.add("timeout-order", field, message, "use at most a year")
