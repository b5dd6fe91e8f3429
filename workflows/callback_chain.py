"""The token through SQS, then Lambda, then SNS: three ways to wait, each with its own handler."""

from typing import Any

from components.callback_function import CallbackFunction
from components.callback_queue import CallbackQueue
from components.notifier import Notifier


def definition(
    queue: CallbackQueue,
    function: CallbackFunction,
    topic: Notifier,
    subscriber: CallbackFunction,
    timeout_seconds: int,
) -> dict[str, Any]:
    """The state machine. Input: any object. Output: the input with what each handler returned.

    Each message carries the ids of its execution, state machine and state. A step that fails or times out
    fails the execution.
    """
    return {
        "Comment": "Pass a task token through a queue, a function and a topic.",
        "StartAt": "ThroughQueue",
        "States": {
            "ThroughQueue": {
                **queue.wait("$", timeout_seconds=timeout_seconds),
                "ResultPath": "$.queue",
                "Next": "ThroughFunction",
            },
            "ThroughFunction": {
                **function.wait("$", timeout_seconds=timeout_seconds),
                "ResultPath": "$.function",
                "Next": "ThroughTopic",
            },
            "ThroughTopic": {
                **topic.wait(subscriber.function_arn, "$", timeout_seconds=timeout_seconds),
                "ResultPath": "$.topic",
                "End": True,
            },
        },
    }
