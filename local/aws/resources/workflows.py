"""Step Functions and EventBridge Scheduler."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs, pascal
from local.aws.resources import definitions
from local.aws.resources.kinds import Kind, Request
from local.model import Created

_DEFAULT_GROUP = "default"
# Lists and maps of these keep the spelling the program gave them.
_VERBATIM = ("input",)


def _create_state_machine(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    name = physical_name(request.name, inputs, longest=80)
    logging = inputs.get("loggingConfiguration")
    configuration: dict[str, Any] = {}
    if logging:
        group = logging.get("logDestination")
        configuration["loggingConfiguration"] = {
            "level": logging.get("level", "OFF"),
            "includeExecutionData": logging.get("includeExecutionData", False),
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}] if group else [],
        }
    if tracing := inputs.get("tracingConfiguration"):
        configuration["tracingConfiguration"] = {"enabled": tracing.get("enabled", False)}
    if encryption := inputs.get("encryptionConfiguration"):
        configuration["encryptionConfiguration"] = encryption
    made = aws.step_functions.create_state_machine(
        name=name,
        definition=definitions.adapt(inputs.require("definition")),
        roleArn=inputs.require("roleArn"),
        type=inputs.get("type", "STANDARD"),
        publish=inputs.get("publish", False),
        tags=pairs(inputs.get("tags"), key="key", value="value"),
        **configuration,
    )
    arn = made["stateMachineArn"]
    created = made["creationDate"].isoformat()
    return Created(arn, {"name": name, "arn": arn, "creationDate": created, "status": "ACTIVE"})


def _delete_state_machine(aws: Aws, arn: str, _properties: Mapping[str, Any]) -> None:
    aws.step_functions.delete_state_machine(stateMachineArn=arn)


def _create_schedule(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    name = physical_name(request.name, inputs, longest=64, pattern=r"[A-Za-z0-9_.-]+")
    group = inputs.get("groupName", _DEFAULT_GROUP)
    window = inputs.require("flexibleTimeWindow")
    arn = aws.scheduler.create_schedule(
        Name=name,
        GroupName=group,
        FlexibleTimeWindow=pascal(window),
        Target=pascal(inputs.require("target"), verbatim=_VERBATIM),
        **inputs.pascal(
            "scheduleExpression",
            "scheduleExpressionTimezone",
            "state",
            "description",
            "startDate",
            "endDate",
            "kmsKeyArn",
            "actionAfterCompletion",
        ),
    )["ScheduleArn"]
    return Created(f"{group}/{name}", {"name": name, "arn": arn, "groupName": group})


def _delete_schedule(aws: Aws, identifier: str, _properties: Mapping[str, Any]) -> None:
    group, name = identifier.split("/", 1)
    aws.scheduler.delete_schedule(Name=name, GroupName=group)


KINDS = {
    "aws:sfn/stateMachine:StateMachine": Kind(_create_state_machine, _delete_state_machine),
    "aws:scheduler/schedule:Schedule": Kind(_create_schedule, _delete_schedule),
}
