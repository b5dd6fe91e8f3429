"""Components that let a Step Functions execution wait for something outside it."""

from .approval_api import ApprovalApi, ApprovalApiArgs
from .callback_function import CallbackFunction, CallbackFunctionArgs
from .callback_queue import CallbackQueue, CallbackQueueArgs
from .notifier import Notifier, NotifierArgs
from .workflow import CallbackWorkflow, CallbackWorkflowArgs

__all__ = [
    "ApprovalApi",
    "ApprovalApiArgs",
    "CallbackFunction",
    "CallbackFunctionArgs",
    "CallbackQueue",
    "CallbackQueueArgs",
    "CallbackWorkflow",
    "CallbackWorkflowArgs",
    "Notifier",
    "NotifierArgs",
]
