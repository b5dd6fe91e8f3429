"""Notifier: exactly these children; a message reaches those it names, or everybody."""

from typing import Any

import pulumi
import pytest

from components import Notifier, NotifierArgs
from tests.support.engine import ALARMS, Deployment, arn, deploy

TOPIC = arn("aws:sns/topic:Topic", "mail-notices")
QUEUE_ARN = "arn:aws-test:sqs:eu-west-1:123456789012:audit"
FUNCTION_ARN = "arn:aws-test:lambda:eu-west-1:123456789012:function:hear"


def made(args: NotifierArgs | None = None) -> Deployment:
    return deploy(lambda: Notifier("mail", args))


def to_or_everyone(address: str) -> dict[str, Any]:
    return {"$or": [{"to": [address]}, {"to": [{"exists": False}]}]}


def test_alone_it_is_an_encrypted_topic_with_an_alarm() -> None:
    found = made()
    assert found.children("Notifier", "mail") == [
        ("MetricAlarm", "mail-undelivered"),
        ("Topic", "mail-notices"),
    ]
    assert found.one("Topic", "mail-notices").inputs == {"kmsMasterKeyId": "alias/aws/sns"}


@pytest.mark.parametrize(
    ("args", "name", "protocol", "address"),
    [
        ({"emails": ["a+b@example.com"]}, "mail-email-a+b@example.com", "email", "a+b@example.com"),
        (
            {"https_urls": ["https://x.example/h?a=1"]},
            "mail-https-https-x.example-h-a-1",
            "https",
            "https://x.example/h?a=1",
        ),
        ({"queue_arns": [QUEUE_ARN]}, f"mail-queue-{QUEUE_ARN.replace(':', '-')}", "sqs", QUEUE_ARN),
        (
            {"function_arns": [FUNCTION_ARN]},
            f"mail-function-{FUNCTION_ARN.replace(':', '-')}",
            "lambda",
            FUNCTION_ARN,
        ),
    ],
)
def test_each_subscriber_hears_what_is_for_it_or_for_everyone(
    args: NotifierArgs, name: str, protocol: str, address: str
) -> None:
    subscription = made(args).one("TopicSubscription", name)
    assert subscription.json("filterPolicy") == to_or_everyone(address)
    del subscription.inputs["filterPolicy"]
    assert subscription.inputs == {
        "topic": TOPIC,
        "protocol": protocol,
        "endpoint": address,
    }


def test_a_function_may_be_called_by_this_topic_only_before_it_is_subscribed() -> None:
    def program() -> None:
        Notifier("mail", {"function_arns": [pulumi.Output.from_input(FUNCTION_ARN)]})

    found = deploy(program)
    permission = found.one("Permission", "mail-function-1")
    assert permission.inputs == {
        "function": FUNCTION_ARN,
        "statementIdPrefix": "mail-",
        "action": "lambda:InvokeFunction",
        "principal": "sns.amazonaws.com",
        "sourceArn": TOPIC,
    }
    assert permission.urn in found.one("TopicSubscription", "mail-function-1").dependencies


def test_the_test_queue_takes_messages_from_this_topic_only() -> None:
    found = made({"test_queue": True})
    assert found.children("Notifier", "mail") == [
        ("MetricAlarm", "mail-undelivered"),
        ("Queue", "mail-test"),
        ("QueuePolicy", "mail-test"),
        ("Topic", "mail-notices"),
        ("TopicSubscription", "mail-test"),
    ]
    queue = arn("aws:sqs/queue:Queue", "mail-test")
    assert found.one("QueuePolicy", "mail-test").json("policy") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReceiveNotices",
                "Effect": "Allow",
                "Action": ["sqs:SendMessage"],
                "Resource": [queue],
                "Principal": {"Service": "sns.amazonaws.com"},
                "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
            }
        ],
    }
    assert found.one("TopicSubscription", "mail-test").json("filterPolicy") == to_or_everyone(queue)


def test_another_order_of_addresses_replaces_no_subscription() -> None:
    one = made({"emails": ["a@example.com", "b@example.com"]})
    other = made({"emails": ["b@example.com", "c@example.com", "a@example.com"]})
    assert one.keys() < other.keys()


def test_the_alarm_sees_what_was_not_published_and_what_sns_could_not_deliver() -> None:
    inputs = made({"alarm_topic_arn": ALARMS}).one("MetricAlarm", "mail-undelivered").inputs
    assert inputs["alarmActions"] == [ALARMS]
    assert [
        (query["metric"]["namespace"], query["metric"]["metricName"], query["metric"]["dimensions"])
        for query in inputs["metricQueries"][1:]
    ] == [
        ("Countersign", "NotificationsFailed", {"TopicName": "mail-notices"}),
        ("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "mail-notices"}),
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"emails": ["ops"]}, "emails must each be a mail address, got 'ops'"),
        ({"emails": ["a@b.c\nBcc: x@y.z"]}, r"emails must each be a mail address, got 'a@b.c\\nBcc: x@y.z'"),
        ({"emails": ["a@b.c", "a@b.c"]}, "emails must each be there once, got 'a@b.c' twice"),
        (
            {"https_urls": ["http://x.example"]},
            "https_urls must each be an https:// URL, got 'http://x.example'",
        ),
        ({"queue_arns": [FUNCTION_ARN]}, "queue_arns must each be an SQS queue ARN, got '.*'"),
        ({"function_arns": [QUEUE_ARN]}, "function_arns must each be a Lambda function ARN, got '.*'"),
    ],
)
def test_a_wrong_address_is_named_before_anything_is_created(args: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        made(args)


def test_states_publish_to_everyone_and_wait_for_one() -> None:
    shown: dict[str, Any] = {}

    def program() -> None:
        mail = Notifier("mail", {})
        shown["publish"] = mail.publish(subject="Done", message="$.text")
        shown["wait"] = mail.wait(FUNCTION_ARN, "$", timeout_seconds=60)
        pulumi.export("to", shown["wait"]["Parameters"]["MessageAttributes"]["to"]["StringValue"])

    exports = deploy(program).exports
    assert shown["publish"]["Parameters"]["Message.$"] == "$.text"
    assert shown["publish"]["Parameters"]["MessageAttributes"]["event"]["StringValue"] == "notification"
    assert shown["publish"]["Retry"][0]["MaxAttempts"] == 3
    assert shown["wait"]["Resource"].endswith("sns:publish.waitForTaskToken")
    assert exports == {"to": f'["{FUNCTION_ARN}"]'}
