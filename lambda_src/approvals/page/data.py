"""A request as one approver sees it, as JSON for programs (docs/openapi.yaml)."""

from typing import Any

from countersign_contract.approvals.text import timestamp

from .texts import Words
from .view import Problems, View


def data(view: View) -> dict[str, Any]:
    """The request (docs/openapi.yaml: Request)."""
    record, request = view.record, view.record.request
    vote = request.votes.get(view.approver)
    return {
        **record.told(),
        "state": view.state,
        "details": record.details,
        "askedAt": timestamp(request.asked_at),
        "you": request.people[view.approver],
        "yourDecision": vote.value if vote else None,
        "commentNeededToReject": view.comment_on_reject,
        "fields": [dict(each) for each in record.fields],
        "decisions": [record.decision_told(each) for each in record.in_order],
    }


def problems_data(problems: Problems) -> dict[str, Any]:
    """What is wrong, as JSON (docs/openapi.yaml: Problems)."""
    words = Words("en")
    return {
        name: {"rule": each.rule, "text": words(each.rule, **each.values)} for name, each in problems.items()
    }
