"""What the checks say of Task states: the Resource, the arguments, the token, the timeouts."""

from typing import Any

import pytest

from components.asl import check
from tests.asl.machines import waiting

_INTEGRATION = "arn:${AWS::Partition}:states:::"
GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
_BY_HAND = "see that its name is right, and give its permissions by hand"
NO_RESOURCE = [
    ("arn:aws:states:::sqs:SendMessage", "write sqs:sendMessage"),
    ("arn:aws:states:::aws-sdk:SQS:SendMessage", "write aws-sdk:sqs:sendMessage"),
    ("arn:aws:sqs:eu-west-1:123456789012:q", f"call the service: {_INTEGRATION}sqs:sendMessage"),
    ("arn:aws:s3:::b", f"call the service: {_INTEGRATION}aws-sdk:s3:…"),
    ("arn:aws:state:::lambda:invoke", "did you mean states?"),
    (
        "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
        f"call it: {_INTEGRATION}states:startExecution",
    ),
    (
        "arn:aws:lambda:eu-west-1:123456789012:function:f.waitForTaskToken",
        f"use {_INTEGRATION}lambda:invoke.waitForTaskToken, with the function as FunctionName",
    ),
    ("lambda:invoke", f"did you mean {_INTEGRATION}lambda:invoke?"),
    ("aws-sdk:s3:getObject", f"did you mean {_INTEGRATION}aws-sdk:s3:getObject?"),
    ("countersign:wiat", "did you mean countersign:wait?"),
    ("https://example.com/x", "give the ARN of what does the work"),
]
NOT_OPTIMISED = [
    ("dynamodb:query", "use aws-sdk:dynamodb:query"),
    ("states:listExecutions", "use aws-sdk:sfn:listExecutions"),
    ("sqs:sendMesage", "did you mean sqs:sendMessage?"),
    ("elasticmapreduce:runJobFlow", "use aws-sdk:emr:runJobFlow"),
    ("glue:describeEverything", "use the integration with the AWS SDK"),
    ("eventbridge:putEvents", "did you mean events:putEvents?"),
    ("stepfunctions:startExecution", "did you mean states:startExecution?"),
    ("s3:getObject", "use aws-sdk:s3:getObject"),
]
NOT_KNOWN = [
    ("sqs:SendMessages", "did you mean aws-sdk:sqs:sendMessage?"),
    ("stepfunctions:startExecution", "did you mean aws-sdk:sfn:startExecution?"),
    ("logs:putLogEvents", "did you mean aws-sdk:cloudwatchlogs:putLogEvents?"),
    ("cognito-idp:adminGetUser", "did you mean aws-sdk:cognitoidentityprovider:adminGetUser?"),
    ("eventbrige:putEvent", "did you mean aws-sdk:eventbridge:putEvents?"),
    ("stepfunctions:brandNew", "did you mean aws-sdk:sfn?"),
    ("carrier:pigeon", _BY_HAND),
]
NO_PATTERN = [
    (".waitForTasktoken", "did you mean .waitForTaskToken?"),
    (":waitForTaskToken", "did you mean .waitForTaskToken?"),
    (".waitForCallback", "did you mean .waitForTaskToken?"),
    (".sync:1", "did you mean .sync:2?"),
    (".Sync", "did you mean .sync?"),
    (".later", "use .sync, .sync:2, .waitForTaskToken, or nothing"),
]
RESOURCES = [
    *((resource, "resource", fix) for resource, fix in NO_RESOURCE),
    *((f"arn:aws:states:::{name}", "integration-action", fix) for name, fix in NOT_OPTIMISED),
    *((f"arn:aws:states:::aws-sdk:{name}", "integration-unknown", fix) for name, fix in NOT_KNOWN),
    *((f"arn:aws:states:::ecs:runTask{suffix}", "integration-pattern", fix) for suffix, fix in NO_PATTERN),
]


class TestResources:
    @pytest.mark.parametrize(("resource", "rule", "fix"), RESOURCES)
    def test_a_resource_that_does_not_work(self, resource: str, rule: str, fix: str) -> None:
        (finding,) = check(waiting(Resource=resource, Parameters={}))
        assert (finding.rule, finding.fix) == (rule, fix)

    @pytest.mark.parametrize("partition", ["${Partition}", "${partition}", "${AWSPartition}"])
    def test_what_stands_behind_another_tools_partition_is_checked(self, partition: str) -> None:
        resource = f"arn:{partition}:states:::sqs:sendMessage.waitForTaskToken"
        document = waiting(Resource=resource, Parameters={"QueueUrl": "q", "MessageBody": "no token"})
        placeholder, timeout, token = check(document)
        assert placeholder.fix == "write ${AWS::Partition}, which a CallbackWorkflow fills in"
        assert (timeout.rule, token.rule) == ("wait-timeout", "token-missing")


class TestArguments:
    def test_a_group_in_lower_case_is_told_once(self) -> None:
        arguments = {"QueueUrl": "https://q.fifo", "MessageBody": "m", "messageGroupId": "g"}
        (finding,) = check(waiting(Resource="arn:aws:states:::sqs:sendMessage", Parameters=arguments))
        assert (finding.rule, finding.fix) == ("argument-case", "write MessageGroupId")

    def test_acronyms_are_only_surprising(self) -> None:
        resource = "arn:aws:states:::aws-sdk:rds:describeDBInstances"
        (finding,) = check(waiting(Resource=resource, Parameters={"DBInstanceIdentifier": "d"}))
        assert (finding.rule, finding.fix) == ("argument-unknown", "did you mean DbInstanceIdentifier?")

    @pytest.mark.parametrize(
        ("resource", "arguments", "missing"),
        [
            ("sns:publish", {"Message": "m"}, "TopicArn or TargetArn or PhoneNumber"),
            (
                "http:invoke",
                {"ApiEndpoint": "https://a", "Method": "GET"},
                "Authentication or InvocationConfig",
            ),
            ("bedrock:invokeModel", {"ModelId": "m"}, "Body or Input"),
            ("sns:publish", {"Message": "m", "TopicArn": "arn:aws:sns:x:1:t.fifo"}, "MessageGroupId"),
            ("aws-sdk:sqs:sendMessage", {"MessageBody": "m", "QueueUrl": "https://q.fifo"}, "MessageGroupId"),
            ("lambda:invoke", {"FunctionName": None}, "FunctionName, got null"),
        ],
    )
    def test_what_an_api_needs_and_no_model_says(
        self, resource: str, arguments: dict[str, Any], missing: str
    ) -> None:
        (finding,) = check(waiting(Resource=f"arn:aws:states:::{resource}", Parameters=arguments))
        assert finding.rule == "argument-missing"
        assert f" needs {missing}" in finding.message

    @pytest.mark.parametrize("delay", [{"DelaySeconds": 30}, {"DelaySeconds.$": "$.delay"}])
    def test_a_message_of_a_fifo_queue_has_no_delay_of_its_own(self, delay: dict[str, Any]) -> None:
        arguments = {"QueueUrl": "https://q.fifo", "MessageBody": "m", "MessageGroupId": "g", **delay}
        (finding,) = check(waiting(Resource="arn:aws:states:::sqs:sendMessage", Parameters=arguments))
        assert finding.rule == "field-value"
        assert finding.message == 'must be left out, because "https://q.fifo" is FIFO'
        for fine in ({**arguments, "QueueUrl": "https://q"}, {**arguments, **dict.fromkeys(delay, 0)}):
            if "DelaySeconds.$" not in fine or fine["QueueUrl"] == "https://q":
                assert check(waiting(Resource="arn:aws:states:::sqs:sendMessage", Parameters=fine)) == []

    def test_jsonpath_arguments_in_a_jsonata_machine_are_told_once(self) -> None:
        document = waiting(
            Resource="arn:aws:states:::lambda:invoke",
            Parameters={"FunctionName": "f", "Payload": {"all": "{% $states.input %}"}},
        )
        (finding,) = check({"QueryLanguage": "JSONata", **document})
        assert (finding.rule, finding.fix) == ("query-language", "use the fields of JSONata")

    def test_a_wait_without_arguments_is_told_once(self) -> None:
        document = waiting(TimeoutSeconds=60)
        del document["States"]["Ask"]["Parameters"]
        (finding,) = check(document)
        assert str(finding) == (
            "Ask: argument-missing: sqs:sendMessage needs MessageBody and QueueUrl, and there are no "
            "Parameters; give Parameters (States.Ask.Parameters)"
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"FunctionName.$": "$$.Task.Token"},
                "the task token stands where the address belongs, so nobody can answer",
            ),
            (
                {"FunctionName": "f", "Payload": {"a.$": "States.ArrayLength(States.Array($$.Task.Token))"}},
                "the task token is passed on as a hash or a count, with which nobody can answer",
            ),
            (
                {"FunctionName": "f", "InvocationType": "DryRun", "Payload.$": "$$.Task"},
                "a DryRun runs nothing, so nobody gets the task token",
            ),
        ],
    )
    def test_a_token_that_nobody_can_answer_with(self, arguments: dict[str, Any], message: str) -> None:
        resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
        (finding,) = check(waiting(Resource=resource, TimeoutSeconds=60, Parameters=arguments))
        assert (finding.rule, finding.message) == ("token-missing", message)


REQUEST = {
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "Parameters": {"QueueUrl": "q", "MessageBody": "m"},
}


class TestWaitsWithoutTimeout:
    @pytest.mark.parametrize(
        "resource",
        [
            "countersign:wait",
            "arn:aws:states:eu-west-1:123456789012:activity:work",
            "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:activity:work",
            "arn:aws:states:${Region}:${Account}:activity:work",
        ],
    )
    def test_each_kind_of_wait_needs_one(self, resource: str) -> None:
        document = waiting(Resource=resource, Parameters={"QueueUrl": "https://q"})
        assert [one.rule for one in check(document) if one.rule != "placeholder"] == ["wait-timeout"]
        document["States"]["Ask"]["TimeoutSeconds"] = 60
        assert [one.rule for one in check(document) if one.rule != "placeholder"] == []

    @pytest.mark.parametrize("fields", [{"TimeoutSeconds": 1}, {"TimeoutSecondsPath": "$.t"}, REQUEST])
    def test_each_kind_of_timeout_will_do_and_a_request_needs_none(self, fields: dict[str, Any]) -> None:
        assert check(waiting(**fields)) == []

    def test_a_heartbeat_alone_is_no_timeout(self) -> None:
        (finding,) = check(waiting(HeartbeatSeconds=60))
        assert finding.rule == "wait-timeout"
        assert finding.message == "this wait has a heartbeat alone, and lasts as long as somebody sends it"

    def test_the_timeout_of_the_machine_is_another_one(self) -> None:
        (finding,) = check({**waiting(), "TimeoutSeconds": 300})
        assert finding.rule == "wait-timeout"
        assert finding.message == (
            "this wait has no timeout; the machine's own, 300, ends it, and nothing can catch that"
        )


class TestReaders:
    @pytest.mark.parametrize(
        ("reader", "expected"),
        [
            ({"Resource": LIST, "Parameters": {"bucket": "b"}}, ["argument-missing"]),
            ({"Resource": GET}, ["argument-missing", "argument-missing", "missing-field"]),
            ({}, ["missing-field"]),
        ],
    )
    def test_each_thing_that_is_missing_is_told_once(
        self, reader: dict[str, Any], expected: list[str]
    ) -> None:
        config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
        processor = {"ProcessorConfig": config, "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}
        state = {"Type": "Map", "ItemProcessor": processor, "ItemReader": reader, "End": True}
        assert [one.rule for one in check({"StartAt": "All", "States": {"All": state}})] == expected
