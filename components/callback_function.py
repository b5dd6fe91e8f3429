"""CallbackFunction: a Lambda function that gets task tokens without a queue, directly or through a topic."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired

import pulumi

from .asl import wait
from .callback_queue import worker_folder
from .checks import given, whole_number
from .common import RunningArgs, running
from .function import HANDLER, python_function


class CallbackFunctionArgs(RunningArgs):
    """Arguments of a CallbackFunction. Only `worker` is required."""

    worker: pulumi.Input[str]
    """Folder holding `worker.py` with `handle(request, task)`."""
    worker_packages: NotRequired[Sequence[str] | None]
    """Folders of Python packages to put beside the worker's files. Default: none."""
    worker_environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Environment variables of the worker."""
    worker_statements: NotRequired[Sequence[Any] | None]
    """IAM statements for what the worker does besides returning tokens. Default: none."""
    timeout_seconds: NotRequired[pulumi.Input[int] | None]
    """How long one run of the worker may take. 1 to 900, default 30."""
    memory_mb: NotRequired[pulumi.Input[int] | None]
    """Memory of the worker. 128 to 10240, default 256."""


class CallbackFunction(pulumi.ComponentResource):
    """A function with a worker's `handle(request, task)`, called by a state machine or by a Notifier's topic.

    Nothing delivers its message again as a queue would: any exception fails the waiting task at once, with
    the exception's type as the error, so that the state's Retry decides what comes next.
    """

    function_arn: pulumi.Output[str]
    """ARN of the function."""
    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""

    def __init__(
        self, name: str, args: CallbackFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("countersign:index:CallbackFunction", name, {}, opts)
        options = given(CallbackFunctionArgs, args)
        function = python_function(
            f"{name}-worker",
            parent=self,
            folder=worker_folder(options.get("worker")),
            packages=[Path(package) for package in options.get("worker_packages", ())],
            handler=HANDLER,
            statements=options.get("worker_statements", ()),
            environment=options.get("worker_environment"),
            timeout_seconds=whole_number("timeout_seconds", options.get("timeout_seconds", 30), 1, 900),
            memory_mb=whole_number("memory_mb", options.get("memory_mb", 256), 128, 10_240),
            **running(options),
        )
        self.function_arn = function.arn
        self.callback_role_names = [function.role_name]
        self.register_outputs(
            {"function_arn": self.function_arn, "callback_role_names": self.callback_role_names}
        )

    def wait(
        self,
        request: Any = "$",
        *,
        timeout_seconds: int | str,
        heartbeat_seconds: int | str | None = None,
        query_language: str = "JSONPath",
    ) -> dict[str, Any]:
        """A Task state that calls the function with `request` and the task token and waits for the answer.

        Arguments as in `CallbackQueue.wait`.
        """
        return wait.lambda_(
            self.function_arn,
            request,
            timeout_seconds=timeout_seconds,
            heartbeat_seconds=heartbeat_seconds,
            query_language=query_language,
        )
