"""Faults: what went wrong with the work itself, in words that may be logged and told to the workflow."""

import traceback
from typing import Final

from countersign_runtime import answers
from countersign_runtime.redact import scrub

MAX_TRACE_CHARACTERS: Final = 16_384
"""What a log record holds of a broken worker."""


class Fault(Exception):
    """The work broke. `kind` is the exception's name; no text of it holds the token."""

    def __init__(self, kind: str, detail: str, trace: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.trace = trace


def of(problem: BaseException, token: str) -> Fault:
    """The fault of a task with this token, made of what `handle` raised."""
    try:
        detail = str(problem)
    except Exception:
        detail = "(its text cannot be had)"
    try:
        trace = "".join(traceback.format_exception(problem))
    except Exception:
        trace = ""
    return Fault(
        type(problem).__name__,
        answers.clip(scrub(detail, token), answers.MAX_CAUSE_CHARACTERS),
        answers.clip(scrub(trace, token), MAX_TRACE_CHARACTERS),
    )


def out_of_time(seconds: float) -> Fault:
    """The fault of work that went on when its function had to end."""
    return Fault(
        "OutOfTime", f"the work was not finished after {seconds:.0f} s, when the function had to end"
    )
