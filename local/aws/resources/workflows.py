"""Step Functions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.aws.request import Request
from local.model import Created

_PUBLISH = ":states:::sns:publish"
_ATTRIBUTES = "MessageAttributes"


def _create_state_machine(request: Request) -> Created:
    name = request.physical_name(longest=80)
    logging = request.get("loggingConfiguration")
    if logging:
        group = logging.get("logDestination")
        logging = {
            "level": logging.get("level", "OFF"),
            "includeExecutionData": logging.get("includeExecutionData", False),
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}] if group else [],
        }
    definition = adapt(request.require("definition"))
    made = request.call(
        "stepfunctions",
        "create_state_machine",
        name=name,
        definition=definition,
        loggingConfiguration=logging,
    )
    arn, created = made["stateMachineArn"], made["creationDate"].isoformat()
    return Created(arn, {"name": name, "arn": arn, "creationDate": created, "status": "ACTIVE"})


def adapt(definition: str) -> str:
    """The definition with the message attributes of every ``sns:publish`` spelled out once more.

    MiniStack hands the arguments of such a task to code that reads the flat names of SNS's query protocol, so
    nested attributes are lost and no filter policy matches. Nothing else is changed, and on AWS nothing is.
    """
    document = json.loads(definition)
    for state in _states(document):
        if _PUBLISH not in str(state.get("Resource", "")):
            continue
        for key in ("Parameters", "Arguments"):
            arguments = state.get(key)
            if isinstance(arguments, dict):
                arguments.update(_flat(arguments.get(_ATTRIBUTES)))
    return json.dumps(document)


def _flat(attributes: Any) -> dict[str, Any]:
    if not isinstance(attributes, Mapping):
        return {}
    flat: dict[str, Any] = {}
    for number, (name, value) in enumerate(attributes.items(), 1):
        entry = f"{_ATTRIBUTES}.entry.{number}"
        flat[f"{entry}.Name"] = name
        if isinstance(value, Mapping):
            flat.update({f"{entry}.Value.{key}": item for key, item in value.items()})
    return flat


def _states(document: Any) -> Iterator[dict[str, Any]]:
    """Every state, those inside Map and Parallel too."""
    if not isinstance(document, dict):
        return
    for state in document.get("States", {}).values():
        yield state
        for inner in (state.get("Iterator"), state.get("ItemProcessor"), *state.get("Branches", ())):
            yield from _states(inner)


KINDS = {
    "aws:sfn/stateMachine:StateMachine": _create_state_machine,
}
