"""Notifier: exactly these children; a message reaches those it names, or everybody."""

import re
from typing import Any

import pulumi
import pytest

from components import CallbackWorkflow, Notifier, NotifierArgs
from tests.support.engine import Deployment, arn, deploy

TOPIC = arn("aws:sns/topic:Topic", "mail-notices")
QUEUE_ARN = "arn:aws-test:sqs:eu-west-1:123456789012:audit"
FUNCTION_ARN = "arn:aws-test:lambda:eu-west-1:123456789012:function:hear"
ALONE = {"mail-undelivered": "MetricAlarm", "mail-notices": "Topic"}


def made(args: NotifierArgs | None = None) -> Deployment:
    return deploy(lambda: Notifier("mail", args))


HARMLESS = ("monkey", "keyboard", "author", "design", "authority", "country_code", "sort_key", "assign")


def test_an_address_is_a_name_unless_something_in_it_is_a_credential() -> None:
    """By whole words: those in which such a word is hidden are harmless."""
    urls = [
        *(f"https://x.example/hear?{name}=1" for name in HARMLESS),
        "https://abcdefgh12.execute-api.eu-west-1.amazonaws.com/prod/release-notifications-v2/20261129",
    ]
    found = made({"https_urls": urls})
    subscribed = [each for each in found.cloud() if each.type.endswith(":TopicSubscription")]
    assert {each.inputs["endpoint"] for each in subscribed} == set(urls)


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


def test_states_wait_for_one() -> None:
    shown: dict[str, Any] = {}

    def program() -> None:
        shown["wait"] = Notifier("mail", {}).wait(FUNCTION_ARN, "$", timeout_seconds=60)
        pulumi.export("to", shown["wait"]["Parameters"]["MessageAttributes"]["to"]["StringValue"])

    exports = deploy(program).exports
    assert shown["wait"]["Resource"].endswith("sns:publish.waitForTaskToken")
    assert exports == {"to": f'["{FUNCTION_ARN}"]'}


LONG = "x" * 99
FORMAT = "States.Format('Order {} is it\\'s {}', $.order, $.state)"


@pytest.mark.parametrize(
    ("language", "subject", "message", "said"),
    [
        ("JSONPath", LONG, "Done.", {"Subject": LONG, "Message": "Done."}),
        ("JSONPath", "$.title", "$.text", {"Subject.$": "$.title", "Message.$": "$.text"}),
        (
            "JSONPath",
            "Order {$.order} is it's {$.state}",
            "Order {$.order}",
            {"Subject.$": FORMAT, "Message.$": "States.Format('Order {}', $.order)"},
        ),
        ("JSONPath", "a", {"id.$": "$.id"}, {"Subject": "a", "Message": {"id.$": "$.id"}}),
        ("JSONPath", "a", '{"a": {}}', {"Subject": "a", "Message": '{"a": {}}'}),
        (
            "JSONata",
            "{% $states.input.x %}",
            "{% $states.input.y %}",
            {"Subject": "{% $states.input.x %}", "Message": "{% $states.input.y %}"},
        ),
        (
            "JSONata",
            "a",
            {"id": "{% $states.input.id %}"},
            {"Subject": "a", "Message": {"id": "{% $states.input.id %}"}},
        ),
    ],
)
def test_a_state_tells_everyone_in_either_language(
    language: str, subject: str, message: Any, said: dict[str, Any]
) -> None:
    """And the machine may do it, and may say that it could not."""
    states: dict[str, Any] = {}

    def program() -> None:
        mail = Notifier("mail", {})
        tell = mail.publish(subject=subject, message=message, query_language=language)
        report = mail.report_undelivered(query_language=language)
        states.update(tell=tell, report=report)
        catch = [{"ErrorEquals": ["States.ALL"], "Next": "Report"}]
        known = {"Tell": {**tell, "Catch": catch, "End": True}, "Report": {**report, "End": True}}
        CallbackWorkflow("pay", {"definition": {"StartAt": "Tell", "States": known}, "tracing": False})

    rights = deploy(program).one("RolePolicy", "pay-execution").json("policy")["Statement"]
    assert [each for each in rights if each["Sid"] != "DeliverLogs"] == [
        {"Sid": "PublishMessages", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": [TOPIC]},
        {
            "Sid": "PutMetrics",
            "Effect": "Allow",
            "Action": ["cloudwatch:PutMetricData"],
            "Resource": ["*"],
            "Condition": {"StringEquals": {"cloudwatch:namespace": "Countersign"}},
        },
    ]
    field = "Arguments" if language == "JSONata" else "Parameters"
    tell, report = states["tell"], states["report"]
    assert {key: value for key, value in tell[field].items() if key.startswith(("S", "Message"))} == {
        **said,
        "MessageAttributes": {"event": {"DataType": "String", "StringValue": "notification"}},
    }
    assert tell["Retry"][0]["MaxAttempts"] == 3
    assert report[field]["MetricData"][0]["MetricName"] == "NotificationsFailed"
    for state in (tell, report):
        assert state.get("QueryLanguage", "JSONPath") == language


SUBJECT = (
    "subject must be a text of 1 to 99 characters without line breaks and other control characters, got "
)
MESSAGE = "message must be a text of 1 to 262144 bytes or an object, got "


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"subject": f"{LONG}x"}, f"{SUBJECT}'{LONG}x'"),
        ({"subject": ""}, f"{SUBJECT}''"),
        ({"subject": "a\nb"}, f"{SUBJECT}'a\\nb'"),
        ({"subject": 5}, f"{SUBJECT}5"),
        ({"subject": "x" * 99 + "{$.a}"}, f"{SUBJECT}'{'x' * 99}{{$.a}}'"),
        *(
            ({"subject": text}, f"subject must say what is filled in as in {{$.version}}, got '{text}'")
            for text in ("Order {}", "Order {order.id}", "Order $.id", "Order {id} of {$.shop}")
        ),
        ({"subject": f"{LONG}x", "query_language": "JSONata"}, f"{SUBJECT}'{LONG}x'"),
        ({"message": ""}, f"{MESSAGE}''"),
        ({"message": None}, f"{MESSAGE}None"),
        ({"message": "x" * 300_000}, f"{MESSAGE}'{'x' * 499}… (300002 characters)"),
        ({"message": "é" * 131_073}, f"{MESSAGE}'éé"),
        ({"query_language": "jsonata"}, "query_language must be JSONPath or JSONata, got 'jsonata'"),
    ],
)
def test_what_sns_would_refuse_is_refused(asked: dict[str, Any], told: str) -> None:
    def program() -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is checked below)
            Notifier("mail", {}).publish(**{"subject": "a", "message": "b", **asked})
        assert str(caught.value).startswith(f"Notifier mail: {told}")

    deploy(program)


def test_a_subject_that_becomes_known_is_checked_then() -> None:
    def program() -> None:
        state = Notifier("mail", {}).publish(subject=pulumi.Output.from_input(f"{LONG}x"), message="b")
        pulumi.export("subject", state["Parameters"]["Subject"])

    with pytest.raises(pulumi.RunError, match=re.escape(f"{SUBJECT}'{LONG}x'")):
        deploy(program)


@pytest.mark.parametrize(
    ("argument", "value", "query_language", "how"),
    [
        ("subject", "$.title", "JSONata", "{% ... %} in JSONata"),
        ("message", "Order {$.order}", "JSONata", "{% ... %} in JSONata"),
        ("subject", "{% $states.input.title %}", "JSONPath", "a path, as in {$.order}"),
        ("message", "Order {$.order", "JSONPath", "a path, as in {$.order}"),
    ],
)
def test_what_is_meant_to_be_looked_up_is_not_said_as_it_is(
    argument: str, value: str, query_language: str, how: str
) -> None:
    def program() -> None:
        said: Any = {"subject": "s", "message": "m", argument: value}
        with pytest.raises(ValueError, match="must be looked up by") as caught:
            Notifier("mail", {}).publish(**said, query_language=query_language)
        told = f"Notifier mail: {argument} must be looked up by {how}, got {value!r}"
        assert str(caught.value) == told

    deploy(program)


@pytest.mark.parametrize("to", [None, "$.to", "orders", 5, ["arn:aws:sqs:eu-west-1:123456789012:q"]])
def test_a_token_is_for_an_address_that_can_be_subscribed(to: Any) -> None:
    def program() -> None:
        with pytest.raises(ValueError, match="to must be a subscriber's address, written out") as caught:
            Notifier("mail", {}).wait(to, timeout_seconds=60)
        assert str(caught.value).endswith(f"an ARN, a URL or a mail address, got {to!r}")

    deploy(program)


def test_no_alarm_is_sent_to_a_topic_of_which_nobody_would_hear_it() -> None:
    def program() -> None:
        topic = Notifier("mail", {}).topic_arn
        with pytest.raises(ValueError, match=r"^Notifier other: alarm_topic_arn must be a topic of its own"):
            Notifier("other", {"alarm_topic_arn": topic})
        theirs = QUEUE_ARN.replace("sqs", "sns")
        with pytest.raises(ValueError, match="alarm_topic_arn must be another topic than topic_arn"):
            Notifier("brought", {"topic_arn": theirs, "alarm_topic_arn": theirs})

    deploy(program)


def test_a_mail_address_is_asked_as_it_is_subscribed() -> None:
    def program() -> None:
        asks = Notifier("mail", {}).wait("Ann@Example.com", timeout_seconds=60)
        pulumi.export("to", asks["Parameters"]["MessageAttributes"]["to"]["StringValue"])

    assert deploy(program).exports == {"to": '["ann@example.com"]'}
