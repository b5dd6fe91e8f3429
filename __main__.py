"""The program: reads the settings, builds the components, exports where they are."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pulumi

from components import (
    ApprovalApi,
    CallbackBucket,
    CallbackFunction,
    CallbackQueue,
    CallbackTable,
    CallbackWorkflow,
    Dashboard,
    Notifier,
)
from components.evaluation import evaluate_quickly
from settings import Settings
from workflows import callback_chain, order_payment, scheduled_approval, stored_tokens

evaluate_quickly()

settings = Settings.load(pulumi.Config())
if pulumi.get_stack() != "local":  # The embedded AWS has an inbox for every address.
    for doubt in settings.doubts():
        pulumi.log.warn(doubt)
timeout_seconds = settings.callback_timeout_seconds
alarm_topic_arn = settings.alarm_topic_arn
log_retention_days = settings.log_retention_days

ECHO = "lambda_src/integration_echo"

Where = Mapping[str, pulumi.Output[str]]
"""What a stack exports of one workflow."""

OPERATED = {"functions": "function_names", "logGroups": "log_group_names", "queues": "queue_names"}
"""Key → the output of components: what their functions, log groups and queues are called in AWS."""
WORKERS = (CallbackQueue, CallbackFunction, CallbackTable, CallbackBucket)

T = TypeVar("T", bound=pulumi.ComponentResource)
made: list[tuple[str, pulumi.ComponentResource]] = []
"""The components that operators look at, with their names."""


def operated(name: str, component: T) -> T:
    made.append((name, component))
    return component


def operated_names() -> Mapping[str, Mapping[str, Mapping[str, pulumi.Output[str]]]]:
    """What a stack exports of them: by their name, then by the keys above, then by what each is for."""
    found: dict[str, dict[str, dict[str, pulumi.Output[str]]]] = {}
    for name, component in made:
        for key, output in OPERATED.items():
            if names := getattr(component, output, None):
                found.setdefault(name, {}).setdefault(key, {}).update(names)
    return found


def shown(output: str, *kinds: type[pulumi.ComponentResource]) -> Mapping[str, pulumi.Output[str]]:
    """Name → this output, of the components of these kinds."""
    return {name: getattr(component, output) for name, component in made if isinstance(component, kinds)}


def make_worker(
    kind: Callable[[str, Any], T], name: str, worker: str, integration: str | None = None, **more: Any
) -> T:
    """A component with a worker, which is told what `integration` it echoes."""
    environment = {"INTEGRATION": integration} if integration else None
    args = {
        "worker": worker,
        "worker_environment": environment,
        "log_retention_days": log_retention_days,
        "metrics": settings.dashboard,
        **more,
    }
    return operated(name, kind(name, args))


def make_queue(name: str, worker: str, integration: str | None = None) -> CallbackQueue:
    receives = settings.max_receive_count
    more = {"max_receive_count": receives, "alarm_topic_arn": alarm_topic_arn}
    return make_worker(CallbackQueue, name, worker, integration, **more)


def make_workflow(
    name: str,
    definition: Mapping[str, Any],
    *waited_for: CallbackQueue | CallbackFunction | CallbackTable | CallbackBucket | ApprovalApi,
    history_role_names: Sequence[pulumi.Output[str]] = (),
    schedule: str | None = None,
    expected_errors: Sequence[str] | None = None,
) -> CallbackWorkflow:
    return operated(
        name,
        CallbackWorkflow(
            name,
            {
                "definition": definition,
                "callback_role_names": [role for each in waited_for for role in each.callback_role_names],
                "history_role_names": history_role_names,
                "schedule": schedule,
                "log_retention_days": log_retention_days,
                "alarm_topic_arn": alarm_topic_arn,
                "expected_errors": expected_errors,
            },
        ),
    )


def where(workflow: CallbackWorkflow, first: CallbackQueue | ApprovalApi) -> Where:
    return {
        "stateMachineArn": workflow.state_machine_arn,
        "queueUrl": first.queue_url,
        "deadLetterQueueUrl": first.dead_letter_queue_url,
    }


def deploy_order_payment() -> Where:
    queue = make_queue("order-payment", "lambda_src/order_payment")
    definition = order_payment.definition(queue, notices, timeout_seconds)
    # What the provider declines is no fault of ours, and its customer is told.
    workflow = make_workflow("order-payment", definition, queue, expected_errors=["PaymentDeclined"])
    return where(workflow, queue)


def deploy_scheduled_approval() -> Where:
    emails = [*settings.approvers, *settings.escalation_approvers]
    mails = Notifier("mails", {"emails": emails, "alarm_topic_arn": alarm_topic_arn})
    approvals = operated(
        "approvals",
        ApprovalApi(
            "approvals",
            {
                "approvers": settings.approvers,
                "topic_arn": mails.topic_arn,
                "quorum": settings.quorum,
                "remind_after_seconds": settings.remind_after_seconds,
                "escalate_after_seconds": settings.escalate_after_seconds,
                "escalation_approvers": settings.escalation_approvers or None,
                "organization": settings.organization,
                "organization_color": settings.organization_color,
                "time_zone": settings.time_zone,
                "language": settings.language,
                "deletion_protection": settings.deletion_protection,
                "log_retention_days": log_retention_days,
                "metrics": settings.dashboard,
                "alarm_topic_arn": alarm_topic_arn,
            },
        ),
    )
    generate = make_worker(CallbackFunction, "scheduled-generate", "lambda_src/scheduled_generate")
    process = make_worker(CallbackFunction, "scheduled-process", "lambda_src/scheduled_process")
    workflow = make_workflow(
        "scheduled-approval",
        scheduled_approval.definition(generate, approvals, process, settings.approval_timeout_seconds),
        approvals,
        generate,
        process,
        history_role_names=approvals.history_role_names,
        schedule=settings.approval_schedule,
    )
    pulumi.export("approvals", {"approvals": {"url": approvals.url, "tableName": approvals.table_name}})
    pulumi.export("approvalUrl", approvals.url)
    pulumi.export("approvalTableName", approvals.table_name)
    pulumi.export("approvalTopicArn", mails.topic_arn)
    return where(workflow, approvals)


def deploy_callback_chain() -> Where:
    queue = make_queue("chain", ECHO, "SQS")
    function = make_worker(CallbackFunction, "chain-direct", ECHO, "Lambda")
    subscriber = make_worker(CallbackFunction, "chain-subscriber", ECHO, "SNS")
    subscribers = [subscriber.function_arn]
    topic = Notifier("chain", {"function_arns": subscribers, "alarm_topic_arn": alarm_topic_arn})
    definition = callback_chain.definition(queue, function, topic, subscriber, timeout_seconds)
    return where(make_workflow("chain", definition, queue, function, subscriber), queue)


def deploy_stored_tokens() -> Where:
    days = math.ceil(timeout_seconds / 86_400)
    table = make_worker(CallbackTable, "stored-items", ECHO, "DynamoDB")
    bucket = make_worker(CallbackBucket, "stored-objects", ECHO, "S3", expire_after_days=days)
    definition = stored_tokens.definition(table, bucket, settings.stored_tokens_through, timeout_seconds)
    workflow = make_workflow("stored", definition, table, bucket)
    return {
        "stateMachineArn": workflow.state_machine_arn,
        "tableName": table.table_name,
        "bucketName": bucket.bucket_name,
    }


WORKFLOWS: Mapping[str, Callable[[], Where]] = {
    "order_payment": deploy_order_payment,
    "scheduled_approval": deploy_scheduled_approval,
    "callback_chain": deploy_callback_chain,
    "stored_tokens": deploy_stored_tokens,
}

notices = Notifier(
    "notices",
    {
        "emails": settings.notification_emails,
        "test_queue": settings.notification_test_queue,
        "alarm_topic_arn": alarm_topic_arn,
    },
)
pulumi.export("workflows", {name: WORKFLOWS[name]() for name in settings.workflows})
pulumi.export("resources", operated_names())
if settings.dashboard and made:
    dead_letters = shown("dead_letter_queue_arn", CallbackQueue)
    dashboard = Dashboard(
        "overview",
        {
            "approvals": shown("table_arn", ApprovalApi),
            "workers": shown("function_arn", *WORKERS),
            "queues": {f"{name}, dead letters": queue_arn for name, queue_arn in dead_letters.items()},
            "workflows": shown("state_machine_arn", CallbackWorkflow),
        },
    )
    pulumi.export("dashboardName", dashboard.dashboard_name)
pulumi.export("notificationTopicArn", notices.topic_arn)
pulumi.export("notificationTestQueueUrl", notices.test_queue_url)
