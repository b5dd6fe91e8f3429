"""What the builders of waits refuse: a mistake names the argument, the rule and the value."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pytest

from components.asl import wait

RANGE = "must be between 1 and 31536000, got"
WHOLE = "must be a whole number between 1 and 31536000, got"
PATH = "must be a number or a reference path such as $.seconds, got"
EXPRESSION = "must be a number or an expression {% … %}, got"
FIELD = f"must be one of {', '.join(sorted(wait.STATE_FIELDS))} to be added to a wait"
ASCII = "must be 1 to 128 visible ASCII characters, or where it comes from, got"
NAMES = "attributes must have names of 1 to 256 letters, digits and any of _.-, got"
WHOLE_PATH = "group_id must be looked up as a whole, by a path, or States.Format('{}', $.path), got"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"timeout_seconds": 0}, f"timeout_seconds {RANGE} 0"),
        ({"timeout_seconds": 31_536_001}, f"timeout_seconds {RANGE} 31536001"),
        ({"timeout_seconds": True}, f"timeout_seconds {WHOLE} True"),
        ({"timeout_seconds": 1.5}, f"timeout_seconds {WHOLE} 1.5"),
        ({"timeout_seconds": None}, wait.TIMEOUT_MISSING),
        ({"timeout_seconds": "60"}, f"timeout_seconds {PATH} '60'"),
        ({"timeout_seconds": "$.t", "query_language": "JSONata"}, f"timeout_seconds {EXPRESSION} '$.t'"),
        ({"heartbeat_seconds": 60}, "heartbeat_seconds must be below timeout_seconds (60), got 60"),
        ({"heartbeat_seconds": 0}, f"heartbeat_seconds {RANGE} 0"),
        ({"query_language": "jsonata"}, "query_language must be JSONPath or JSONata, got 'jsonata'"),
        ({"TimeoutSeconds": 5}, f"TimeoutSeconds {FIELD}"),
        ({"attributes": {"aws.x": "x"}}, f"{NAMES} 'aws.x'"),
        ({"attributes": {"": "x"}}, f"{NAMES} ''"),
        ({"attributes": {"n": 5}}, "attributes['n'] must be a text, or where it comes from, got 5"),
        ({"attributes": ["n"]}, "attributes must be a dict of at most 10, got ['n']"),
        ({"group_id": "ü"}, f"group_id {ASCII} 'ü'"),
        ({"group_id": "g" * 129}, f"group_id {ASCII} '{'g' * 129}'"),
        ({"group_id": "g", "deduplication_id": 7}, f"deduplication_id {ASCII} 7"),
        ({"deduplication_id": "d"}, "deduplication_id must be given with group_id, got 'd' alone"),
        (
            {"group_id": "g", "deduplication_id": "d"},
            "deduplication_id must differ between messages, got 'd' for all",
        ),
        ({"group_id": "a-{$.a}"}, f"{WHOLE_PATH} 'a-{{$.a}}'"),
        ({"group_id": "{%$a%}"}, f"{WHOLE_PATH} '{{%$a%}}'"),
        (
            {"group_id": "$.a", "query_language": "JSONata"},
            "group_id must be looked up as a whole, by {% ... %}, got '$.a'",
        ),
    ],
)
def test_an_option(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        wait.sqs("url", **{"timeout_seconds": 60, **options})
    assert str(raised.value) == problem


def test_more_attributes_than_a_message_has() -> None:
    attributes = {str(number): "x" for number in range(11)}
    with pytest.raises(ValueError, match=r"^attributes must be a dict of at most 10, got \{'0': "):
        wait.sns("topic", timeout_seconds=60, attributes=attributes)


NO_WAIT = "integration must be one that can wait for a task token, got"
NEITHER = "arguments must hold MESSAGE or MESSAGE_TEXT for eks:call, got neither"
TAKEN = "MessageBody must hold MESSAGE or be left out: the wait message goes there"
LISTED = "MESSAGE_TEXT must be the value of a key, got it as an item of a list"
PREFIX = "prefix must be a plain string without quotes, braces or backslashes, got"
OVERRIDES = "arguments must not hold Overrides: use task with MESSAGE_TEXT, got both"
LATER = pulumi.Output.from_input(1)
NOT_PLAIN = (
    "must be a plain value where the message is written as text, got an Output: "
    "pass it in the execution's input"
)
SOURCE = "source must be a text that does not begin with aws., as AWS's own do, got"
SQS, PUT, WHO = "sqs:sendMessage", "aws-sdk:dynamodb:putItem", "aws-sdk:sts:getCallerIdentity"


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (partial(wait.task, "dynamodb:putItem", {}), f"{NO_WAIT} 'dynamodb:putItem'"),
        (partial(wait.task, "sqs", {}), f"{NO_WAIT} 'sqs'"),
        (partial(wait.task, WHO, {}), f"{NO_WAIT} {WHO!r}"),
        (partial(wait.task, "eks:call", {"Path": "/"}), NEITHER),
        (partial(wait.task, SQS, {"MessageBody": {}}), TAKEN),
        (partial(wait.task, SQS, {"A": [wait.MESSAGE_TEXT]}), LISTED),
        (partial(wait.task, PUT, {"Item": "x"}), "Item must be a dict of attribute values, got str"),
        (partial(wait.s3, "bucket", "it's/"), f'{PREFIX} "it\'s/"'),
        (partial(wait.ecs, "family", "app", {"a": LATER}), f"Request.a {NOT_PLAIN}"),
        (partial(wait.ecs, "family", "app", {"a": {1}}), "Request.a must be JSON, got set"),
        (partial(wait.ecs, "family", "app", arguments={"Overrides": {}}), OVERRIDES),
        (partial(wait.dynamodb, "waits", None, {"a": object()}), "Request must be JSON, got object"),
        (partial(wait.sqs, "q.fifo"), "group_id must be given for a FIFO queue, got none for 'q.fifo'"),
        (partial(wait.events, "default", "aws.shop", "Order"), f"{SOURCE} 'aws.shop'"),
        (partial(wait.events, "default", "", "Order"), f"{SOURCE} ''"),
        (partial(wait.events, "default", "shop", ""), "detail_type must be a text, got ''"),
    ],
)
def test_an_argument(build: Callable[..., Any], problem: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        build(timeout_seconds=60)
    assert str(raised.value) == problem
