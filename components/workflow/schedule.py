"""A state machine that starts by itself."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from ..common import policies
from ..common.arguments import Common
from ..common.checks import SCHEDULE, ArgumentError, text, time_zone
from ..common.documents import json_text
from ..common.running import role


class Starts(NamedTuple):
    """When a machine starts by itself, and with what."""

    schedule: pulumi.Input[str]
    time_zone: pulumi.Input[str]
    input: Any

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Starts | None":
        """The arguments of the schedule, checked; None without one."""
        zone = time_zone(options, "schedule_timezone")
        if "schedule" in options:
            rule = "schedule must be rate(...), at(...) or cron(...) with six fields, the third or fifth a ?"
            schedule = text(rule, options["schedule"], SCHEDULE)
            return cls(schedule, zone or "UTC", options.get("schedule_input", {}))
        for argument in ("schedule_input", "schedule_timezone"):
            if argument in options:
                raise ArgumentError(f"{argument} needs schedule, got {options[argument]!r} without one")
        return None


def start_on_schedule(
    name: str,
    machine: aws.sfn.StateMachine,
    neighbour_arn: pulumi.Output[str],
    starts: Starts,
    common: Common,
) -> None:
    """Start the machine on its schedule, with a role that may do just that."""
    starter = role(
        name,
        common,
        policies.trust("scheduler.amazonaws.com", neighbour_arn, "schedule-group/default"),
        policies.document(policies.allow("StartTheWorkflow", ["states:StartExecution"], [machine.arn])),
    )
    aws.scheduler.Schedule(
        name,
        schedule_expression=starts.schedule,
        schedule_expression_timezone=starts.time_zone,
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": machine.arn,
            "role_arn": starter.role.arn,
            "input": json_text(starts.input),
        },
        opts=common.child(starter.policy),
    )
