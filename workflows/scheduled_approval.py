"""A schedule starts a job, people say whether it may run, and it runs."""

from typing import Any

from components.approval_api import ApprovalApi
from components.callback_function import CallbackFunction

STEP_SECONDS = 60
"""How long the functions have, behind which nobody waits for people."""

FIELDS = [
    {
        "name": "batchPercent",
        "label": "Share to process, in percent",
        "type": "number",
        "minimum": 1,
        "maximum": 100,
        "whole": True,
        "required": True,
        "default": 100,
    }
]


def definition(
    generate: CallbackFunction, approvals: ApprovalApi, process: CallbackFunction, timeout_seconds: int
) -> dict[str, Any]:
    """The state machine.

    Input: `{"job", "items", "requester"}`, all optional. Output: what was processed, and who approved it.
    A rejection, a request that nobody decided in time, and anything that went wrong each end FAILED in a
    state of their own, with the error that says which.
    """
    return {
        "Comment": "Run a scheduled job once people have approved it.",
        "StartAt": "GenerateTask",
        "States": {
            "GenerateTask": {
                **generate.wait("$", timeout_seconds=STEP_SECONDS),
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
                "Next": "AskForApproval",
            },
            "AskForApproval": {
                **approvals.wait(
                    "$.title",
                    details="$.task",
                    fields=FIELDS,
                    requester="$.requester",
                    timeout_seconds=timeout_seconds,
                ),
                "ResultPath": "$.approval",
                "Catch": [
                    {"ErrorEquals": ["ApprovalRejected"], "ResultPath": "$.error", "Next": "Rejected"},
                    {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "NotDecidedInTime"},
                    {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"},
                ],
                "Next": "ProcessTask",
            },
            "ProcessTask": {
                **process.wait("$", timeout_seconds=STEP_SECONDS),
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
                "End": True,
            },
            "Rejected": {"Type": "Fail", "Error": "ApprovalRejected", "CausePath": "$.error.Cause"},
            "NotDecidedInTime": {
                "Type": "Fail",
                "Error": "ApprovalTimedOut",
                "Cause": "Nobody decided before the deadline.",
            },
            "Failed": {
                "Type": "Fail",
                "ErrorPath": "$.error.Error",
                "CausePath": "States.JsonToString($.error)",
            },
        },
    }
