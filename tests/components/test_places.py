"""What is brought is of the component's region, and of its account where that matters."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from tests.support.cases import COMPONENTS, OTHERS_QUEUE, make, takes
from tests.support.engine import ACCOUNT, REGION, Deployment, deploy

ELSEWHERE, THEIRS = "us-east-1", "111122223333"
QUEUE = f"https://sqs.{REGION}.amazonaws.test/{ACCOUNT}/theirs"
RESOURCES = {
    "alarm_topic_arn": "sns:{}:{}:alarms",
    "certificate_arn": "acm:{}:{}:certificate/c",
    "event_bus_name": "events:{}:{}:event-bus/theirs",
    "function_arns": "lambda:{}:{}:function:f",
    "function_arns_by_name": "lambda:{}:{}:function:f",
    "kms_key_arn": "kms:{}:{}:key/k",
    "layer_arns": "lambda:{}:{}:layer:l:1",
    "log_group_arn": "logs:{}:{}:log-group:l",
    "permissions_boundary_arn": "iam::{1}:policy/p",
    "queue_arn": "sqs:{}:{}:theirs",
    "topic_arn": "sns:{}:{}:theirs",
    "topic_kms_key_arn": "kms:{}:{}:key/t",
}


def named(argument: str, region: str = REGION, account: str = ACCOUNT) -> str:
    return "arn:aws-test:" + RESOURCES[argument].format(region, account)


def given(kind: str, argument: str, value: Any) -> dict[str, Any]:
    """What a component is given, with what belongs to the argument."""
    if argument.endswith("_by_name"):
        return {argument: {"theirs": value}, "function_arns": None}
    if argument == "layer_arns":
        return {argument: [value]}
    if argument.startswith("function_arns"):
        return {argument: [value], "function_arns_by_name": None}
    account = value.split(":")[4] if isinstance(value, str) else ACCOUNT
    beside: dict[str, Any] = {}
    if argument == "queue_arn":
        beside = {**OTHERS_QUEUE, "queue_url": QUEUE.replace(ACCOUNT, account)}
    elif kind in ("ApprovalApi", "CallbackQueue") and argument != "topic_arn":
        beside = {"topic_arn": named("topic_arn")}
    return {argument: value, **beside}


KEYED: dict[str, Any] = {"kms_key_arn": named("kms_key_arn")}
REGIONAL = [
    (kind, argument)
    for kind in COMPONENTS
    for argument in RESOURCES
    if takes(kind, argument) and argument != "permissions_boundary_arn"
]


@pytest.mark.parametrize(("kind", "argument"), REGIONAL)
def test_what_is_brought_from_another_region_is_told_at_once(
    kind: str, argument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the region of the default provider, which has it from where it looks for it."""
    monkeypatch.setenv("AWS_REGION", REGION)
    away = named(argument, ELSEWHERE)

    def program() -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is checked below)
            make(kind, "it", **given(kind, argument, away))
        told = f"{argument} must be of region {REGION}, as its provider is, got '{away}'"
        assert str(caught.value).startswith(f"{kind} it: {told}")

    assert deploy(program).cloud() == []


@pytest.mark.parametrize(
    ("kind", "argument", "value"),
    [
        *((kind, argument, named(argument, ELSEWHERE)) for kind, argument in REGIONAL),
        ("ApprovalApi", "certificate_arn", named("kms_key_arn")),
    ],
)
def test_nothing_is_asked_of_aws_with_an_output_that_turns_out_wrong(
    kind: str, argument: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known only while things are made, and what AWS says of it would come first."""
    monkeypatch.setenv("AWS_REGION", REGION)

    def program() -> None:
        later = aws.sqs.Queue("elsewhere").arn.apply(lambda _: value)
        arguments = given(kind, argument, later)
        if argument == "queue_arn":
            arguments["queue_url"] = QUEUE.replace(REGION, ELSEWHERE)
        make(kind, "it", **arguments)

    record = Deployment()
    with pytest.raises(pulumi.RunError, match=rf" it: {argument}\S* must .*, got '{value}'$"):
        deploy(program, record=record)
    assert not [each.key for each in record.cloud() if value in json.dumps(each.inputs)]


@pytest.mark.parametrize("kind", [kind for kind in COMPONENTS if takes(kind, "log_group_arn")])
def test_a_log_group_of_another_account_is_told_before_anything_writes_to_it(kind: str) -> None:
    """The account is known when a role is made. Of the group's name there may be another in it."""
    theirs = named("log_group_arn", account=THEIRS)
    record = Deployment()
    message = f"log_group_arn must be of account {ACCOUNT}, as .* is, got '{theirs}'"
    with pytest.raises(pulumi.RunError, match=message):
        deploy(lambda: make(kind, "it", log_group_arn=pulumi.Output.from_input(theirs)), record=record)
    written = [each for each in record.cloud() if each.type.endswith((":Function", ":StateMachine"))]
    assert written == []


@pytest.mark.parametrize("later", [False, True])
def test_of_another_provider_it_is_told_in_a_preview(later: bool) -> None:
    away = named("kms_key_arn", ELSEWHERE)

    def program() -> None:
        provider = aws.Provider("here", region=REGION)
        key = pulumi.Output.from_input(away) if later else away
        make("CallbackTable", "it", pulumi.ResourceOptions(provider=provider), kms_key_arn=key)

    told = f"CallbackTable it: kms_key_arn must be of region {REGION}, as its provider is, got '{away}'"
    with pytest.raises(pulumi.RunError) as caught:
        deploy(program, preview=True)
    assert str(caught.value) == told


def test_where_no_region_is_known_what_is_brought_agrees() -> None:
    """Neither a preview without the region nor one without what is brought fails."""
    away = named("log_group_arn", ELSEWHERE)

    def program() -> None:
        message = f"log_group_arn must be of region {REGION}, as kms_key_arn is, got '{away}'"
        with pytest.raises(ValueError, match=f": {message}$"):
            make("CallbackTable", "it", kms_key_arn=named("kms_key_arn"), log_group_arn=away)
        make("CallbackTable", "alone", log_group_arn=away)
        unknown = aws.sqs.Queue("elsewhere").arn
        later = unknown.apply(lambda _: away)
        make("CallbackTable", "later", kms_key_arn=named("kms_key_arn"), log_group_arn=later)
        somewhere = aws.Provider("somewhere", region=REGION)
        make("CallbackTable", "known", pulumi.ResourceOptions(provider=somewhere), log_group_arn=later)

    assert deploy(program, preview=True).one("Table", "known-callbacks")


def test_where_no_region_is_known_outputs_agree_with_one_another() -> None:
    """As those of two other stacks, which a preview knows."""
    arns = {"kms_key_arn": named("kms_key_arn"), "log_group_arn": named("log_group_arn", ELSEWHERE)}
    later: dict[str, Any] = {argument: pulumi.Output.from_input(arn) for argument, arn in arns.items()}
    message = f"log_group_arn must be of region {REGION}, as kms_key_arn is, got '{arns['log_group_arn']}'"
    with pytest.raises(pulumi.RunError, match=f"^CallbackTable it: {message}$"):
        deploy(lambda: make("CallbackTable", "it", **later), preview=True)


@pytest.mark.parametrize("argument", ["permissions_boundary_arn", "queue_arn"])
def test_what_must_be_of_the_same_account_is(argument: str) -> None:
    theirs = named(argument, account=THEIRS)

    def program() -> None:
        pair = {"log_group_arn": named("log_group_arn"), **given("CallbackQueue", argument, theirs)}
        message = f"{argument} must be of account {ACCOUNT}, as log_group_arn is, got '{theirs}'"
        with pytest.raises(ValueError, match=f": {message}$"):
            make("CallbackQueue", "it", **pair)
        managed = "arn:aws-test:iam::aws:policy/Bounds"
        shared: dict[str, Any] = {"alarm_topic_arn": named("alarm_topic_arn", account=THEIRS)}
        make("CallbackQueue", "fine", log_group_arn=named("log_group_arn"), **shared)
        make(
            "CallbackQueue",
            "managed",
            log_group_arn=named("log_group_arn"),
            permissions_boundary_arn=managed,
        )

    deploy(program)


def test_what_is_brought_is_of_one_partition() -> None:
    """A policy that AWS manages has neither region nor account."""
    managed = "arn:aws:iam::aws:policy/Bounds"
    message = f"permissions_boundary_arn must be of partition aws-test, as kms_key_arn is, got '{managed}'"
    with pytest.raises(ValueError, match=f": {message}$"):
        deploy(lambda: make("CallbackTable", "it", **{**KEYED, "permissions_boundary_arn": managed}))


def test_a_queue_of_another_account_is_told_when_the_account_is_known() -> None:
    theirs = named("queue_arn", account=THEIRS)
    with pytest.raises(
        pulumi.RunError, match=f"queue_arn must be of account {ACCOUNT}, as what the component"
    ):
        deploy(lambda: make("CallbackQueue", "it", **given("CallbackQueue", "queue_arn", theirs)))


ARN = named("queue_arn")
FITTING = (
    QUEUE,
    f"https://vpce-1-2.sqs.{REGION}.vpce.amazonaws.com/{ACCOUNT}/theirs",
    f"https://sqs-fips.{REGION}.amazonaws.com/{ACCOUNT}/theirs",
    f"https://{REGION}.queue.amazonaws.com/{ACCOUNT}/theirs",
    f"http://127.0.0.1:4566/{ACCOUNT}/theirs",
)
OTHERS = (
    QUEUE.replace("theirs", "other"),
    QUEUE.replace(ACCOUNT, THEIRS),
    QUEUE.replace(REGION, ELSEWHERE),
    f"https://{ELSEWHERE}.queue.amazonaws.com/{ACCOUNT}/theirs",
    f"https://sqs.{REGION}.amazonaws.test/theirs",
)


def brought(url: str, how: Callable[[str], Any] = str) -> Deployment:
    return deploy(lambda: make("CallbackQueue", "it", **OTHERS_QUEUE, queue_arn=ARN, queue_url=how(url)))


@pytest.mark.parametrize("url", FITTING)
def test_an_arn_and_an_address_of_one_queue_are_taken(url: str) -> None:
    assert brought(url).one("RedrivePolicy", "it-callbacks").inputs["queueUrl"] == url


@pytest.mark.parametrize("url", OTHERS)
def test_an_arn_and_an_address_of_two_queues_are_refused(url: str) -> None:
    told = f"CallbackQueue it: queue_arn and queue_url must be of one queue, got '{ARN}' and '{url}'"
    with pytest.raises(pulumi.RunError) as caught:
        brought(url)
    assert str(caught.value) == told
    with pytest.raises(pulumi.RunError) as later:
        brought(url, pulumi.Output.from_input)
    assert str(later.value) == told
    with pytest.raises(pulumi.RunError) as secret:
        brought(url, pulumi.Output.secret)
    assert str(secret.value) == f"{told.partition(', got ')[0]}, got a secret"


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        ("Notifier", "topic_arn"),
        ("ApprovalApi", "topic_arn"),
        ("CallbackQueue", "topic_arn"),
        ("CallbackQueue", "alarm_topic_arn"),
    ],
)
def test_a_topic_is_no_fifo_topic(kind: str, argument: str) -> None:
    fifo: dict[str, Any] = {argument: f"{named(argument)}.fifo"}
    message = f"{argument} must be the ARN of a standard topic, got '{fifo[argument]}'"
    with pytest.raises(ValueError, match=f": {message}$"):
        deploy(lambda: make(kind, "it", **fifo))


AWAY = f"arn:${{AWS::Partition}}:sns:{ELSEWHERE}:${{AWS::AccountId}}:far"
SAYS = (
    "definition must call what is in its own region, {}, as Step Functions does, got 'arn:{}:sns:us-east-1:"
)


def publishing(topic: Any) -> dict[str, Any]:
    there = f"arn:aws:sns:{ELSEWHERE}:{ACCOUNT}:a-text"
    tell = {
        "Type": "Task",
        "Resource": "arn:${AWS::Partition}:states:::sns:publish",
        "Parameters": {"TopicArn": topic, "Message": there},
        "End": True,
    }
    return {"definition": {"StartAt": "Tell", "States": {"Tell": tell}}}


def test_a_definition_calls_nothing_in_another_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a message says of another region is a text. Without a region, an update tells it."""

    def update() -> None:
        make("CallbackWorkflow", "late", **publishing(AWAY))

    with pytest.raises(pulumi.RunError, match=SAYS.format(REGION, "aws-test")):
        deploy(update)
    assert deploy(update, preview=True).one("StateMachine", "late-workflow")
    monkeypatch.setenv("AWS_REGION", REGION)

    def program() -> None:
        with pytest.raises(ValueError, match=SAYS.format(REGION, "aws")):
            make("CallbackWorkflow", "it", **publishing(AWAY))
        make("CallbackWorkflow", "fine", **publishing(AWAY.replace(ELSEWHERE, "${AWS::Region}")))

    assert deploy(program).one("StateMachine", "fine-workflow")


def test_by_another_provider_a_preview_tells_it() -> None:
    def program() -> None:
        provider = aws.Provider("here", region=REGION)
        opts = pulumi.ResourceOptions(provider=provider)
        make("CallbackWorkflow", "it", opts, **publishing(AWAY))

    with pytest.raises(pulumi.RunError, match=f"CallbackWorkflow it: {SAYS.format(REGION, 'aws')}"):
        deploy(program, preview=True)
