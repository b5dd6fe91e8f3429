"""Does what operators ask for: a call that API Gateway lets through only with an IAM signature."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from approvals.answering.delivery import Delivery
from approvals.answering.nudge import caller
from approvals.asking.operator import Operator, Unsigned, read
from approvals.asking.subscriptions import Subscriptions
from approvals.record.store import Store
from countersign_runtime import clients
from countersign_runtime.answers import Undelivered
from countersign_runtime.redact import guard_logging

from countersign_contract.approvals.operating import InvalidCall

guard_logging()
_delivery = Delivery(clients.step_functions())
_subscriptions = Subscriptions.read(os.environ)
_nudge = caller(os.environ)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Answer one call: 200 with what came of it, or a problem: 400 (the call), 403 (who?), 424 (AWS)."""
    try:
        who, call = read(event)
    except InvalidCall as problem:
        return _answer(400, {"problem": str(problem)})
    except Unsigned:
        return _answer(403, {"problem": "AWS does not say who is calling"})
    store = Store.read(os.environ, who=who)
    try:
        done = Operator(store, _delivery, _subscriptions, _nudge).answer(call)
    except Undelivered as problem:
        # Not 5xx, which is what the page's alarm counts.
        said = f"Step Functions could not be asked ({problem.code}): nothing is on record, so try again"
        return _answer(424, {"problem": said})
    return _answer(200, asdict(done))


def _answer(status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
