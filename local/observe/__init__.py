"""What happens on a running stack: looking at it, waiting for it, telling it in order."""

from local.observe.look import (
    Execution,
    LogLine,
    Message,
    count,
    ended,
    history,
    log_line,
    log_lines,
    receive,
    start,
    wait_for_end,
)

__all__ = [
    "Execution",
    "LogLine",
    "Message",
    "count",
    "ended",
    "history",
    "log_line",
    "log_lines",
    "receive",
    "start",
    "wait_for_end",
]
