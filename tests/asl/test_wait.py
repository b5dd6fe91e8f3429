"""Wait states hand out their token in the common message, always with a timeout, in both query languages."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pytest

from components.asl import Definition, check, wait
from components.asl.build.message import message_item, message_text
from tests.asl.places import PLACE

CONTEXT = {
    "TaskToken": "Task.Token",
    "ExecutionArn": "Execution.Id",
    "StateMachineArn": "StateMachine.Id",
    "StateName": "State.Name",
    "EnteredTime": "State.EnteredTime",
    "RetryCount": "State.RetryCount",
}
JSONPATH_MESSAGE = {
    **{f"{key}.$": f"$$.{path}" for key, path in CONTEXT.items()},
    "TimeoutSeconds": 60,
    "Request.$": "$",
}
JSONATA_MESSAGE = {
    **{key: f"{{% $states.context.{path} %}}" for key, path in CONTEXT.items()},
    "TimeoutSeconds": 60,
    "Request": "{% $states.input %}",
}
MACHINE = "arn:aws-test:states:eu-north-1:123456789012:stateMachine:other"

LATER = pulumi.Output.from_input(1)
NOT_PLAIN = (
    "must be a plain value where the message is written as text, got an Output: "
    "pass it in the execution's input"
)

Builder = Callable[..., dict[str, Any]]
NAMED: dict[str, tuple[Builder, tuple[Any, ...]]] = {
    "sqs:sendMessage": (wait.sqs, ("https://sqs.eu-north-1.amazonaws.com/123456789012/q",)),
    "sns:publish": (wait.sns, ("arn:aws-test:sns:eu-north-1:123456789012:t",)),
    "lambda:invoke": (wait.lambda_, ("arn:aws-test:lambda:eu-north-1:123456789012:function:f",)),
    "events:putEvents": (wait.events, ("bus", "shop", "Order Waiting")),
    "states:startExecution": (wait.states, (MACHINE,)),
    "apigateway:invoke": (wait.apigateway, ("abc.execute-api.eu-north-1.amazonaws.com", "/orders")),
    "ecs:runTask": (wait.ecs, ("family", "app")),
    "aws-sdk:dynamodb:putItem": (wait.dynamodb, ("waits",)),
    "aws-sdk:s3:putObject": (wait.s3, ("bucket", "waits/")),
}


def machine(state: dict[str, Any]) -> dict[str, Any]:
    """A machine of one wait that ends well, or fails with a name."""
    caught = {**state, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}], "Next": "Done"}
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": caught,
            "Done": {"Type": "Succeed"},
            "Failed": {"Type": "Fail", "Error": "NoAnswer"},
        },
    }


@pytest.mark.parametrize(
    ("language", "own", "field", "message"),
    [("JSONPath", {}, "Parameters", JSONPATH_MESSAGE),
     ("JSONata", {"QueryLanguage": "JSONata"}, "Arguments", JSONATA_MESSAGE)],
)  # fmt: skip
def test_the_whole_state(language: str, own: dict[str, str], field: str, message: dict[str, Any]) -> None:
    assert wait.sqs("url", timeout_seconds=60, query_language=language) == {
        "Type": "Task",
        **own,
        "Resource": "arn:${AWS::Partition}:states:::sqs:sendMessage.waitForTaskToken",
        field: {"QueueUrl": "url", "MessageBody": message},
        "TimeoutSeconds": 60,
    }


@pytest.mark.parametrize(
    ("state", "arguments"),
    [
        (wait.sns("t", timeout_seconds=60), {"TopicArn": "t", "Message": JSONPATH_MESSAGE}),
        (wait.lambda_("f", timeout_seconds=60), {"FunctionName": "f", "Payload": JSONPATH_MESSAGE}),
        (wait.states("m", timeout_seconds=60), {"StateMachineArn": "m", "Input": JSONPATH_MESSAGE}),
        (
            wait.events("bus", "shop", "Waiting", timeout_seconds=60),
            {"Entries": [{"EventBusName": "bus", "Source": "shop", "DetailType": "Waiting",
                          "Detail": JSONPATH_MESSAGE}]},
        ),
        (
            wait.apigateway("host", "/orders", timeout_seconds=60, stage="v1"),
            {"ApiEndpoint": "host", "Method": "POST", "Path": "/orders", "AuthType": "IAM_ROLE",
             "RequestBody": JSONPATH_MESSAGE, "Stage": "v1"},
        ),
        (
            wait.ecs("family", "app", "$.order", timeout_seconds=60, arguments={"Cluster": "c"}),
            {"Cluster": "c", "TaskDefinition": "family", "Overrides": {"ContainerOverrides": [
                {"Name": "app", "Environment": [
                    {"Name": "WAIT_MESSAGE", "Value.$": message_text("$.order", 60)}]}]}},
        ),
        (
            wait.s3("bucket", "waits/", timeout_seconds=60, arguments={"ServerSideEncryption": "aws:kms"}),
            {"ServerSideEncryption": "aws:kms", "Bucket": "bucket", "ContentType": "application/json",
             "Key.$": "States.Format('waits/{}.json', States.Hash($$.Task.Token, 'SHA-256'))",
             "Body": JSONPATH_MESSAGE},
        ),
    ],
)  # fmt: skip
def test_the_message_goes_where_the_integration_takes_it(
    state: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert state["Parameters"] == arguments


def test_an_item_has_the_message_as_attributes() -> None:
    state = wait.dynamodb("waits", None, "$.order", timeout_seconds="$.seconds")
    assert state["Parameters"] == {
        "TableName": "waits",
        "Item": {
            "id": {"S.$": "States.Hash($$.Task.Token, 'SHA-256')"},
            "TaskToken": {"S.$": "$$.Task.Token"},
            "ExecutionArn": {"S.$": "$$.Execution.Id"},
            "StateMachineArn": {"S.$": "$$.StateMachine.Id"},
            "StateName": {"S.$": "$$.State.Name"},
            "EnteredTime": {"S.$": "$$.State.EnteredTime"},
            "RetryCount": {"N.$": "States.Format('{}', $$.State.RetryCount)"},
            "TimeoutSeconds": {"N.$": "States.Format('{}', $.seconds)"},
            "Request": {"S.$": "States.JsonToString($.order)"},
        },
    }
    assert state["TimeoutSecondsPath"] == "$.seconds"


def test_an_item_in_jsonata() -> None:
    order = {"order": {"S": "{% $states.input.id %}"}}
    state = wait.dynamodb("waits", order, {"a": 1}, timeout_seconds=60, query_language="JSONata")
    item = state["Arguments"]["Item"]
    assert item == {**order, **message_item({"a": 1}, 60, "JSONata")}
    assert item["RetryCount"] == {"N": "{% $string($states.context.State.RetryCount) %}"}
    assert item["Request"] == {"S": '{% $string({"a": 1}) %}'}


def test_a_literal_request_in_an_item_is_plain_json() -> None:
    assert message_item({"a": [1, "{}'"]}, 60)["Request"] == {"S": '{"a": [1, "{}\'"]}'}


def beating(integration: str) -> dict[str, int]:
    """A heartbeat for a container, which a check notes the lack of."""
    return {"heartbeat_seconds": 20} if integration.startswith("ecs:") else {}


@pytest.mark.parametrize("query_language", ["JSONPath", "JSONata"])
@pytest.mark.parametrize("integration", sorted(NAMED))
def test_every_builder_gives_a_state_without_findings(integration: str, query_language: str) -> None:
    builder, arguments = NAMED[integration]
    state = builder(*arguments, timeout_seconds=60, query_language=query_language, **beating(integration))
    assert state["Resource"] == f"arn:${{AWS::Partition}}:states:::{integration}.waitForTaskToken"
    assert check(Definition(machine(state)).fill(**PLACE)) == []
    json.dumps(state)


@pytest.mark.parametrize("integration", sorted(NAMED))
def test_arguments_may_be_outputs(integration: str) -> None:
    builder, arguments = NAMED[integration]
    if integration != "aws-sdk:s3:putObject":
        arguments = tuple(pulumi.Output.from_input(argument) for argument in arguments)
    assert check(machine(builder(*arguments, timeout_seconds=60, **beating(integration)))) == []


@pytest.mark.parametrize(
    "integration", ["eks:call", "eks:runJob", "bedrock:invokeModel", "aws-sdk:sqs:sendMessage"]
)
def test_other_integrations_say_where_the_message_goes(integration: str) -> None:
    state = wait.task(integration, {"Anything": [{"value": wait.MESSAGE_TEXT}]}, "$.a", timeout_seconds=60)
    assert state["Parameters"] == {"Anything": [{"value.$": message_text("$.a", 60)}]}
    state = wait.task(integration, {"Body": {"prompt": wait.MESSAGE}}, timeout_seconds=60)
    assert state["Parameters"] == {"Body": {"prompt": JSONPATH_MESSAGE}}


def test_the_arguments_given_are_not_changed() -> None:
    arguments = {"QueueUrl": "url", "MessageBody": wait.MESSAGE}
    wait.task("sqs:sendMessage", arguments, timeout_seconds=60)
    assert arguments == {"QueueUrl": "url", "MessageBody": wait.MESSAGE}


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        ("$.order", "Request.$"),
        ("$$.Execution.Input", "Request.$"),
        ("$variable.x", "Request.$"),
        ("States.Format('{}', $.a)", "Request.$"),
        ("order", "Request"),
        ({"a.$": "$.b"}, "Request"),
        ([1, {"a.$": "$.b"}], "Request"),
        (7, "Request"),
        (False, "Request"),
    ],
)
def test_requests(request_: Any, key: str) -> None:
    template = wait.sqs("url", request_, timeout_seconds=60)["Parameters"]["MessageBody"]
    assert template[key] == request_
    assert len(template) == 8


@pytest.mark.parametrize(
    ("value", "query_language", "field"),
    [
        (1, "JSONPath", "TimeoutSeconds"),
        (31_536_000, "JSONPath", "TimeoutSeconds"),
        ("$.a.b", "JSONPath", "TimeoutSecondsPath"),
        ("$['a b']", "JSONPath", "TimeoutSecondsPath"),
        ("{% $states.input.t %}", "JSONata", "TimeoutSeconds"),
    ],
)
def test_timeouts(value: Any, query_language: str, field: str) -> None:
    state = wait.sqs("url", timeout_seconds=value, query_language=query_language)
    assert state[field] == value
    assert len([key for key in state if key.startswith("Timeout")]) == 1
    body = state["Parameters" if query_language == "JSONPath" else "Arguments"]["MessageBody"]
    assert body["TimeoutSeconds.$" if field.endswith("Path") else "TimeoutSeconds"] == value


def test_a_timeout_may_be_an_output() -> None:
    seconds = pulumi.Output.from_input(60)
    state = wait.sqs("url", timeout_seconds=seconds)
    assert state["TimeoutSeconds"] is seconds
    assert state["Parameters"]["MessageBody"]["TimeoutSeconds"] is seconds


def test_no_heartbeat_unless_asked() -> None:
    assert not any(key.startswith("Heartbeat") for key in wait.sqs("url", timeout_seconds=60))
    assert wait.sqs("url", timeout_seconds=60, heartbeat_seconds=59)["HeartbeatSeconds"] == 59
    assert wait.sqs("url", timeout_seconds=60, heartbeat_seconds="$.h")["HeartbeatSecondsPath"] == "$.h"


def test_other_fields_of_the_state_can_be_added() -> None:
    state = wait.sqs("url", timeout_seconds=60, Comment="Ask", ResultPath="$.answer", Next="Ship")
    assert (state["Comment"], state["ResultPath"], state["Next"]) == ("Ask", "$.answer", "Ship")


_RANGE = "must be between 1 and 31536000, got"
_WHOLE = "must be a whole number between 1 and 31536000, got"
_PATH = "must be a number or a reference path such as $.seconds, got"
_EXPRESSION = "must be a number or an expression {% … %}, got"
_FIELD = f"must be one of {', '.join(sorted(wait.STATE_FIELDS))} to be added to a wait"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"timeout_seconds": 0}, f"timeout_seconds {_RANGE} 0"),
        ({"timeout_seconds": 31_536_001}, f"timeout_seconds {_RANGE} 31536001"),
        ({"timeout_seconds": True}, f"timeout_seconds {_WHOLE} True"),
        ({"timeout_seconds": 1.5}, f"timeout_seconds {_WHOLE} 1.5"),
        ({"timeout_seconds": None}, wait.TIMEOUT_MISSING),
        ({"timeout_seconds": "60"}, f"timeout_seconds {_PATH} '60'"),
        ({"timeout_seconds": "$.t", "query_language": "JSONata"}, f"timeout_seconds {_EXPRESSION} '$.t'"),
        ({"heartbeat_seconds": 60}, "heartbeat_seconds must be below timeout_seconds (60), got 60"),
        ({"heartbeat_seconds": 0}, f"heartbeat_seconds {_RANGE} 0"),
        ({"query_language": "jsonata"}, "query_language must be JSONPath or JSONata, got 'jsonata'"),
        ({"TimeoutSeconds": 5}, f"TimeoutSeconds {_FIELD}"),
    ],
)
def test_bad_options(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        wait.sqs("url", **{"timeout_seconds": 60, **options})
    assert str(raised.value) == problem


_NO_WAIT = "integration must be one that can wait for a task token, got"
_NEITHER = "arguments must hold MESSAGE or MESSAGE_TEXT for eks:call, got neither"
_TAKEN = "MessageBody must hold MESSAGE or be left out: the wait message goes there"
_LISTED = "MESSAGE_TEXT must be the value of a key, got it as an item of a list"
_PREFIX = "prefix must be a plain string without quotes, braces or backslashes, got"
_OVERRIDES = "arguments must not hold Overrides: use task with MESSAGE_TEXT, got both"
_SQS, _PUT, _WHO = "sqs:sendMessage", "aws-sdk:dynamodb:putItem", "aws-sdk:sts:getCallerIdentity"


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (partial(wait.task, "dynamodb:putItem", {}), f"{_NO_WAIT} 'dynamodb:putItem'"),
        (partial(wait.task, "sqs", {}), f"{_NO_WAIT} 'sqs'"),
        (partial(wait.task, _WHO, {}), f"{_NO_WAIT} {_WHO!r}"),
        (partial(wait.task, "eks:call", {"Path": "/"}), _NEITHER),
        (partial(wait.task, _SQS, {"MessageBody": {}}), _TAKEN),
        (partial(wait.task, _SQS, {"A": [wait.MESSAGE_TEXT]}), _LISTED),
        (partial(wait.task, _PUT, {"Item": "x"}), "Item must be a dict of attribute values, got str"),
        (partial(wait.s3, "bucket", "it's/"), f'{_PREFIX} "it\'s/"'),
        (partial(wait.ecs, "family", "app", {"a": LATER}), f"Request.a {NOT_PLAIN}"),
        (partial(wait.ecs, "family", "app", {"a": {1}}), "Request.a must be JSON, got set"),
        (partial(wait.ecs, "family", "app", arguments={"Overrides": {}}), _OVERRIDES),
        (partial(wait.dynamodb, "waits", None, {"a": object()}), "Request must be JSON, got object"),
    ],
)
def test_bad_arguments(build: Builder, problem: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole message is compared)
        build(timeout_seconds=60)
    assert str(raised.value) == problem


def test_text_in_jsonpath_escapes_what_an_intrinsic_reserves() -> None:
    text = message_text({"it's": "{x} \\ é", "b.$": "$.b"}, 60)
    assert text == (
        'States.Format(\'\\{"TaskToken":"{}","ExecutionArn":"{}","StateMachineArn":"{}",'
        '"StateName":{},"EnteredTime":"{}","RetryCount":{},"TimeoutSeconds":60,'
        '"Request":\\{"it\\\'s":"\\{x\\} \\\\\\\\ \\\\u00e9","b":{}\\}\\}\', '
        "$$.Task.Token, $$.Execution.Id, $$.StateMachine.Id, States.JsonToString($$.State.Name), "
        "$$.State.EnteredTime, $$.State.RetryCount, States.JsonToString($.b))"
    )


def test_text_in_jsonata_is_one_expression() -> None:
    text = message_text({"a": "{% $states.input.a %}", "b": [None, "x"]}, "{% $states.input.t %}", "JSONata")
    fields = {key: f"($states.context.{path})" for key, path in CONTEXT.items()}
    fields |= {"TimeoutSeconds": "($states.input.t)", "Request": '{"a": ($states.input.a), "b": [null, "x"]}'}
    written = ", ".join(f'"{key}": {value}' for key, value in fields.items())
    assert text == f"{{% $string({{{written}}}) %}}"


class TestBesideTheMessage:
    def test_a_fifo_queue_gets_a_group_and_an_id_that_no_other_wait_has(self) -> None:
        state = wait.sqs("https://q.fifo", timeout_seconds=60, group_id="States.Format('g-{}', $.a)")
        assert state["Parameters"] == {
            "QueueUrl": "https://q.fifo",
            "MessageBody": JSONPATH_MESSAGE,
            "MessageGroupId.$": "States.Format('g-{}', $.a)",
            "MessageDeduplicationId.$": "States.Hash($$.Task.Token, 'SHA-256')",
        }
        assert check(machine(state)) == []

    @pytest.mark.parametrize("send", [wait.sqs, wait.sns])
    def test_attributes_are_texts_or_where_they_come_from(self, send: Builder) -> None:
        output = pulumi.Output.from_input("x")
        given = {"a": "plain", "b": "$.b", "c.$": "$$.Execution.Id", "d": output}
        found = send("it", timeout_seconds=60, attributes=given)["Parameters"]["MessageAttributes"]
        assert found == {
            "a": {"DataType": "String", "StringValue": "plain"},
            "b": {"DataType": "String", "StringValue.$": "$.b"},
            "c": {"DataType": "String", "StringValue.$": "$$.Execution.Id"},
            "d": {"DataType": "String", "StringValue": output},
        }
        given = {"b": "{% $states.input.b %}"}
        state = send("it", timeout_seconds=60, attributes=given, query_language="JSONata")
        assert state["Arguments"]["MessageAttributes"]["b"]["StringValue"] == given["b"]

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"attributes": {str(n): "x" for n in range(11)}}, "attributes must be a dict of at most 10"),
            ({"attributes": {"aws.x": "x"}}, "attributes must have names of 1 to 256 letters.*got 'aws.x'"),
            ({"attributes": {"": "x"}}, "attributes must have names of 1 to 256 letters.*got ''"),
            ({"attributes": {"n": 5}}, r"attributes\['n'\] must be a text, or where it comes from, got 5"),
            ({"group_id": "ü"}, "group_id must be 1 to 128 visible ASCII characters, or where it comes"),
            ({"group_id": "g" * 129}, "group_id must be 1 to 128 visible ASCII characters"),
            ({"group_id": "g", "deduplication_id": 7}, "deduplication_id must be 1 to 128 visible ASCII"),
            ({"deduplication_id": "d"}, "deduplication_id must be given with group_id, got 'd' alone"),
            (
                {"group_id": "g", "deduplication_id": "d"},
                "deduplication_id must differ between messages, got 'd' for all",
            ),
            (
                {"group_id": "a-{$.a}"},
                "group_id must be looked up as a whole, by a path, or States.Format",
            ),
            ({"group_id": "{%$a%}"}, "group_id must be looked up as a whole, by a path"),
            (
                {"group_id": "$.a", "query_language": "JSONata"},
                "group_id must be looked up as a whole, by {% ... %}",
            ),
        ],
    )
    def test_what_sqs_would_refuse(self, options: dict[str, Any], says: str) -> None:
        with pytest.raises(ValueError, match=f"^{says}"):
            wait.sqs("q", timeout_seconds=60, **options)

    @pytest.mark.parametrize(
        ("source", "detail_type", "says"),
        [
            ("aws.shop", "Order", "source must be"),
            ("", "Order", "source must be"),
            ("shop", "", "detail_type"),
        ],
    )
    def test_what_eventbridge_would_refuse(self, source: str, detail_type: str, says: str) -> None:
        with pytest.raises(ValueError, match=f"^{says}"):
            wait.events("default", source, detail_type, timeout_seconds=60)

    def test_a_fifo_queue_without_a_group(self) -> None:
        with pytest.raises(
            ValueError, match=r"^group_id must be given for a FIFO queue, got none for 'q.fifo'"
        ):
            wait.sqs("q.fifo", timeout_seconds=60)


@pytest.mark.parametrize(
    "build", [lambda: wait.sqs("url"), lambda: wait.events("bus", "shop", "Ship"), lambda: wait.lambda_("f")]
)
def test_a_wait_without_a_timeout_is_refused(build: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(wait.TIMEOUT_MISSING)}$"):
        build()
