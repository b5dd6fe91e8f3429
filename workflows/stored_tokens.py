"""The token through DynamoDB, then S3: stored, encrypted, until the worker that finds it has answered."""

from collections.abc import Sequence
from typing import Any

from components.callback_bucket import CallbackBucket
from components.callback_table import CallbackTable


def definition(
    table: CallbackTable, bucket: CallbackBucket, through: Sequence[str], timeout_seconds: int
) -> dict[str, Any]:
    """The state machine. Input: any object. Output: the input with what each worker returned.

    Each item and object carries the ids of its execution, state machine and state, and is deleted once its
    task is answered. A step that fails or times out fails the execution.

    `through` (the setting `storedTokensThrough`) says which of the two steps there are, and in what order.
    The embedded AWS cannot run a state that puts an object, so the stack `local` has the table's step alone.
    There the bucket's worker is proved with objects that hold the tokens of other states, and both steps
    together by moto's interpreter (tests/runtime/test_stored_workflow.py).
    """
    if not through:
        raise ValueError("through must name table, bucket or both, got neither")
    stores: dict[str, tuple[str, CallbackTable | CallbackBucket]] = {
        "table": ("ThroughTable", table),
        "bucket": ("ThroughBucket", bucket),
    }
    steps = [(key, *stores[key]) for key in through]
    following = [{"Next": state} for _, state, _ in steps[1:]] + [{"End": True}]
    return {
        "Comment": "Store a task token in a table and in a bucket, for their workers to find.",
        "StartAt": steps[0][1],
        "States": {
            state: {**store.wait("$", timeout_seconds=timeout_seconds), "ResultPath": f"$.{key}", **after}
            for (key, state, store), after in zip(steps, following, strict=True)
        },
    }
