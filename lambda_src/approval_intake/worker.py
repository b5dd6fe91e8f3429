"""Takes the wait messages of an ApprovalApi's queue in."""

import os
from typing import Any

from approvals.intake import Intake
from approvals.links import Links
from approvals.outbox import Outbox
from approvals.settings import AskSettings, text
from approvals.store import Store
from countersign_runtime import PENDING, Task, TaskClosed
from countersign_runtime.clients import client


def make(environment: "os._Environ[str] | dict[str, str]" = os.environ) -> Intake:
    """The intake, as the component configures it."""
    store = Store(client("dynamodb"), text(environment, "TABLE_NAME"), who="intake")
    links = Links(client("kms"), text(environment, "LINK_KEY_ID"), text(environment, "LINK_BASE_URL"))
    outbox = Outbox(store, links, client("sns"), client("events"), text(environment, "TOPIC_ARN"))
    return Intake(store, outbox, AskSettings.read(environment), is_waiting=is_waiting)


def is_waiting(task: Task) -> bool:
    """Whether somebody still waits for the answer, as far as Step Functions can tell now."""
    try:
        task.heartbeat()
    except TaskClosed:
        return False
    return True


_intake = make()


def handle(request: Any, task: Task) -> Any:
    """Ask; the approvers answer."""
    _intake.take(request, task)
    return PENDING
