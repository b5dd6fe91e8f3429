"""State machines beside the deployed ones, with their roles: such as nobody has to wait minutes for."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from local.aws import Aws

_WAITS = ".waitForTaskToken"


def beside(aws: Aws, state_machine_arn: str, definition: Mapping[str, Any]) -> str:
    """Make one with this definition and the role of a deployed one; its ARN."""
    machines = aws.step_functions
    role = machines.describe_state_machine(stateMachineArn=state_machine_arn)["roleArn"]
    name, text = f"beside-{uuid.uuid4().hex[:8]}", json.dumps(definition)
    return machines.create_state_machine(name=name, roleArn=role, definition=text)["stateMachineArn"]


def definition_of(aws: Aws, state_machine_arn: str) -> dict[str, Any]:
    """The definition of a deployed one."""
    found = aws.step_functions.describe_state_machine(stateMachineArn=state_machine_arn)
    definition: dict[str, Any] = json.loads(found["definition"])
    return definition


def with_timeout(aws: Aws, state_machine_arn: str, seconds: int) -> str:
    """Make one like it whose states wait so many seconds for their tokens; its ARN."""
    definition = definition_of(aws, state_machine_arn)
    for state in definition["States"].values():
        if state.get("Resource", "").endswith(_WAITS):
            state["TimeoutSeconds"] = seconds
            state["Parameters"]["MessageBody"]["TimeoutSeconds"] = seconds
    return beside(aws, state_machine_arn, definition)


def wait_state(queue_url: str, request: Mapping[str, Any], timeout_seconds: int) -> dict[str, Any]:
    """A last state that sends a request with a token to a queue, as a deployed one does, and waits."""
    context = {
        "TaskToken": "Task.Token",
        "ExecutionArn": "Execution.Id",
        "StateMachineArn": "StateMachine.Id",
        "StateName": "State.Name",
        "EnteredTime": "State.EnteredTime",
        "RetryCount": "State.RetryCount",
    }
    message = {f"{key}.$": f"$$.{path}" for key, path in context.items()}
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::sqs:sendMessage{_WAITS}",
        "TimeoutSeconds": timeout_seconds,
        "Parameters": {
            "QueueUrl": queue_url,
            "MessageBody": {**message, "TimeoutSeconds": timeout_seconds, "Request": request},
        },
        "End": True,
    }
