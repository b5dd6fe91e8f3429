"""Does what it is asked to do, and says when it did and with which attributes it was asked."""

import time
from typing import Any

from countersign_runtime import Task, TaskFailed


def handle(request: Any, task: Task) -> Any:
    if request["do"] == "fail":
        raise TaskFailed("Refused", "as asked")
    if request["do"] == "break":
        raise RuntimeError("as asked")
    return {"did": request["do"], "began": time.time(), "trace": task.attributes.get("traceparent")}
