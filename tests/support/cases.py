"""One set of arguments for every component, with which contracts are tested that hold for all of them."""

from functools import cache
from pathlib import Path
from typing import Any

import pulumi

import components
from tests.support.engine import ACCOUNT, ALARMS, PARTITION, REGION, Deployment, Registration, deploy

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
    "CallbackFunction": {"worker": WORKER, "event_pattern": {"source": ["shop"]}},
    "CallbackQueue": {
        "worker": WORKER,
        "event_pattern": {"source": ["shop"]},
        "topic_arn": "arn:aws-test:sns:eu-west-1:123456789012:asked",
    },
    "CallbackTable": {"worker": WORKER},
    "CallbackWorkflow": {
        "definition": {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}},
        "callback_role_names": ["role"],
        "schedule": "rate(1 day)",
    },
    "Dashboard": {"approvals": {"Releases": "arn:aws-test:dynamodb:eu-west-1:123456789012:table/requests"}},
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

OTHERS_QUEUE: dict[str, Any] = {"topic_arn": None, "event_pattern": None}
"""What is left out of the above for a queue that is brought, or FIFO."""

COMPONENTS: dict[str, Any] = {
    name: kind
    for name in components.__all__
    if issubclass(kind := getattr(components, name), pulumi.ComponentResource)
}
"""What the package exports, by name."""


def takes(kind: str, argument: str) -> bool:
    """Whether the component has this argument."""
    return argument in getattr(components, f"{kind}Args").__annotations__


def make(kind: str, name: str, opts: pulumi.ResourceOptions | None = None, **more: Any) -> Any:
    """A component with the arguments above and `more`."""
    return COMPONENTS[kind](name, {**ARGUMENTS[kind], **more}, opts)


def every(*, preview: bool = False, opts: pulumi.ResourceOptions | None = None, **more: Any) -> Deployment:
    """One of every component, called `it`, in one program, with those of `more` that it takes."""

    def program() -> None:
        for kind in COMPONENTS:
            make(kind, "it", opts, **{key: value for key, value in more.items() if takes(kind, key)})

    return deploy(program, preview=preview)


TAGS = {"team": "payments", "cost-center": "42"}
KEY = f"arn:{PARTITION}:kms:{REGION}:{ACCOUNT}:key/1234"
BOUNDARY = f"arn:{PARTITION}:iam::{ACCOUNT}:policy/bounds"


@cache
def as_it_is() -> Deployment:
    """The same with no more arguments, deployed once for all who only look at it."""
    return every()


@cache
def with_common() -> Deployment:
    """The same with the arguments that components have in common."""
    return every(tags=TAGS, kms_key_arn=KEY, permissions_boundary_arn=BOUNDARY, alarm_topic_arn=ALARMS)


def cloud(found: Deployment, kind: str) -> list[Registration]:
    """The resources of AWS of the component `it` of this kind, and of the components that it is made of."""
    urn = found.one(f"countersign:index:{kind}", "it").urn
    inner = {resource.urn for resource in found.resources if resource.parent == urn}
    return [each for each in found.cloud() if each.parent in {urn, *inner}]


def rows(table: dict[str, list[tuple[dict[str, Any], str]]]) -> list[tuple[str, dict[str, Any], str]]:
    """A table of wrong arguments by component, as rows for `parametrize`."""
    return [(kind, args, message) for kind, wrong in table.items() for args, message in wrong]
