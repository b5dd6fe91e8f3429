"""What cannot be derived is an error that says what to add by hand."""

from typing import Any

import pytest

from components.asl import UnresolvedPermission, wait
from tests.asl.places import (
    ARN,
    QUEUE,
    QUEUE_ARN,
    TOPIC,
    derived,
    missing,
    task,
)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), "QueueUrl is only known at run time ($.queue)"),
        (task("sqs:sendMessage", {}), "QueueUrl is not given"),
        (task("sqs:sendMessage", {"QueueUrl": "jobs"}), "QueueUrl is not the address of a queue (jobs)"),
        (task("sns:publish", {"PhoneNumber": "+1"}), "TopicArn is not given"),
        (task("sns:publish", {"TopicArn": "news"}), "news is not the ARN of one resource"),
        (task("sns:publish", {"TopicArn": "arn:news"}), "arn:news is not the ARN of one resource"),
        (task("sns:publish", {"TopicArn": "arn:aws:sns:*"}), "arn:aws:sns:* is not the ARN of one resource"),
        (task("lambda:invoke", {"FunctionName": "a b"}), "FunctionName is not the name of a function (a b)"),
        (task("events:putEvents", {"Entries.$": "$.e"}), "Entries is only known at run time ($.e)"),
        (task("events:putEvents", {"Entries": "x"}), "Entries is not a list"),
        (
            task("events:putEvents", {"Entries": [{"EventBusName.$": "$.b"}]}),
            "EventBusName is only known at run time ($.b)",
        ),
        (
            task("states:startExecution", {"StateMachineArn": "x"}),
            "StateMachineArn is not the ARN of a state machine (x)",
        ),
        (
            task("bedrock:invokeModel", {"ModelId": "us.anthropic.claude"}),
            "ModelId is an inference profile, which calls a model in several regions (us.anthropic.claude)",
        ),
        *(
            (
                task("bedrock:invokeModel", {"ModelId": model}),
                f"ModelId is an inference profile, which calls a model in several regions ({model})",
            )
            for model in (
                ARN.format("bedrock", "inference-profile/us.anthropic.claude"),
                ARN.format("bedrock", "application-inference-profile/a1b2"),
            )
        ),
        (
            task("bedrock:invokeModel", {"ModelId": ARN.format("bedrock", "prompt-router/r")}),
            f"ModelId is not the ARN of one model ({ARN.format('bedrock', 'prompt-router/r')})",
        ),
        (
            task("bedrock:invokeModel", {"ModelId": "a1b2c3"}),
            "ModelId is not the id of a foundation model (a1b2c3)",
        ),
        (
            task("apigateway:invoke", {"ApiEndpoint": "api.example.com", "AuthType": "IAM_ROLE"}),
            "ApiEndpoint is not the address of an API, but perhaps a domain of your own",
        ),
        (
            task("aws-sdk:s3:putObject", {"Bucket": "b", "Key.$": "States.Format('{}/x', $.id)"}),
            "Key is only known at run time (States.Format('{}/x', $.id))",
        ),
        (task("aws-sdk:kms:encrypt", {"KeyId": "x"}), "what kms:encrypt may be done to is not derived"),
        (task("aws-sdk:glue:startJobRun"), "what glue:startJobRun may be done to is not derived"),
        (
            task("aws-sdk:sfn:createStateMachine", {"Name": "n", "RoleArn.$": "$.r"}),
            "RoleArn is only known at run time ($.r)",
        ),
        (
            task("sqs:newAction"),
            "arn:aws-test:states:::sqs:newAction is an integration that is not known here",
        ),
        (task("arn:aws:nothing"), "arn:aws:nothing is an integration that is not known here"),
        (
            task("lambda:invoke", {}, Credentials={"RoleArn.$": "$.r"}),
            "RoleArn is only known at run time ($.r)",
        ),
        (
            {**wait.sqs("{% $states.input.q %}", timeout_seconds=60, query_language="JSONata")},
            "QueueUrl is only known at run time ({% $states.input.q %})",
        ),
    ],
)
def test_what_no_argument_names_is_an_error_that_says_what_to_do(state: dict[str, Any], reason: str) -> None:
    message = missing(state)
    assert message.startswith(f"State 0: {reason}: add an extra statement that allows ")
    assert message.endswith(("/)", ".html)"))


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
