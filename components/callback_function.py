"""CallbackFunction: a Lambda function that gets task tokens directly, through a topic or through a bus."""

from typing import Any

import pulumi

from .asl import wait
from .common.checks import explained
from .common.events import EventArgs, EventSource
from .common.worker import CallbackComponent, WorkerArgs


class CallbackFunctionArgs(WorkerArgs, EventArgs):
    """Arguments of a CallbackFunction. Only `worker` is required."""

    worker: pulumi.Input[str]
    """Folder holding `worker.py` with `handle(request, task)`."""


class CallbackFunction(CallbackComponent):
    """A function with a worker's `handle(request, task)`, called by a state machine, by a Notifier's topic,
    or, with `event_pattern`, by an EventBridge bus.

    Nothing delivers its message again as a queue would: any exception fails the waiting task at once, with
    the exception's type as the error, so that the state's Retry decides what comes next.

    `kms_key_arn` is the key of the log and of the function's environment.
    """

    @explained
    def __init__(
        self, name: str, args: CallbackFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackFunctionArgs, name, args, opts)
        events = EventSource.of(self._options)
        function = self._function(name, "worker")
        if events is not None:
            rule = events.rule(f"{name}-events", self._common)
            called = function.called_by(f"{name}-events", self._common, "events", rule.arn)
            events.send(f"{name}-events", rule, function.arn, called)
        self._register()

    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        return wait.lambda_(self.function_arn, request, **options)
