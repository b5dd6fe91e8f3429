"""What cannot be derived is an error that says what to add by hand."""

from typing import Any

import pytest

from components.asl import UnresolvedPermission, wait
from tests.asl.places import ARN, QUEUE, QUEUE_ARN, TOPIC, derived, missing, task

_PROFILE = "ModelId is an inference profile, which calls a model in several regions"
_SEVERAL = [
    ARN.format("bedrock", "inference-profile/us.anthropic.claude"),
    ARN.format("bedrock", "application-inference-profile/a1b2"),
    "us.anthropic.claude",
]
_ROUTER = ARN.format("bedrock", "prompt-router/r")


@pytest.mark.parametrize(
    ("resource", "arguments", "reason"),
    [
        ("sqs:sendMessage", {"QueueUrl.$": "$.queue"}, "QueueUrl is only known at run time ($.queue)"),
        ("sqs:sendMessage", {}, "QueueUrl is not given"),
        ("sqs:sendMessage", {"QueueUrl": "jobs"}, "QueueUrl is not the address of a queue (jobs)"),
        ("sns:publish", {"PhoneNumber": "+1"}, "TopicArn is not given"),
        ("sns:publish", {"TopicArn": "news"}, "news is not the ARN of one resource"),
        ("sns:publish", {"TopicArn": "arn:news"}, "arn:news is not the ARN of one resource"),
        ("sns:publish", {"TopicArn": "arn:aws:sns:*"}, "arn:aws:sns:* is not the ARN of one resource"),
        ("lambda:invoke", {"FunctionName": "a b"}, "FunctionName is not the name of a function (a b)"),
        ("events:putEvents", {"Entries.$": "$.e"}, "Entries is only known at run time ($.e)"),
        ("events:putEvents", {"Entries": "x"}, "Entries is not a list"),
        (
            "events:putEvents",
            {"Entries": [{"EventBusName.$": "$.b"}]},
            "EventBusName is only known at run time ($.b)",
        ),
        (
            "states:startExecution",
            {"StateMachineArn": "x"},
            "StateMachineArn is not the ARN of a state machine (x)",
        ),
        *(("bedrock:invokeModel", {"ModelId": model}, f"{_PROFILE} ({model})") for model in _SEVERAL),
        ("bedrock:invokeModel", {"ModelId": _ROUTER}, f"ModelId is not the ARN of one model ({_ROUTER})"),
        ("bedrock:invokeModel", {"ModelId": "a1"}, "ModelId is not the id of a foundation model (a1)"),
        (
            "apigateway:invoke",
            {"ApiEndpoint": "api.example.com", "AuthType": "IAM_ROLE"},
            "ApiEndpoint is not the address of an API, but perhaps a domain of your own",
        ),
        (
            "aws-sdk:s3:putObject",
            {"Bucket": "b", "Key.$": "States.Format('{}/x', $.id)"},
            "Key is only known at run time (States.Format('{}/x', $.id))",
        ),
        ("aws-sdk:kms:encrypt", {"KeyId": "x"}, "what kms:encrypt may be done to is not derived"),
        ("aws-sdk:glue:startJobRun", {}, "what glue:startJobRun may be done to is not derived"),
        (
            "aws-sdk:sfn:createStateMachine",
            {"Name": "n", "RoleArn.$": "$.r"},
            "RoleArn is only known at run time ($.r)",
        ),
        ("sqs:new", {}, "arn:aws-test:states:::sqs:new is an integration that is not known here"),
        ("arn:aws:nothing", {}, "arn:aws:nothing is an integration that is not known here"),
    ],
)
def test_what_no_argument_names_is_an_error_that_says_what_to_do(
    resource: str, arguments: dict[str, Any], reason: str
) -> None:
    message = missing(task(resource, arguments))
    assert message.startswith(f"State 0: {reason}: add an extra statement that allows ")
    assert message.endswith(("/)", ".html)"))


def test_what_is_computed_elsewhere_in_a_state_is_missing_too() -> None:
    credentials = task("lambda:invoke", {}, Credentials={"RoleArn.$": "$.r"})
    assert missing(credentials).startswith("State 0: RoleArn is only known at run time ($.r): ")
    jsonata = wait.sqs("{% $states.input.q %}", timeout_seconds=60, query_language="JSONata")
    assert missing(jsonata).startswith(
        "State 0: QueueUrl is only known at run time ({% $states.input.q %}): "
    )


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(UnresolvedPermission) as raised:
        derived(
            task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}),
            task("sns:publish", {"TopicArn": TOPIC}),
            task("ecs:runTask", {"TaskDefinition": "t"}),
        )
    assert str(raised.value).count("\n") == 1
    assert raised.value.actions == ("iam:PassRole", "sqs:SendMessage")


@pytest.mark.parametrize(
    "action", ["sqs:SendMessage", "sqs:*", "SQS:sendmessage", ["sns:Publish", "sqs:Send*"], "*"]
)
def test_what_is_allowed_by_hand_is_accepted_and_not_repeated(action: Any) -> None:
    extra = [{"Sid": "Mine", "Effect": "Allow", "Action": action, "Resource": "arn:x"}]
    assert derived(task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), extra_statements=extra) == []


@pytest.mark.parametrize(
    "statement",
    [{"Effect": "Deny", "Action": "sqs:*"}, {"Action": "sqs:ReceiveMessage"}, {"NotAction": "sns:*"}, {}],
)
def test_what_is_not_allowed_by_hand_is_still_missing(statement: dict[str, Any]) -> None:
    assert missing(task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), extra_statements=[statement])


def test_a_resource_that_is_known_is_derived_although_its_action_is_allowed_by_hand() -> None:
    extra = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:x"}]
    assert derived(wait.sqs(QUEUE, timeout_seconds=60), extra_statements=extra)[0]["Resource"] == [QUEUE_ARN]
