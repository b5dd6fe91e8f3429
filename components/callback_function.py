"""CallbackFunction: a Lambda function that gets task tokens without a queue, directly or through a topic."""

from typing import Any

import pulumi

from .asl import wait
from .common.checks import explained
from .common.worker import CallbackComponent, WorkerArgs


class CallbackFunctionArgs(WorkerArgs):
    """Arguments of a CallbackFunction. Only `worker` is required."""

    worker: pulumi.Input[str]
    """Folder holding `worker.py` with `handle(request, task)`."""


class CallbackFunction(CallbackComponent):
    """A function with a worker's `handle(request, task)`, called by a state machine or by a Notifier's topic.

    Nothing delivers its message again as a queue would: any exception fails the waiting task at once, with
    the exception's type as the error, so that the state's Retry decides what comes next.

    `kms_key_arn` is the key of the log and of the function's environment.
    """

    function_arn: pulumi.Output[str]
    """ARN of the function."""

    @explained
    def __init__(
        self, name: str, args: CallbackFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackFunctionArgs, name, args, opts)
        function = self._function(f"{name}-worker")
        self.function_arn = function.arn
        self._register()

    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        return wait.lambda_(self.function_arn, request, **options)
