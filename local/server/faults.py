"""What functions do wrong, told on the server's standard error as it happens: ``watch.py`` reads it there."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Execute = Callable[[dict[str, Any], Any, str], dict[str, Any]]
"""MiniStack's call of a function: the function, the event, the request's id; what came of it, and its log."""

MARK = "FAULT "
"""What a line about a fault begins with; a log event with the function's name follows in JSON."""
_OUTCOMES = ("fault", "undelivered", "unusable", "invalid-output", "dead-lettered", "error")
_LEVELS = ("ERROR", "CRITICAL")
_AFTER_TRACEBACK = re.compile(r"(?:.*\n[ \t][^\n]*\n)?(.*)", re.DOTALL)


def telling(execute: Execute) -> Execute:
    """``execute``, of which each fault is told."""

    def told(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        result = execute(function, event, request_id)
        name = (function.get("config") or function)["FunctionName"]
        for message in faults(result):
            line = {"function": name, "timestamp": time.time() * 1000, "message": message}
            print(f"{MARK}{json.dumps(line)}", file=sys.stderr, flush=True)
        return result

    return told


def faults(result: Mapping[str, Any]) -> Iterator[str]:
    """The records of a run that tell of a fault, and why it failed if it did: raised, not loaded, ended."""
    log = str(result.get("log") or "")
    yield from (line for line in log.splitlines() if _is_fault(line))
    if result.get("error"):
        said = _AFTER_TRACEBACK.fullmatch(log.rstrip())
        yield f"failed: {(said and said[1]) or result['body']['errorMessage']}"


def _is_fault(line: str) -> bool:
    try:
        record = json.loads(line)
    except ValueError:
        return False
    if not isinstance(record, dict):
        return False
    return record.get("outcome") in _OUTCOMES or ("outcome" not in record and record.get("level") in _LEVELS)
