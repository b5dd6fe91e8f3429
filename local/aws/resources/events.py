"""EventBridge: rules and their targets."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs, pascal
from local.aws.resources.kinds import Kind, Request
from local.model import Created

_DEFAULT_BUS = "default"


def _create_rule(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    inputs.skip("forceDestroy")
    name = physical_name(request.name, inputs, longest=64, pattern=r"[A-Za-z0-9_.-]+")
    bus = inputs.get("eventBusName", _DEFAULT_BUS)
    enabled = inputs.get("isEnabled", True)
    arn = aws.events.put_rule(
        Name=name,
        EventBusName=bus,
        State=inputs.get("state") or ("ENABLED" if enabled else "DISABLED"),
        Tags=pairs(inputs.get("tags")),
        **inputs.pascal("eventPattern", "scheduleExpression", "description", "roleArn"),
    )["RuleArn"]
    return Created(name, {"name": name, "arn": arn, "eventBusName": bus})


def _delete_rule(aws: Aws, name: str, properties: Mapping[str, Any]) -> None:
    aws.events.delete_rule(Name=name, EventBusName=properties["eventBusName"])


def _create_target(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    inputs.skip("forceDestroy")
    rule = inputs.require("rule")
    bus = inputs.get("eventBusName", _DEFAULT_BUS)
    target_id = physical_name(
        request.name, inputs, longest=64, key="targetId", prefix_key=None, pattern=r"[A-Za-z0-9_.-]+"
    )
    transformer = inputs.get("inputTransformer")
    target: dict[str, Any] = {
        "Id": target_id,
        "Arn": inputs.require("arn"),
        **inputs.pascal("roleArn", "input", "inputPath", "deadLetterConfig", "retryPolicy"),
        **inputs.renamed({"sqsTarget": "SqsParameters"}),
    }
    if "SqsParameters" in target:
        target["SqsParameters"] = pascal(target["SqsParameters"])
    if transformer:
        target["InputTransformer"] = {
            "InputPathsMap": transformer.get("inputPaths", {}),
            "InputTemplate": transformer["inputTemplate"],
        }
    answer = aws.events.put_targets(Rule=rule, EventBusName=bus, Targets=[target])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["FailedEntries"][0].get("ErrorMessage", "the target was refused"))
    return Created(f"{rule}-{target_id}", {"targetId": target_id, "eventBusName": bus})


def _delete_target(aws: Aws, _identifier: str, properties: Mapping[str, Any]) -> None:
    aws.events.remove_targets(
        Rule=properties["rule"], EventBusName=properties["eventBusName"], Ids=[properties["targetId"]]
    )


KINDS = {
    "aws:cloudwatch/eventRule:EventRule": Kind(_create_rule, _delete_rule),
    "aws:cloudwatch/eventTarget:EventTarget": Kind(_create_target, _delete_target),
}
