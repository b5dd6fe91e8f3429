"""Components that let a Step Functions execution wait for something outside it."""

from .approval_api import ApprovalApi, ApprovalApiArgs
from .callback_bucket import CallbackBucket, CallbackBucketArgs
from .callback_function import CallbackFunction, CallbackFunctionArgs
from .callback_queue import CallbackQueue, CallbackQueueArgs
from .callback_table import CallbackTable, CallbackTableArgs
from .notifier import Notifier, NotifierArgs
from .workflow import CallbackWorkflow, CallbackWorkflowArgs

__all__ = [
    "ApprovalApi",
    "ApprovalApiArgs",
    "CallbackBucket",
    "CallbackBucketArgs",
    "CallbackFunction",
    "CallbackFunctionArgs",
    "CallbackQueue",
    "CallbackQueueArgs",
    "CallbackTable",
    "CallbackTableArgs",
    "CallbackWorkflow",
    "CallbackWorkflowArgs",
    "Notifier",
    "NotifierArgs",
]
