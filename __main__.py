"""The program: reads the settings, builds the components, exports where they are."""

import math
from collections.abc import Callable, Mapping

import pulumi

from components import (
    ApprovalApi,
    CallbackBucket,
    CallbackFunction,
    CallbackQueue,
    CallbackTable,
    CallbackWorkflow,
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
alarm_topic_arn = settings.alarm_topic_arn
log_retention_days = settings.log_retention_days
timeout_seconds = settings.callback_timeout_seconds

Where = Mapping[str, pulumi.Output[str]]
"""What a stack exports of one workflow."""


def deploy_order_payment() -> Where:
    queue = CallbackQueue(
        "order-payment",
        {
            "worker": "lambda_src/order_payment",
            "max_receive_count": settings.max_receive_count,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    workflow = CallbackWorkflow(
        "order-payment",
        {
            "definition": order_payment.definition(queue, notices, timeout_seconds),
            "callback_role_names": queue.callback_role_names,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    return {
        "stateMachineArn": workflow.state_machine_arn,
        "queueUrl": queue.queue_url,
        "deadLetterQueueUrl": queue.dead_letter_queue_url,
    }


def deploy_scheduled_approval() -> Where:
    mails = Notifier(
        "mails",
        {
            "emails": [*settings.approvers, *settings.escalation_approvers],
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    approvals = ApprovalApi(
        "approvals",
        {
            "approvers": settings.approvers,
            "topic_arn": mails.topic_arn,
            "quorum": settings.quorum,
            "remind_after_seconds": settings.remind_after_seconds,
            "escalate_after_seconds": settings.escalate_after_seconds,
            "escalation_approvers": settings.escalation_approvers or None,
            "deletion_protection": settings.deletion_protection,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    generate = CallbackFunction(
        "scheduled-generate",
        {"worker": "lambda_src/scheduled_generate", "log_retention_days": log_retention_days},
    )
    process = CallbackFunction(
        "scheduled-process",
        {"worker": "lambda_src/scheduled_process", "log_retention_days": log_retention_days},
    )
    workflow = CallbackWorkflow(
        "scheduled-approval",
        {
            "definition": scheduled_approval.definition(
                generate, approvals, process, settings.approval_timeout_seconds
            ),
            "callback_role_names": [
                *approvals.callback_role_names,
                *generate.callback_role_names,
                *process.callback_role_names,
            ],
            "history_role_names": approvals.history_role_names,
            "schedule": settings.approval_schedule,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    pulumi.export("approvalUrl", approvals.url)
    pulumi.export("approvalTableName", approvals.table_name)
    pulumi.export("approvalTopicArn", mails.topic_arn)
    return {
        "stateMachineArn": workflow.state_machine_arn,
        "queueUrl": approvals.queue_url,
        "deadLetterQueueUrl": approvals.dead_letter_queue_url,
    }


def deploy_callback_chain() -> Where:
    queue = CallbackQueue(
        "chain",
        {
            "worker": "lambda_src/integration_echo",
            "worker_environment": {"INTEGRATION": "SQS"},
            "max_receive_count": settings.max_receive_count,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    function = CallbackFunction(
        "chain-direct",
        {
            "worker": "lambda_src/integration_echo",
            "worker_environment": {"INTEGRATION": "Lambda"},
            "log_retention_days": log_retention_days,
        },
    )
    subscriber = CallbackFunction(
        "chain-subscriber",
        {
            "worker": "lambda_src/integration_echo",
            "worker_environment": {"INTEGRATION": "SNS"},
            "log_retention_days": log_retention_days,
        },
    )
    topic = Notifier(
        "chain", {"function_arns": [subscriber.function_arn], "alarm_topic_arn": alarm_topic_arn}
    )
    workflow = CallbackWorkflow(
        "chain",
        {
            "definition": callback_chain.definition(queue, function, topic, subscriber, timeout_seconds),
            "callback_role_names": [
                *queue.callback_role_names,
                *function.callback_role_names,
                *subscriber.callback_role_names,
            ],
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    return {
        "stateMachineArn": workflow.state_machine_arn,
        "queueUrl": queue.queue_url,
        "deadLetterQueueUrl": queue.dead_letter_queue_url,
    }


def deploy_stored_tokens() -> Where:
    table = CallbackTable(
        "stored-items",
        {
            "worker": "lambda_src/integration_echo",
            "worker_environment": {"INTEGRATION": "DynamoDB"},
            "log_retention_days": log_retention_days,
        },
    )
    bucket = CallbackBucket(
        "stored-objects",
        {
            "worker": "lambda_src/integration_echo",
            "worker_environment": {"INTEGRATION": "S3"},
            "expire_after_days": math.ceil(timeout_seconds / 86_400),
            "log_retention_days": log_retention_days,
        },
    )
    workflow = CallbackWorkflow(
        "stored",
        {
            "definition": stored_tokens.definition(
                table, bucket, settings.stored_tokens_through, timeout_seconds
            ),
            "callback_role_names": [*table.callback_role_names, *bucket.callback_role_names],
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
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
pulumi.export("notificationTopicArn", notices.topic_arn)
pulumi.export("notificationTestQueueUrl", notices.test_queue_url)
