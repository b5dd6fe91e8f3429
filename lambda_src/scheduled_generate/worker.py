"""Says what the scheduled job is about to do, so that people can decide whether it may."""

from typing import Any

from countersign_runtime import Task, TaskFailed

DEFAULT_JOB = "nightly-clean-up"


def handle(request: Any, task: Task) -> Any:
    """From `{"job", "items", "requester"}`, all optional, the task: what would be processed, and for whom.

    The id is the attempt's own, so that the same message twice gives the same task.
    """
    if not isinstance(request, dict):
        raise TaskFailed("InvalidInput", f"the input must be an object, got {type(request).__name__}")
    job = request.get("job", DEFAULT_JOB)
    items = request.get("items", 1)
    requester = request.get("requester", "")
    if not isinstance(job, str) or not job.strip():
        raise TaskFailed("InvalidInput", f"job must be a name, got {job!r}")
    if not isinstance(items, int) or isinstance(items, bool) or items < 1:
        raise TaskFailed("InvalidInput", f"items must be at least 1, got {items!r}")
    if not isinstance(requester, str):
        raise TaskFailed("InvalidInput", f"requester must be a name, got {requester!r}")
    return {
        "title": f"{job.strip()}: process {items} items",
        "requester": requester,
        "task": {"id": task.id[:12], "job": job.strip(), "items": items},
    }
