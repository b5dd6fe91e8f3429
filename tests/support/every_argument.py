"""Every component with every argument: what the contracts of `tests/components` and the program in
`tests/programs/every_argument` are made with. A component that can be made here or be brought is there
twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

FUNCTIONS = Path(__file__).parents[2] / "lambda_src"
WORKER = str(FUNCTIONS / "order_payment")
PACKAGE = str(FUNCTIONS / "approvals" / "record")

Arguments = Mapping[str, Any]
Text = pulumi.Input[str]


@dataclass(frozen=True)
class Brought:
    """What the caller has already."""

    kms_key_arn: Text
    topic_arn: Text
    alarm_topic_arn: Text
    queue_arn: Text
    queue_url: Text
    log_group_arn: Text
    permissions_boundary_arn: Text
    certificate_arn: Text
    function_arn: Text
    table_arn: Text
    machine_arn: Text
    subscribed_queue_arn: Text
    role_name: Text
    layer_arn: Text
    subnet_id: Text
    security_group_id: Text


def every_argument(brought: Brought) -> Mapping[str, Mapping[str, Arguments]]:
    """Component → name of an instance → its arguments. All instances of a component together have every
    argument."""
    common = {"kms_key_arn": brought.kms_key_arn, "tags": {"team": "payments"}}
    running = {**common, "permissions_boundary_arn": brought.permissions_boundary_arn}
    made = {**running, "log_retention_days": 14}
    elsewhere = {**running, "log_group_arn": brought.log_group_arn}
    worker = {
        "worker": WORKER,
        "worker_packages": [PACKAGE],
        "worker_environment": {"LEVEL": "high", "TOPIC": brought.topic_arn},
        "worker_statements": [
            {"Sid": "Tell", "Effect": "Allow", "Action": "sns:Publish", "Resource": brought.topic_arn}
        ],
        "timeout_seconds": 60,
        "memory_mb": 512,
        "ephemeral_storage_mb": 1_024,
        "reserved_concurrency": 5,
        "runtime": "python3.12",
        "architecture": "x86_64",
        "layer_arns": [brought.layer_arn],
        "subnet_ids": [brought.subnet_id],
        "security_group_ids": [brought.security_group_id],
        "metrics": True,
    }
    alarmed = {"alarm_topic_arn": brought.alarm_topic_arn}
    queue = {**worker, **alarmed, "batch_size": 20, "batching_window_seconds": 1}
    queue |= {"max_concurrency": 5, "max_receive_count": 3}
    events = {"event_bus_name": "default", "event_pattern": {"source": ["shop"], "detail": {}}}
    return {
        "ApprovalApi": {
            "asked": {
                **made,
                **alarmed,
                "approvers": ["ann@example.com", "bob@example.com"],
                "topic_arn": brought.topic_arn,
                "check_subscriptions": False,
                "topic_kms_key_arn": brought.kms_key_arn,
                "quorum": 2,
                "remind_after_seconds": 600,
                "escalate_after_seconds": 1_200,
                "escalation_approvers": ["cat@example.com"],
                "require_comment_on_reject": False,
                "organization": "Shop",
                "organization_color": "#0b3d91",
                "time_zone": "Asia/Seoul",
                "language": "ko",
                "retention_days": 30,
                "deletion_protection": False,
                "metrics": True,
                "requests_per_second": 20,
                "page_reserved_concurrency": 10,
                "domain_name": "approvals.example.com",
                "certificate_arn": brought.certificate_arn,
            },
            "asked-elsewhere": {
                **elsewhere,
                "approvers": ["ann@example.com"],
                "topic_arn": brought.topic_arn,
            },
        },
        "CallbackBucket": {
            "kept": {**made, **worker, "expire_after_days": 2},
            "kept-elsewhere": {**elsewhere, **worker},
        },
        "CallbackFunction": {
            "called": {**made, **worker, **events},
            "called-elsewhere": {**elsewhere, **worker},
        },
        "CallbackQueue": {
            "queued": {**made, **queue, **events, "topic_arn": brought.topic_arn},
            "queued-in-order": {**made, **worker, "fifo": True, "batch_size": 5},
            "queued-elsewhere": {
                **elsewhere,
                **queue,
                "queue_arn": brought.queue_arn,
                "queue_url": brought.queue_url,
            },
        },
        "CallbackTable": {
            "stored": {**made, **worker, "batch_size": 20, "max_retry_attempts": 3},
            "stored-elsewhere": {**elsewhere, **worker},
        },
        "CallbackWorkflow": {
            "waiting": _workflow(brought, made, alarmed),
            "waiting-elsewhere": _workflow(brought, elsewhere, alarmed),
        },
        "Dashboard": {
            "shown": {
                "approvals": {"Releases": brought.table_arn},
                "workers": {"Payments": brought.function_arn},
                "queues": {"Payments": brought.queue_arn},
                "workflows": {"Release": brought.machine_arn},
            },
        },
        "Notifier": {
            "told": {**common, **alarmed, **_subscribers(brought)},
            "told-by-name": {
                "topic_arn": brought.topic_arn,
                "emails_by_name": {"bob": "bob@example.com"},
                "https_urls_by_name": {"hooks": "https://hooks.example.com/by-name"},
                "queue_arns_by_name": {"theirs": brought.subscribed_queue_arn},
                "function_arns_by_name": {"theirs": brought.function_arn},
            },
        },
    }


def _subscribers(brought: Brought) -> Arguments:
    return {
        "emails": ["ann@example.com"],
        "https_urls": ["https://hooks.example.com/told"],
        "queue_arns": [brought.subscribed_queue_arn],
        "function_arns": [brought.function_arn],
        "test_queue": True,
    }


def _workflow(brought: Brought, *more: Arguments) -> Arguments:
    ask = {
        "Type": "Task",
        "Resource": "countersign:wait",
        "TimeoutSeconds": 60,
        "Parameters": {"QueueUrl": brought.queue_url},
        "Next": "Each",
    }
    literal = {"Type": "Pass", "Parameters": {"said": "$.as-it-stands"}, "End": True}
    item = {"StartAt": "Item", "States": {"Item": literal}}
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **item,
        },
        "End": True,
    }
    return {
        **{key: value for arguments in more for key, value in arguments.items()},
        "definition": {"StartAt": "Ask", "States": {"Ask": ask, "Each": each}},
        "callback_role_names": [brought.role_name],
        "history_role_names": [brought.role_name],
        "unscoped_callbacks": True,
        "extra_statements": [
            {"Sid": "Tell", "Effect": "Allow", "Action": "sns:Publish", "Resource": brought.topic_arn}
        ],
        "silenced_rules": {"Item.literal-path": "a text, and no path"},
        "schedule": "rate(1 day)",
        "schedule_input": {"from": "the schedule"},
        "schedule_timezone": "Europe/Berlin",
        "tracing": True,
        "expected_errors": ["ApprovalRejected"],
    }


def instances(arguments: Mapping[str, Mapping[str, Arguments]]) -> Sequence[tuple[str, str, Arguments]]:
    """(component, name, arguments) of every instance."""
    return [(kind, name, args) for kind, named in arguments.items() for name, args in named.items()]
