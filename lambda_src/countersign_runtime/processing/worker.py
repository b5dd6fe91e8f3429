"""The Lambda entry of every function with a task to answer: `handler`.

`worker.py` at the root of the function's archive is imported with the first message that needs it. What is
wrong with it is then the fault of that message, which the waiting task is told in the end, and dead letters
are taken care of without it.
"""

import importlib
import inspect
import os
from functools import cache
from typing import Any, Final

from countersign_runtime import clients
from countersign_runtime.message import Task
from countersign_runtime.redact import guard_logging

from .config import Config
from .engine import Worker
from .work import Handle

WORKER: Final = "worker"


@cache
def load_handle() -> Handle:
    """`handle` of the function's `worker.py`, or an error that says what is wrong with it."""
    try:
        module = importlib.import_module(WORKER)
    except ModuleNotFoundError as problem:
        if problem.name == WORKER:
            raise ImportError("the function's folder has no worker.py") from None
        raise ImportError(f"worker.py cannot be imported: {problem}") from problem
    except Exception as problem:
        raise ImportError(f"worker.py cannot be imported: {type(problem).__name__}: {problem}") from problem
    handle: Any = getattr(module, "handle", None)
    if not callable(handle):
        raise ImportError("worker.py must define handle(request, task)")
    if inspect.iscoroutinefunction(handle):
        raise ImportError("worker.py: handle must be a plain function, got async def")
    if inspect.isgeneratorfunction(handle):
        raise ImportError("worker.py: handle must be a plain function, got a generator (yield)")
    try:
        inspect.signature(handle).bind(None, None)
    except TypeError:
        raise ImportError(
            f"worker.py: handle must take (request, task), got handle{inspect.signature(handle)}"
        ) from None
    return handle  # type: ignore[no-any-return]


def _handle(request: Any, task: Task) -> Any:
    return load_handle()(request, task)


guard_logging()
_worker = Worker(_handle, Config.read(os.environ))
clients.step_functions()  # at init, where the processor is free


def handler(event: object, context: object) -> Any:
    """Answers a batch of a queue or a table's stream, a notification of a topic or a bucket, an event of a
    bus, or the wait message itself; fails the tasks of dead letters."""
    return _worker(event, context)
