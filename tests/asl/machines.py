"""Definitions that tests begin with."""

from typing import Any


def waiting(**fields: Any) -> dict[str, Any]:
    """A machine that waits once, without a timeout unless given."""
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:${AWS::Partition}:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "https://q", "MessageBody": {"TaskToken.$": "$$.Task.Token"}},
                "End": True,
                **fields,
            }
        },
    }
