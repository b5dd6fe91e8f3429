"""The approval page: API Gateway's event in, its answer out."""

import os
from collections.abc import Mapping
from typing import Any

from approvals.answering.delivery import Delivery
from approvals.answering.nudge import caller
from approvals.page.http import HttpRequest
from approvals.page.visit import Visits
from approvals.record.store import Store
from approvals.settings import Appearance, flag
from countersign_runtime.clients import client
from countersign_runtime.redact import guard_logging

from countersign_contract.approvals import variables

# An approver waits for a few seconds. Whatever hangs, and is not done by then, the follow-up function does.
_store = Store.read(os.environ, who="page", hurried_attempts=2)

guard_logging()
_desk = Visits(
    _store,
    Delivery(client("stepfunctions", 1), most_pages=1),
    nudge=caller(os.environ),
    comment_on_reject=flag(os.environ, variables.REQUIRE_COMMENT_ON_REJECT),
    appearance=Appearance.read(os.environ),
)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Answer one request."""
    request = HttpRequest.from_event(event)
    return _desk.answer(request).to_event(head=request.method == "HEAD")
