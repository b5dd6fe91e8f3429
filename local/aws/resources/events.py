"""EventBridge: buses, rules, their targets, and schedules."""

from typing import Any

from local.aws.request import Request
from local.model import Created

_DEFAULT = "default"  # The bus and the group of whatever names none.
_NAME = r"[A-Za-z0-9_.-]+"


def _create_bus(request: Request) -> Created:
    name = request.physical_name(longest=256, pattern=r"[/A-Za-z0-9_.-]+")
    arn = request.call("events", "create_event_bus", Name=name)["EventBusArn"]
    return Created(name, {"name": name, "arn": arn})


def _create_rule(request: Request) -> Created:
    name, bus = request.physical_name(longest=64, pattern=_NAME), request.get("eventBusName", _DEFAULT)
    state = request.get("state") or ("ENABLED" if request.get("isEnabled", True) else "DISABLED")
    arn = request.call("events", "put_rule", Name=name, EventBusName=bus, State=state)["RuleArn"]
    return Created(name, {"name": name, "arn": arn, "eventBusName": bus})


def _create_target(request: Request) -> Created:
    rule, bus = request.require("rule"), request.get("eventBusName", _DEFAULT)
    identifier = request.physical_name(longest=64, key="targetId", pattern=_NAME)
    same = ("roleArn", "input", "inputPath", "deadLetterConfig", "retryPolicy")
    target: dict[str, Any] = {
        "id": identifier,
        "arn": request.require("arn"),
        "sqsParameters": request.get("sqsTarget"),
        **{key: request.get(key) for key in same},
    }
    if transformer := request.get("inputTransformer"):
        target["inputTransformer"] = {
            "inputPathsMap": transformer.get("inputPaths", {}),
            "inputTemplate": transformer["inputTemplate"],
        }
    answer = request.call("events", "put_targets", Rule=rule, EventBusName=bus, Targets=[target])
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["FailedEntries"][0].get("ErrorMessage", "the target was refused"))
    return Created(f"{rule}-{identifier}", {"targetId": identifier, "eventBusName": bus})


def _create_schedule(request: Request) -> Created:
    name, group = request.physical_name(longest=64, pattern=_NAME), request.get("groupName", _DEFAULT)
    arn = request.call("scheduler", "create_schedule", Name=name, GroupName=group)["ScheduleArn"]
    return Created(f"{group}/{name}", {"name": name, "arn": arn, "groupName": group})


KINDS = {
    "aws:cloudwatch/eventBus:EventBus": _create_bus,
    "aws:cloudwatch/eventRule:EventRule": _create_rule,
    "aws:cloudwatch/eventTarget:EventTarget": _create_target,
    "aws:scheduler/schedule:Schedule": _create_schedule,
}
