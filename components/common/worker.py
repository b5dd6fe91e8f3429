"""What components with a worker have in common: its arguments, the function made of it, and `wait`."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired

import pulumi

from countersign_contract import variables
from countersign_contract.batches import MAX_BATCH_SIZE

from . import policies, worker_file
from .arguments import RunningArgs
from .checks import ArgumentError, checked, explained, plain, statements, whole_number
from .component import Component
from .function import HANDLER, Function, python_function


class WorkerArgs(RunningArgs):
    """Arguments of every component with a worker."""

    worker_packages: NotRequired[Sequence[str] | None]
    """Folders of Python packages to put beside the worker's files. Default: none."""
    worker_environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Environment variables of the worker."""
    worker_statements: NotRequired[Sequence[Any] | None]
    """IAM statements for what the worker does besides returning tokens. Default: none."""
    timeout_seconds: NotRequired[pulumi.Input[int] | None]
    """How long one run of the worker may take, for all the tasks it gets at once. 1 to 900, default 30."""
    memory_mb: NotRequired[pulumi.Input[int] | None]
    """Memory of the worker. 128 to 10240, default 256."""


class CallbackComponent(Component):
    """A component where a state machine leaves task tokens, with the function that calls a worker."""

    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""

    def __init__(self, kind: Any, name: str, args: Any, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(kind, name, args, opts)
        options = self._options
        self._timeout_seconds = whole_number(options, "timeout_seconds", 30, 1, 900)
        self._memory_mb = whole_number(options, "memory_mb", 256, 128, 10_240)
        self._packages = [_package(package) for package in options.get("worker_packages", ())]
        self._statements = statements("worker_statements", options.get("worker_statements", ()))
        self._environment = _environment(options.get("worker_environment", {}))
        self._worker = _worker(options["worker"]) if "worker" in options else None

    def _function(
        self,
        name: str,
        statements: Sequence[policies.Statement] = (),
        environment: Mapping[str, pulumi.Input[Any]] | None = None,
    ) -> Function:
        """The function, with what the component itself needs beside what the caller wants."""
        function = python_function(
            name,
            self._common,
            folder=self._worker,
            packages=self._packages,
            handler=HANDLER,
            statements=[*statements, *self._statements],
            environment=pulumi.Output.all(self._environment, environment or {}).apply(
                lambda both: {**both[0], **{variable: str(value) for variable, value in both[1].items()}}
            ),
            timeout_seconds=self._timeout_seconds,
            memory_mb=self._memory_mb,
        )
        self.callback_role_names = [function.role_name]
        self.log_group_name = function.log_group_name  # For the components that this one is a part of.
        return function

    def _batch_size(self) -> Any:
        return whole_number(self._options, "batch_size", 10, 1, MAX_BATCH_SIZE)

    @abstractmethod
    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        """The state that `wait` builds."""

    @explained
    def wait(
        self,
        request: Any = None,
        *,
        timeout_seconds: int | str,
        heartbeat_seconds: int | str | None = None,
        query_language: str = "JSONPath",
    ) -> dict[str, Any]:
        """A Task state that leaves `request` and the task token here and waits for the answer.

        `request` is a path into the state's input (`$.order`) or a value whose `.$` keys are paths, by
        default the whole input; `timeout_seconds` is a number of seconds or a path to one. Add Next or End,
        Retry and Catch.
        """
        return self._wait(
            request,
            timeout_seconds=timeout_seconds,
            heartbeat_seconds=heartbeat_seconds,
            query_language=query_language,
        )


def _worker(value: Any) -> Path:
    """The folder of a worker, checked: it must hold a `worker.py` with which the function can start."""
    folder = Path(plain("worker", value, str, "the path of a folder that holds worker.py"))
    if not (folder / "worker.py").is_file():
        raise ArgumentError(f"worker must be the path of a folder that holds worker.py, got {str(folder)!r}")
    worker_file.check(folder / "worker.py")
    return folder.resolve()


def _package(value: Any) -> Path:
    folder = Path(plain("worker_packages", value, str, "a list of folders of Python packages"))
    if not any(folder.rglob("*.py")):
        raise ArgumentError(f"worker_packages must be folders that hold Python files, got {value!r}")
    return folder


OWN_VARIABLES = frozenset(
    {variables.DEAD_LETTER_QUEUE_ARN, variables.MAX_RECEIVE_COUNT}
    | {"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
    | {"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"}
    | {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION"}
    | {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"}
    | {"_HANDLER", "_X_AMZN_TRACE_ID"}
)
"""Variables that the component sets, or Lambda, which takes no other value for its own:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""


def _environment(value: pulumi.Input[Any]) -> pulumi.Input[Any]:
    def check(given: Any) -> Any:
        if not isinstance(given, Mapping):
            kind = type(given).__name__  # Its value may be a secret.
            raise ArgumentError(f"worker_environment must be a dict of variables, got a {kind}")
        for name in given:
            # https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html
            if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z]\w+", name, re.ASCII):
                raise ArgumentError(
                    f"worker_environment must have names of letters, digits and _, at least two and a letter "
                    f"first, got {name!r}"
                )
            if name in OWN_VARIABLES:
                raise ArgumentError(
                    f"worker_environment must not set {name}, which Lambda or the component sets"
                )
        return given

    return checked(value, check)
