"""Takes the wait messages of an ApprovalApi's queue in."""

import os
from typing import Any

from approvals.answering.delivery import Delivery
from approvals.answering.links import Links
from approvals.asking.intake import Intake
from approvals.asking.sender import Sender
from approvals.record.store import Store
from approvals.settings import AskSettings, text
from countersign_runtime import PENDING, Task
from countersign_runtime.clients import client

from countersign_contract.approvals import variables


def make(environment: "os._Environ[str] | dict[str, str]" = os.environ) -> Intake:
    """The intake, as the component configures it."""
    store = Store(client("dynamodb"), text(environment, variables.TABLE_NAME), who="intake")
    links = Links(
        client("kms"), text(environment, variables.LINK_KEY_ID), text(environment, variables.LINK_BASE_URL)
    )
    outbox = Sender(store, links, client("sns"), client("events"), text(environment, variables.TOPIC_ARN))
    delivery = Delivery(client("stepfunctions"), store)
    return Intake(store, outbox, AskSettings.read(environment), is_awaited=delivery.is_awaited)


_intake = make()


def handle(request: Any, task: Task) -> Any:
    """Ask; the approvers answer."""
    _intake.take(request, task)
    return PENDING
