"""One set of arguments for every component, with which contracts are tested that hold for all of them."""

from pathlib import Path
from typing import Any

import pulumi

import components

FUNCTIONS = Path(__file__).parents[2] / "lambda_src"
WORKER = str(FUNCTIONS / "order_payment")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "ApprovalApi": {
        "approvers": ["ann@example.com"],
        "topic_arn": "arn:aws-test:sns:eu-west-1:123456789012:mails",
        "domain_name": "approvals.example.com",
        "certificate_arn": "arn:aws-test:acm:eu-west-1:123456789012:certificate/c",
    },
    "CallbackBucket": {"worker": WORKER},
    "CallbackFunction": {"worker": WORKER},
    "CallbackQueue": {"worker": WORKER},
    "CallbackTable": {"worker": WORKER},
    "CallbackWorkflow": {
        "definition": {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}},
        "callback_role_names": ["role"],
        "schedule": "rate(1 day)",
    },
    "Notifier": {
        "emails": ["a@example.com"],
        "https_urls": ["https://x.example"],
        "queue_arns": ["arn:aws-test:sqs:eu-west-1:123456789012:q"],
        "function_arns": ["arn:aws-test:lambda:eu-west-1:123456789012:function:f"],
        "emails_by_name": {"bob": "b@example.com"},
        "https_urls_by_name": {"status": "https://y.example"},
        "queue_arns_by_name": {"audit": "arn:aws-test:sqs:eu-west-1:123456789012:audit"},
        "function_arns_by_name": {"hear": "arn:aws-test:lambda:eu-west-1:123456789012:function:hear"},
        "test_queue": True,
    },
}

COMPONENTS: dict[str, Any] = {
    name: kind
    for name in components.__all__
    if issubclass(kind := getattr(components, name), pulumi.ComponentResource)
}
"""What the package exports, by name."""


def make(kind: str, name: str, opts: pulumi.ResourceOptions | None = None, **more: Any) -> Any:
    """A component with the arguments above and `more`."""
    return COMPONENTS[kind](name, {**ARGUMENTS[kind], **more}, opts)
