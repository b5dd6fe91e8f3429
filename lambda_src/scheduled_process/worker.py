"""Does the approved task. It stands for the batch job of a real stack."""

from typing import Any

from countersign_runtime import Task, TaskFailed

WHOLE = 100
BATCH_PERCENT = "batchPercent"


def handle(request: Any, task: Task) -> Any:
    """Process what was approved: all of it, or the share an approver asked for.

    Refuses to run without the approval, whatever the definition says.
    """
    asked, approval = request.get("task", {}), request.get("approval", {})
    if approval.get("outcome") != "approved":
        raise TaskFailed("NotApproved", f"the task may not run, its outcome is {approval.get('outcome')!r}")
    share = approval.get("fields", {}).get(BATCH_PERCENT) or WHOLE
    items = asked.get("items", 0)
    return {
        "status": "PROCESSED",
        "taskId": asked.get("id"),
        "job": asked.get("job"),
        "processed": max(1, items * share // WHOLE),
        "of": items,
        "approvedBy": [decision["approver"] for decision in approval.get("decisions", [])],
        "executionArn": task.execution_arn,
    }
