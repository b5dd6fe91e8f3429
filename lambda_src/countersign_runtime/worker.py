"""The Lambda entry of every worker: handler `countersign_runtime.worker.handler`.

It looks for `worker.py` at the root of the function's archive. Everything that can be wrong before the first
message is found here, at init, and said clearly.
"""

import importlib
import inspect
import os
from typing import Any, Final

from . import clients
from .config import Config
from .engine import Handle, Worker
from .redact import guard_logging

WORKER: Final = "worker"


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
    try:
        inspect.signature(handle).bind(None, None)
    except TypeError:
        raise ImportError(
            f"worker.py: handle must take (request, task), got handle{inspect.signature(handle)}"
        ) from None
    return handle  # type: ignore[no-any-return]


guard_logging()
_worker = Worker(load_handle(), Config.read(os.environ))
clients.step_functions()  # at init, where the processor is free


def handler(event: object, context: object) -> Any:
    """Answers an SQS batch, an SNS notification, or the wait message itself."""
    return _worker(event, context)
