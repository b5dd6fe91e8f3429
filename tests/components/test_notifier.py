"""Notifier: exactly these children; a message reaches those it names, or everybody."""

import re
from typing import Any

import pulumi
import pytest

from components import Notifier, NotifierArgs
from tests.support.engine import Deployment, arn, deploy

TOPIC = arn("aws:sns/topic:Topic", "mail-notices")
QUEUE_ARN = "arn:aws-test:sqs:eu-west-1:123456789012:audit"
FUNCTION_ARN = "arn:aws-test:lambda:eu-west-1:123456789012:function:hear"
ALONE = {"mail-undelivered": "MetricAlarm", "mail-notices": "Topic"}


def made(args: NotifierArgs | None = None) -> Deployment:
    return deploy(lambda: Notifier("mail", args))


def to_or_everyone(address: str) -> dict[str, Any]:
    return {"$or": [{"to": [address]}, {"to": [{"exists": False}]}]}


def test_alone_it_is_an_encrypted_topic_with_an_alarm() -> None:
    found = made()
    assert found.children("Notifier", "mail") == ALONE
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
        ({"emails_by_name": {"ann": "a+b@example.com"}}, "mail-email-ann", "email", "a+b@example.com"),
        ({"https_urls_by_name": {"x": "https://x.example"}}, "mail-https-x", "https", "https://x.example"),
        ({"queue_arns_by_name": {"audit": QUEUE_ARN}}, "mail-queue-audit", "sqs", QUEUE_ARN),
        ({"function_arns_by_name": {"hear": FUNCTION_ARN}}, "mail-function-hear", "lambda", FUNCTION_ARN),
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


def test_a_person_is_named_in_any_capitals_and_subscribed_once() -> None:
    found = made({"emails": ["Ann@Example.com"]}).one("TopicSubscription", "mail-email-Ann@Example.com")
    assert found.inputs["endpoint"] == "Ann@Example.com"
    assert found.json("filterPolicy") == to_or_everyone("ann@example.com")
    with pytest.raises(ValueError, match=r"emails must each be there once, got 'ann@example.com' twice"):
        made({"emails": ["Ann@Example.com", "ann@example.com"]})


def of(*addresses: str) -> list[pulumi.Output[str]]:
    return [pulumi.Output.from_input(address) for address in addresses]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: {"function_arns": [FUNCTION_ARN]}, f"mail-function-{FUNCTION_ARN.replace(':', '-')}"),
        (lambda: {"function_arns": of(FUNCTION_ARN)}, "mail-function-1"),
        (lambda: {"function_arns_by_name": {"hear": of(FUNCTION_ARN)[0]}}, "mail-function-hear"),
    ],
)
def test_a_function_may_be_called_by_this_topic_only_before_it_is_subscribed(make: Any, name: str) -> None:
    found = deploy(lambda: Notifier("mail", make()))
    permission = found.one("Permission", name)
    assert permission.inputs == {
        "function": FUNCTION_ARN,
        "statementIdPrefix": "mail-",
        "action": "lambda:InvokeFunction",
        "principal": "sns.amazonaws.com",
        "sourceArn": TOPIC,
    }
    assert permission.urn in found.one("TopicSubscription", name).dependencies


def test_the_test_queue_takes_messages_from_this_topic_only() -> None:
    found = made({"test_queue": True})
    assert found.children("Notifier", "mail") == {**ALONE, "mail-test": "Queue QueuePolicy TopicSubscription"}
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


def test_a_list_takes_one_output() -> None:
    message = (
        "function_arns must hold at most one Output, got 2: give them names that last, "
        "as in function_arns_by_name={'1': ..., '2': ...}"
    )
    args: Any = {"function_arns": [FUNCTION_ARN, *of(f"{FUNCTION_ARN}a", f"{FUNCTION_ARN}b")]}
    with pytest.raises(ValueError, match=f": {re.escape(message)}$"):
        deploy(lambda: Notifier("mail", args))


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
