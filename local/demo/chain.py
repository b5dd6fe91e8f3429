"""Scenes of the workflow ``callback_chain``."""

import json
from collections.abc import Iterator

from local import observe
from local.errors import LocalError

from .scene import Evidence, Finding, Played, Scene, Stage

WORKFLOW = "callback_chain"
# The field of the output, the integration that brought the token, the state that waited.
_LINKS = (
    ("queue", "SQS", "ThroughQueue"),
    ("function", "Lambda", "ThroughFunction"),
    ("topic", "SNS", "ThroughTopic"),
)
_WITHIN_SECONDS = 25.0


def _run(stage: Stage) -> Played:
    stack = stage.stack
    machine = stack.outputs["workflows"][WORKFLOW]["stateMachineArn"]
    arn = observe.start(stack.aws, machine, {"from": "the demo"})
    execution = observe.wait_for_end(stack.aws, arn, _WITHIN_SECONDS)
    return Played(execution, facts={"machine": machine})


def _went_through_all(played: Played, _evidence: Evidence) -> Iterator[Finding]:
    execution = played.execution
    if execution is None:
        raise LocalError("this scene ran no execution")
    yield Finding("the execution succeeds", execution.status == "SUCCEEDED", execution.status)
    output = execution.output if isinstance(execution.output, dict) else {}
    for key, integration, state in _LINKS:
        answer = output.get(key, {})
        expected = {
            "integration": integration,
            "executionArn": execution.arn,
            "stateMachineArn": played.facts["machine"],
            "stateName": state,
        }
        found = {name: answer.get(name) for name in expected}
        yield Finding(
            f"{integration} brought the token and its context ids", found == expected, json.dumps(found)
        )


SCENES = (
    Scene(
        "A token goes through a queue, a function and a topic",
        WORKFLOW,
        "SUCCEEDED, each handler with its context ids",
        _run,
        _went_through_all,
    ),
)
