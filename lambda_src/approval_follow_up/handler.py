"""Follows up on requests: by schedule, when an execution ends, and when others have something to send."""

import os
from collections.abc import Mapping
from logging import getLogger
from typing import Any, Final

from approvals.answering.delivery import Delivery
from approvals.answering.nudge import Nudge
from approvals.asking.follow_up import FollowUp
from approvals.asking.sender import Sender
from approvals.record.store import Store
from countersign_runtime import clients
from countersign_runtime.redact import guard_logging

logger = getLogger("countersign")


MARGIN_SECONDS: Final = 30
"""What is left of the function's time is enough to end what was begun, even if a service hangs."""


class FollowUpFailed(Exception):
    """Some requests could not be looked after. Raised, so that Lambda counts an error and the alarm rings."""


guard_logging()
_store = Store.read(os.environ, who="follow-up")
_follow_up = FollowUp(_store, Delivery(clients.step_functions()), Sender.read(os.environ, _store))


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """`{"requestId": ...}` from the page or the operator, an execution's change of status, or the schedule:
    look at all."""
    if "requestId" in event:
        _follow_up.look_after(Nudge.read(event))
        return {}
    detail = event.get("detail", {})
    if execution_arn := detail.get("executionArn"):
        # https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
        milliseconds = detail.get("stopDate")
        failed = _follow_up.execution_ended(execution_arn, milliseconds / 1000 if milliseconds else None)
    else:
        left = context.get_remaining_time_in_millis() / 1000
        failed = _follow_up.sweep(max(1.0, left - MARGIN_SECONDS))
    if failed:
        raise FollowUpFailed(f"{failed} requests could not be looked after")
    return {}
