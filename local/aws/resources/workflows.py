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
    if logging := dict(request.get("loggingConfiguration", {})):
        group = logging.pop("logDestination", None)
        destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}] if group else []
        logging = {"level": "OFF", "includeExecutionData": False, **logging, "destinations": destinations}
    arguments: dict[str, Any] = {
        "definition": adapt(request.require("definition")),
        "loggingConfiguration": logging or None,
    }
    made = request.call("stepfunctions", "create_state_machine", name=name, **arguments)
    arn, created = made["stateMachineArn"], made["creationDate"].isoformat()
    return Created(arn, {"name": name, "arn": arn, "creationDate": created, "status": "ACTIVE"})


def adapt(definition: str) -> str:
    """The definition with the message attributes of every ``sns:publish`` spelled out once more.

    MiniStack hands the arguments of such a task to code that reads the flat names of SNS's query protocol, so
    nested attributes are lost and no filter policy matches. Nothing else is changed, and on AWS nothing is.
    """
    return json.dumps(json.loads(definition, object_hook=_spelled_out))


def _spelled_out(state: dict[str, Any]) -> dict[str, Any]:
    """Any object of a definition, as it stands but for a state that publishes."""
    if state.get("Type") == "Task" and _PUBLISH in str(state.get("Resource")):
        for arguments in (state.get("Parameters"), state.get("Arguments")):
            if isinstance(arguments, dict):
                arguments.update(_flat(arguments.get(_ATTRIBUTES)))
    return state


def _flat(attributes: Any) -> Iterator[tuple[str, Any]]:
    named = attributes.items() if isinstance(attributes, Mapping) else ()
    for number, (name, value) in enumerate(named, 1):
        entry = f"{_ATTRIBUTES}.entry.{number}"
        yield f"{entry}.Name", name
        if isinstance(value, Mapping):
            yield from ((f"{entry}.Value.{key}", item) for key, item in value.items())


KINDS = {
    "aws:sfn/stateMachine:StateMachine": _create_state_machine,
}
