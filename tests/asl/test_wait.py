"""Wait states hand out their token in the common message, always with a timeout, in both query languages."""

import json
from collections.abc import Callable
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
