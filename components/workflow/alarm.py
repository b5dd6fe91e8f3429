"""When a state machine's alarm rings: for a fault, and not for a person's "no"."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from ..common.alarms import Metric, alarm, counted, namespace_of
from ..common.arguments import Common
from ..common.checks import ArgumentError, plain, text

EXPECTED_ERRORS = ("ApprovalCancelled", "ApprovalRejected", "ApprovalTimedOut")
"""How an execution ends when people said no, nothing in time, or that it is no longer needed: with what an
ApprovalApi fails a task, and with what a workflow calls a wait for people that timed out. `States.Timeout`
itself is not among them, since a wait that no worker worked on ends with it too."""
MOST_EXPECTED = 5
ERROR_NAME = r"[A-Za-z0-9_.:-]{1,80}"
"""Together with the machine's ARN they must fit into a pattern of 1024 characters:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html"""


def expected_errors(options: Mapping[str, Any]) -> Sequence[str]:
    """The errors that do not ring, checked."""
    given_errors: Sequence[str] = options.get("expected_errors", EXPECTED_ERRORS)
    if len(given_errors) > MOST_EXPECTED:
        raise ArgumentError(f"expected_errors must be at most {MOST_EXPECTED}, got {len(given_errors)}")
    rule = "expected_errors must be names of errors, 1 to 80 letters, digits and _ . : -"
    for each in given_errors:
        text(rule, plain("expected_errors", each, str, "a list of names of errors"), ERROR_NAME)
    return given_errors


def ring_when_unsuccessful(
    name: str,
    common: Common,
    machine: aws.sfn.StateMachine,
    executions: pulumi.Output[str],
    log_group_name: pulumi.Output[str],
    expected: Sequence[str],
) -> None:
    """Alarm when executions (an ARN that ends with `*`) time out, or fail with an error that is not expected.

    The metric of failed executions does not tell their errors. The log does, also without execution data:
    `{"type": "ExecutionFailed", "details": {"error": ...}, "execution_arn": ...}`.
    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    of_machine = {"StateMachineArn": machine.arn}
    metrics = [
        Metric("AWS/States", "ExecutionsFailed", of_machine),
        Metric("AWS/States", "ExecutionsTimedOut", of_machine),
    ]
    if expected:
        metrics = [Metric(namespace_of(machine.name), "ExecutionsUnsuccessful", {})]
        pattern = executions.apply(lambda arn: _pattern(arn, expected))
        counted(name, common, log_group_name, pattern, metrics[0])
    alarm(
        name,
        common,
        metrics,
        description="Executions timed out, or failed with an error that was not expected: the list of "
        "executions in the console shows them, and each its error and cause.",
    )


def _pattern(executions: str, expected: Sequence[str]) -> str:
    """What finds these executions' unexpected ends in the log."""
    others = " && ".join(f'($.details.error != "{error}")' for error in expected)
    return (
        f'{{ ($.execution_arn = "{executions}") && (($.type = "ExecutionTimedOut") || '
        f'(($.type = "ExecutionFailed") && (($.details.error NOT EXISTS) || ({others})))) }}'
    )
