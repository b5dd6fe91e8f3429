"""Components that let a Step Functions execution wait for something outside it.

A module is a component, or what several of them share: `queues`, `subscribers` and, for all, `common/`.
`plugin` is for other languages, `evaluation` keeps large programs quick.

A component is loaded when it is first asked for: `components.asl` and its command line need no Pulumi.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .approval_api import ApprovalApi, ApprovalApiArgs
    from .callback_bucket import CallbackBucket, CallbackBucketArgs
    from .callback_function import CallbackFunction, CallbackFunctionArgs
    from .callback_queue import CallbackQueue, CallbackQueueArgs
    from .callback_table import CallbackTable, CallbackTableArgs
    from .dashboard.component import Dashboard, DashboardArgs
    from .notifier import Notifier, NotifierArgs
    from .workflow.component import CallbackWorkflow, CallbackWorkflowArgs

_MODULES = {
    "ApprovalApi": "approval_api",
    "CallbackBucket": "callback_bucket",
    "CallbackFunction": "callback_function",
    "CallbackQueue": "callback_queue",
    "CallbackTable": "callback_table",
    "CallbackWorkflow": "workflow.component",
    "Dashboard": "dashboard.component",
    "Notifier": "notifier",
}

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
    "Dashboard",
    "DashboardArgs",
    "Notifier",
    "NotifierArgs",
]


def __getattr__(name: str) -> Any:
    """A component or its arguments, from the module that has both."""
    module = _MODULES.get(name.removesuffix("Args"))
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{module}", __name__), name)
