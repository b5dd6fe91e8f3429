"""Answers for each integration of the examples: its function is told by INTEGRATION which one it serves."""

import os
from typing import Any

from countersign_runtime import Task


def handle(request: Any, task: Task) -> Any:
    """Say which integration brought the message, and the context ids that came with it."""
    return {
        "integration": os.environ["INTEGRATION"],
        "executionArn": task.execution_arn,
        "stateMachineArn": task.state_machine_arn,
        "stateName": task.state_name,
        "request": request,
    }
