"""What components with a worker have in common: the folder with `worker.py`, and the function made of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired

import pulumi

from . import policies
from .checks import plain, whole_number
from .common import RunningArgs, running
from .function import HANDLER, Function, python_function


class WorkerArgs(RunningArgs):
    """Arguments of every component with a worker."""

    worker_packages: NotRequired[Sequence[str] | None]
    """Folders of Python packages to put beside the worker's files. Default: none."""
    worker_environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Environment variables of the worker."""
    worker_statements: NotRequired[Sequence[Any] | None]
    """IAM statements for what the worker does besides returning tokens. Default: none."""
    worker_threads: NotRequired[pulumi.Input[int] | None]
    """Tasks that one run of the worker handles at the same time, each in a thread. 1 to 100, default 10."""
    timeout_seconds: NotRequired[pulumi.Input[int] | None]
    """How long one run of the worker may take, for all the tasks it gets at once. 1 to 900, default 30."""
    memory_mb: NotRequired[pulumi.Input[int] | None]
    """Memory of the worker. 128 to 10240, default 256."""


class Working:
    """How a worker's function is made, checked. `timeout_seconds` and what `common` holds serve
    others too."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.timeout_seconds = whole_number("timeout_seconds", options.get("timeout_seconds", 30), 1, 900)
        self.common = running(options)
        self._memory_mb = whole_number("memory_mb", options.get("memory_mb", 256), 128, 10_240)
        self._threads = whole_number("worker_threads", options.get("worker_threads", 10), 1, 100)
        self._packages = [Path(package) for package in options.get("worker_packages", ())]
        self._statements = options.get("worker_statements", ())
        self._environment = options.get("worker_environment", {})

    def function(
        self,
        name: str,
        folder: Path | None,
        parent: pulumi.Resource,
        statements: Sequence[policies.Statement] = (),
        environment: Mapping[str, pulumi.Input[Any]] | None = None,
    ) -> Function:
        """The function, with what the component itself needs beside what the caller wants."""
        own = {"MAX_CONCURRENCY": self._threads, **(environment or {})}
        return python_function(
            name,
            parent=parent,
            folder=folder,
            packages=self._packages,
            handler=HANDLER,
            statements=[*statements, *self._statements],
            environment=pulumi.Output.all(self._environment, own).apply(
                lambda both: {**both[0], **{variable: str(value) for variable, value in both[1].items()}}
            ),
            timeout_seconds=self.timeout_seconds,
            memory_mb=self._memory_mb,
            **self.common,
        )


def worker_folder(value: Any) -> Path:
    """The folder of a worker, checked: it must hold a `worker.py`."""
    folder = Path(plain("worker", value, str, "the path of a folder that holds worker.py"))
    if not (folder / "worker.py").is_file():
        raise ValueError(f"worker must be the path of a folder that holds worker.py, got {str(folder)!r}")
    return folder.resolve()
