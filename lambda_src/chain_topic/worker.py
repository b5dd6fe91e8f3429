"""A link of the callback chain: the token came with a notification."""

from typing import Any

from countersign_runtime import Task


def handle(request: Any, task: Task) -> Any:
    """Say which integration brought the message, and the context ids that came with it."""
    return {
        "integration": "SNS",
        "executionArn": task.execution_arn,
        "stateMachineArn": task.state_machine_arn,
        "stateName": task.state_name,
        "request": request,
    }
