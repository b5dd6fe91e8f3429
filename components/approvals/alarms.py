"""The alarms of an ApprovalApi. The guide to operations has a row for each: what it means, and what to do."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from countersign_contract.approvals import rings

from ..common.alarms import RANG, Metric, alarm, alarm_of_silence, counted, namespace_of
from ..common.arguments import Common
from ..common.running import Function

UNASKED_SECONDS = 600
"""How old a request may get on the queue. One comes again for minutes while Step Functions is away."""

RINGS = {
    rings.UNREACHABLE: "An approver who should decide gets no mail: the log says whose, of which request.",
    rings.UNSENT: "Mails or events of approvals were given up: the log says which, of which request.",
    rings.FORGED: "Somebody wrote a decision into the table that no approver made: the log says of which "
    "request. It does not count; see who may write to the table.",
    rings.UNCONFIRMED: "An answer was given up, and nobody can tell whether its execution has it: the log "
    "says of which request and execution.",
}


def page_alarm(name: str, common: Common, api_id: pulumi.Input[str]) -> None:
    """Approvers get an error."""
    alarm(
        f"{name}-page",
        common,
        [Metric("AWS/ApiGateway", "5xx", {"ApiId": api_id})],
        description="The approval page answered with an error: its log says which.",
    )


def follow_up_alarms(
    name: str, common: Common, follow_up: Function, schedule: aws.cloudwatch.EventRule
) -> None:
    """The follow-up fails, does not run, or is called by others but not by its schedule."""
    function = {"FunctionName": follow_up.name}
    alarm(
        f"{name}-follow-up",
        common,
        [Metric("AWS/Lambda", "Errors", function)],
        description="Mails, events or answers of approvals could not be sent: the log says which and why.",
        minutes=2,
    )
    alarm_of_silence(
        f"{name}-follow-up-stopped",
        common,
        Metric("AWS/Lambda", "Invocations", function),
        description="The follow-up has not run for a quarter of an hour: nobody is reminded, nothing "
        "expires, what could not be sent waits. See whether it may be called, and whether it is throttled.",
    )
    alarm_of_silence(
        f"{name}-follow-up-uncalled",
        common,
        Metric("AWS/Events", "Invocations", {"RuleName": schedule.name}),
        description="The schedule of the follow-up has not called it for a quarter of an hour: nobody is "
        "reminded, nothing expires. See whether its EventBridge rule is there and enabled.",
    )


def intake_alarm(name: str, common: Common, queue_name: pulumi.Output[str]) -> None:
    """Requests that wait to be asked."""
    queue = {"QueueName": queue_name}
    alarm(
        f"{name}-unasked",
        common,
        [Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum")],
        description="A request has been on the intake's queue for ten minutes, and nobody is asked: the "
        "intake's log says why. If it says nothing, see whether the intake is called, or throttled.",
        above=UNASKED_SECONDS,
    )


def ringing_alarms(
    name: str, common: Common, table: aws.dynamodb.Table, log_groups: Mapping[str, pulumi.Input[str]]
) -> None:
    """What the functions say that somebody should hear, each in an alarm of its own.

    `log_groups`: what a function is called → its log group's name.
    """
    each = Metric(namespace_of(table.name), RANG, {rings.FIELD: f"$.{rings.FIELD}"})
    for function, log_group in log_groups.items():
        counted(f"{name}-{function}-rings", common, log_group, f'{{ $.{rings.FIELD} = "*" }}', each)
    for kind, description in RINGS.items():
        rang = each._replace(dimensions={rings.FIELD: kind})
        alarm(f"{name}-{kind}", common, [rang], description=description)
