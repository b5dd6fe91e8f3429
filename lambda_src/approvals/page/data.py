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
        "requestId": request.id,
        "state": view.state,
        "subject": record.subject,
        "details": record.details,
        "requester": request.requester,
        "executionArn": request.execution_arn,
        "stateName": request.state_name,
        "askedAt": timestamp(request.asked_at),
        "deadline": timestamp(request.deadline),
        "outcome": request.outcome.value if request.outcome else None,
        "approvals": request.approvals,
        "quorum": request.quorum,
        "you": request.people[view.approver],
        "yourDecision": vote.value if vote else None,
        "commentNeededToReject": view.comment_on_reject,
        "fields": [dict(each) for each in record.fields],
        "decisions": [
            {
                "approver": request.people[each.approver],
                "outcome": each.outcome.value,
                "comment": each.comment,
                "fields": dict(each.fields),
                "at": timestamp(each.at),
            }
            for each in record.in_order
        ],
    }


def problems_data(problems: Problems) -> dict[str, Any]:
    """What is wrong, as JSON (docs/openapi.yaml: Problems)."""
    words = Words("en")
    return {
        name: {"rule": each.rule, "text": words(each.rule, **each.values)} for name, each in problems.items()
    }
