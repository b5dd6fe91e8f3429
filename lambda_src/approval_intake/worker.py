"""Takes the wait messages of an ApprovalApi's queue in."""

import os
from typing import Any

from approvals.answering.delivery import Delivery
from approvals.asking.intake import Intake
from approvals.asking.sender import Sender
from approvals.record.store import Store
from approvals.settings import AskSettings
from countersign_runtime import PENDING, Task, clients

_store = Store.read(os.environ, who="intake")
_intake = Intake(
    _store,
    Sender.read(os.environ, _store),
    Delivery(clients.step_functions()),
    AskSettings.read(os.environ),
)


def handle(request: Any, task: Task) -> Any:
    """Ask; the approvers answer."""
    _intake.take(request, task)
    return PENDING
