"""CallbackFunction: a Lambda function that gets task tokens without a queue, directly or through a topic."""

from collections.abc import Sequence
from typing import Any

import pulumi

from .asl import wait
from .checks import explained, given
from .names import check_name
from .worker import WorkerArgs, Working, worker_folder


class CallbackFunctionArgs(WorkerArgs):
    """Arguments of a CallbackFunction. Only `worker` is required."""

    worker: pulumi.Input[str]
    """Folder holding `worker.py` with `handle(request, task)`."""


class CallbackFunction(pulumi.ComponentResource):
    """A function with a worker's `handle(request, task)`, called by a state machine or by a Notifier's topic.

    Nothing delivers its message again as a queue would: any exception fails the waiting task at once, with
    the exception's type as the error, so that the state's Retry decides what comes next.
    """

    function_arn: pulumi.Output[str]
    """ARN of the function."""
    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""

    @explained
    def __init__(
        self, name: str, args: CallbackFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("countersign:index:CallbackFunction", name, {}, opts)
        options = given(CallbackFunctionArgs, args)
        check_name("CallbackFunction", name)
        folder = worker_folder(options["worker"])
        function = Working(options).function(f"{name}-worker", folder, self)
        self.function_arn = function.arn
        self.callback_role_names = [function.role_name]
        self.register_outputs(
            {"function_arn": self.function_arn, "callback_role_names": self.callback_role_names}
        )

    @explained
    def wait(
        self,
        request: Any = None,
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
