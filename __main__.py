"""The program: reads the settings, builds the components, exports where they are."""

import gc
import math

import pulumi

from components import (
    CallbackBucket,
    CallbackFunction,
    CallbackQueue,
    CallbackTable,
    CallbackWorkflow,
    Notifier,
)
from settings import Settings
from workflows import callback_chain, order_payment, stored_tokens

# What a program registers stays until it ends; walking it again and again is most of a large program's time.
gc.disable()

settings = Settings.load(pulumi.Config())
alarm_topic_arn = settings.alarm_topic_arn
log_retention_days = settings.log_retention_days
timeout_seconds = settings.callback_timeout_seconds
exported: dict[str, dict[str, pulumi.Output[str]]] = {}

notices = Notifier(
    "notices",
    {
        "emails": settings.notification_emails,
        "test_queue": settings.notification_test_queue,
        "alarm_topic_arn": alarm_topic_arn,
    },
)

if "order_payment" in settings.workflows:
    payments = CallbackQueue(
        "order-payment",
        {
            "worker": "lambda_src/order_payment",
            "max_receive_count": settings.max_receive_count,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    payment = CallbackWorkflow(
        "order-payment",
        {
            "definition": order_payment.definition(payments, notices, timeout_seconds),
            "callback_role_names": payments.callback_role_names,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    exported["order_payment"] = {
        "stateMachineArn": payment.state_machine_arn,
        "queueUrl": payments.queue_url,
        "deadLetterQueueUrl": payments.dead_letter_queue_url,
    }

if "callback_chain" in settings.workflows:
    queue = CallbackQueue(
        "chain",
        {
            "worker": "lambda_src/chain_queue",
            "max_receive_count": settings.max_receive_count,
            "log_retention_days": log_retention_days,
            "alarm_topic_arn": alarm_topic_arn,
        },
    )
    function = CallbackFunction(
        "chain-direct", {"worker": "lambda_src/chain_function", "log_retention_days": log_retention_days}
    )
    subscriber = CallbackFunction(
        "chain-subscriber", {"worker": "lambda_src/chain_topic", "log_retention_days": log_retention_days}
    )
    topic = Notifier(
        "chain", {"function_arns": [subscriber.function_arn], "alarm_topic_arn": alarm_topic_arn}
    )
    chain = CallbackWorkflow(
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
    exported["callback_chain"] = {
        "stateMachineArn": chain.state_machine_arn,
        "queueUrl": queue.queue_url,
        "deadLetterQueueUrl": queue.dead_letter_queue_url,
    }

if "stored_tokens" in settings.workflows:
    table = CallbackTable(
        "stored-items", {"worker": "lambda_src/stored_table", "log_retention_days": log_retention_days}
    )
    bucket = CallbackBucket(
        "stored-objects",
        {
            "worker": "lambda_src/stored_bucket",
            "expire_after_days": math.ceil(timeout_seconds / 86_400),
            "log_retention_days": log_retention_days,
        },
    )
    stored = CallbackWorkflow(
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
    exported["stored_tokens"] = {
        "stateMachineArn": stored.state_machine_arn,
        "tableName": table.table_name,
        "bucketName": bucket.bucket_name,
    }

pulumi.export("workflows", exported)
pulumi.export("notificationTopicArn", notices.topic_arn)
pulumi.export("notificationTestQueueUrl", notices.test_queue_url)
