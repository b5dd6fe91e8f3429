"""Components that let a Step Functions execution wait for something outside it."""

from .callback_function import CallbackFunction, CallbackFunctionArgs
from .callback_queue import CallbackQueue, CallbackQueueArgs
from .notifier import Notifier, NotifierArgs
from .workflow import CallbackWorkflow, CallbackWorkflowArgs

__all__ = [
    "CallbackFunction",
    "CallbackFunctionArgs",
    "CallbackQueue",
    "CallbackQueueArgs",
    "CallbackWorkflow",
    "CallbackWorkflowArgs",
    "Notifier",
    "NotifierArgs",
]
