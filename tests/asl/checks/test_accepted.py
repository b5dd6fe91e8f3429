"""What AWS accepts, however odd, is no error.

Each of these was seen in definitions that AWS publishes as samples (aws-samples/aws-stepfunctions-examples,
aws-samples/step-functions-workflows-collection, aws-samples/serverless-patterns).
"""

from typing import Any

import pytest

from components.asl import Severity, check, check_text

LAMBDA = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "${Function}"},
}
MESSAGE = {"QueueUrl": "${Queue}", "MessageBody": {"token.$": "$$.Task.Token"}}


def rules(state: dict[str, Any], **others: dict[str, Any]) -> set[str]:
    """The rules a machine of these states breaks; none of them an error."""
    findings = check({"StartAt": "First", "States": {"First": state, **others}})
    assert [str(one) for one in findings if one.severity is Severity.ERROR] == []
    return {one.rule for one in findings}


@pytest.mark.parametrize(
    "path",
    [
        "$$.Execution.Name ", "$.[*].['bucket', 'key']", "$.[?(@.unit > 0)]", "$.detail-type",
        "$.Body.soap:Envelope.user@domain[0]", "$.detail['flow-name']", "$.entities[?(@.Score > .85)]",
        "$.approaches[?(@.workerId == $.agent_id)].approach",
        "$.tasks[?(@.TaskType == 'Map')].DestinationField",
        "$.pages[0].fields[?(@.Type.Text==AMOUNT_PAID)].value.Text", "$[?(@.language==es)].text",
        "$.versions[1:]", "$.versions[(@.length-1)].name",
        "States.Format('{}', $.versions[( @.length - 2 )])", "States.StringToJson($.[0].body)",
        "States.Format('{}\n{}', 'two lines', $.text)", "States.MathAdd($.count, -1)",
        "States.Format('C:\\\\{}', $.name)", "States.Format('\\{\\} is no place for {}', $.name)",
        "States.Format('{}_batch{}',$$.Execution.Name,$['a']['b']['number'])",
        "States.Format('unload (\\'{}\\') to \\'s3://{}/result_\\'', $.query, $.bucket)",
        "States.Format('{}/{}.json', 'by-date', States.ArrayGetItem(States.StringSplit($.type, '::'), 1))",
        'States.JsonMerge(States.StringToJson($.Body), States.StringToJson(\'{"New": "value" }\'), false)',
    ],
)  # fmt: skip
def test_paths_and_functions(path: str) -> None:
    assert rules({"Type": "Pass", "Parameters": {"value.$": path}, "End": True}) == set()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({**LAMBDA, "End": True}, set()),
        ({"Type": "Task", "Resource": "${FunctionArn}", "End": True}, {"placeholder"}),
        ({**LAMBDA, "Resource": "arn:aws:states:us-east-1:1:lambda:invoke", "End": True}, set()),
        ({"Type": "Task", "Resource": "arn:aws:states:::new:doIt", "End": True}, {"integration-unknown"}),
        ({**LAMBDA, "Parameters": {"FunctionName": "f", "Payload": {"t.$": "$$.Task.Token"}}, "End": True},
         {"token-outside-wait"}),
        ({**LAMBDA, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": MESSAGE,
          "HeartbeatSeconds": 300, "End": True}, {"wait-timeout"}),
        ({**LAMBDA, "ResultSelector": {}, "ResultPath": None, "OutputPath": None, "End": True}, set()),
        ({**LAMBDA, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0, "Comment": ""}], "End": True},
         set()),
        ({**LAMBDA, "Retry": [{"ErrorEquals": ["Taken"], "IntervalSeconds": 0, "MaxAttempts": 0}],
          "End": True}, {"retry-at-once"}),
        ({**LAMBDA, "Retry": [{"ErrorEquals": ["States.Timeout", "States.TaskFailed"]}], "End": True}, set()),
        ({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
          "Parameters": {"StateMachineArn": "${Child}", "Input": {"token.$": "$$.Task.Token"}}, "End": True},
         set()),
        ({"Type": "Task", "Resource": "arn:aws:states:::bedrockagentcore:invokeHarness",
          "Parameters": {"HarnessArn": "${Harness}", "RuntimeSessionId.$": "$$.Execution.Name",
                         "Messages": []}, "End": True}, set()),
        ({"Type": "Task", "Resource": "arn:${Partition}:states:::sqs:sendMessage", "End": True,
          "Parameters": {"QueueUrl": "q", "MessageBody": "m"}}, {"placeholder"}),
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:rds:describeDBInstances",
          "Parameters": {"DbInstanceIdentifier.$": "$.database"}, "End": True}, set()),
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
          "Parameters": {"Bucket": "b", "${Key}.$": "$.key", "Key": "k"}, "End": True}, set()),
        ({"Type": "Pass", "Parameters": [{"item.$": "$.item"}], "End": True}, set()),
        ({"Type": "Pass", "Result": {}, "End": True}, set()),
        ({"Type": "Pass", "Result": "Done", "Parameters": {}, "End": True}, set()),
        ({"Type": "Fail", "Error": "States.QuorumMet", "Comment": "in fact a success"}, set()),
        ({"Type": "Pass", "InputPath": "States.UUID()", "OutputPath": "States.UUID()", "End": True},
         set()),
        ({"Type": "Fail"}, set()),
        ({"Type": "Succeed", "OutputPath": "$"}, set()),
        ({"Type": "Wait", "Seconds": 0, "Comment": "$.error", "End": True}, set()),
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:organizations:listRoots", "Parameters": {},
          "End": True}, set()),
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:fis:startExperiment",
          "Parameters": {"ExperimentTemplateId.$": "$.template"}, "End": True}, set()),
    ],
)  # fmt: skip
def test_states(state: dict[str, Any], expected: set[str]) -> None:
    assert rules(state) == expected


@pytest.mark.parametrize(
    "resource",
    [
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:x",
        "arn:aws:lambda:${AWS::Region}:123456789012:function:x",
        "arn:aws:lambda:eu-west-1:${AWS::AccountId}:function:x:prod",
        "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:x",
        "arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:x:$LATEST",
    ],
)
def test_functions(resource: str) -> None:
    assert rules({"Type": "Task", "Resource": resource, "End": True}) == set()


def test_the_placeholders_of_a_workflow_stand_in_an_integration_too() -> None:
    resource = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:lambda:invoke"
    assert rules({**LAMBDA, "Resource": resource, "End": True}) == set()


@pytest.mark.parametrize(
    "state",
    [
        {"Resource": "arn:aws:states:::lambda:invoke", "Arguments": "{% $states.input %}", "Credentials": {}},
        {"Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Arguments": ["a", 1]},
        {"Resource": "arn:aws:states:::sqs:sendMessage",
         "Arguments": {"QueueUrl": "https://q.fifo", "MessageBody": "m", "MessageGroupId": "g"}},
        {"Resource": "arn:aws:states:::sns:publish",
         "Arguments": {"PhoneNumber": "+1", "Message": "m", "Subject": "{% $states.input.s %}"}},
        {"Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f", "Payload": None}},
        {"Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"},
         "Credentials": {"RoleArn": "{% $states.input.role %}"}},
        {"Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"},
         "Credentials": {"RoleArn": "arn:aws-cn:iam::123456789012:role/a/b"}},
    ],
)  # fmt: skip
def test_tasks_in_jsonata(state: dict[str, Any]) -> None:
    document = {"QueryLanguage": "JSONata", "StartAt": "A"}
    assert check({**document, "States": {"A": {"Type": "Task", **state, "End": True}}}) == []


def test_a_name_with_a_jsonpath_ending_in_the_output_of_a_jsonata_state() -> None:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a.$": "$.b"}, "End": True}
    assert rules(state) == {"literal-path"}


def test_a_hash_of_the_token_beside_the_token() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": "f",
            "Payload": {"id.$": "States.Hash($$.Task.Token, 'SHA-256')", "token.$": "$$.Task.Token"},
        },
        "TimeoutSeconds": 60,
        "End": True,
    }
    assert rules(state) == set()


WITH_HOLES = """{
  "Comment": "not this one: \\"${Name}\\", and ${Nor} this",
  "TimeoutSeconds": ${var.timeout},
  "StartAt": "Run",
  "States": {"Run": {
    "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": ${Seconds},
    "Parameters": {
      "Cluster": "${Cluster}", "TaskDefinition": "${Definition}",
      "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ${join(var.subnets)}}}
    },
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds":${Wait}, "MaxAttempts": ${Attempts}}],
    "End": true
  }}
}
"""


class TestPlaceholdersWithoutQuotes:
    """A template fills them in with numbers and arrays; until then the text is no JSON."""

    def test_they_are_one_note(self) -> None:
        (finding,) = check_text(WITH_HOLES)
        assert (finding.severity, finding.rule) == (Severity.NOTE, "placeholder")
        assert "at line 3, column 21 stands without quotes (and 4 more like it)" in finding.message

    def test_what_else_is_wrong_is_found(self) -> None:
        found = check_text(WITH_HOLES.replace('"End": true', '"Next": "Walk"'))
        assert [one.rule for one in found if one.severity is Severity.ERROR] == ["transition-target"]

    def test_they_can_be_silenced(self) -> None:
        assert check_text(WITH_HOLES, silence={"placeholder": "Terraform fills them in"}) == []


def test_choices() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [
            {"And": [{"Variable": "$.Tags.auto-maintain", "StringEquals": "true"}], "Next": "Last"},
            {"Not": {"Variable": "$.products[0]", "IsPresent": True}, "Next": "Last"},
            {"Variable": "$[1].error", "IsPresent": True, "Comment": "the second branch", "Next": "Last"},
            {
                "Variable": "$.count",
                "NumericGreaterThanEqualsPath": "$$.Execution.Input.quorum",
                "Next": "Last",
            },
        ],
    }
    assert rules(choice, Last={"Type": "Succeed"}) == {"choice-default"}


def test_an_error_name_of_ones_own_that_looks_reserved() -> None:
    branch = {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "States.RanOutOfTime"}}}
    parallel = {
        "Type": "Parallel",
        "Branches": [branch],
        "Catch": [{"ErrorEquals": ["States.RanOutOfTime"], "Next": "Last", "Comment": "too late"}],
        "Next": "Last",
    }
    assert rules(parallel, Last={"Type": "Succeed"}) == {"error-name-unknown"}


def test_maps() -> None:
    inner = {
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "Parameters": {"key.$": "$.Key"}, "End": True}},
    }
    distributed = {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "Inside",
            "States": {
                "Inside": {
                    "Type": "Map",
                    "ItemsPath": "$.Items",
                    "ItemProcessor": {**inner, "ProcessorConfig": {"Mode": "INLINE"}},
                    "End": True,
                }
            },
        },
        "ItemsPath": "$.Contents",
        "ItemBatcher": {"MaxItemsPerBatch": 100, "MaxInputBytesPerBatch": 204_800},
        "Label": "S3objectkeys",
        "MaxConcurrency": 0,
        "ToleratedFailurePercentage": 100,
        "ResultSelector": {},
        "End": True,
    }
    assert rules(distributed) == set()
    assert rules({**distributed, "ItemsPath": "$.pages[*].Contents"}) == set()
    older = {
        "Type": "Map",
        "Iterator": inner,
        "ItemsPath": "$$.Execution.Input.list",
        "Parameters": {},
        "End": True,
    }
    assert rules(older) == set()
    older = {**distributed, "Iterator": distributed["ItemProcessor"]}
    del older["ItemProcessor"]
    assert rules(older) == set()


def test_jsonata() -> None:
    document = {
        "QueryLanguage": "JSONata",
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
                "Arguments": {
                    "TopicArn": "${Topic}",
                    "Message": "{% 'Click:\n${Url}?t=' & $encodeUrlComponent($states.context.Task.Token) %}",
                    "Subject": "{%$lowercase('A' & $uuid()) %}",
                },
                "HeartbeatSeconds": 86_400,
                "Output": {"text": "{% $states.result.Output.Content[0].Text %}", "status": "APPROVED"},
                "Catch": [
                    {"ErrorEquals": ["States.TaskFailed"], "Next": "Each", "Output": {"status": "REJECTED"}}
                ],
                "Next": "Each",
            },
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.Items%}",
                "ItemProcessor": {
                    "StartAt": "One",
                    "States": {"One": {"Type": "Pass", "Output": {}, "End": True}},
                },
                "End": True,
            },
        },
    }
    findings = check(document)
    assert [one for one in findings if one.severity is Severity.ERROR] == []
    assert {one.rule for one in findings} == {"wait-timeout", "wait-failure-unnoticed"}


def test_a_branch_has_a_variable_that_the_parallel_state_assigns_afterwards() -> None:
    branch = {
        "StartAt": "Work",
        "States": {"Work": {"Type": "Pass", "Assign": {"input.$": "$", "result": 1}, "End": True}},
    }
    parallel = {
        "Type": "Parallel",
        "Branches": [branch],
        "Assign": {"result.$": "$[0]"},
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "Assign": {"input.$": "$", "error.$": "$"}, "Next": "Last"}
        ],
        "Next": "Last",
    }
    assert rules(parallel, Last={"Type": "Succeed"}) == set()
    findings = check({"StartAt": "First", "States": {
        "First": {**parallel, "Next": "Then"},
        "Then": {"Type": "Pass", "Assign": {"result": 2}, "Next": "Last"},
        "Last": {"Type": "Succeed"},
    }})  # fmt: skip
    assert [one.rule for one in findings] == ["variable-shadowed"]


def test_a_state_in_a_jsonata_map_of_a_jsonpath_machine_speaks_jsonpath_unless_it_says_otherwise() -> None:
    def inner(**fields: Any) -> dict[str, Any]:
        return {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", **fields, "End": True}}}

    outer = {"Type": "Map", "QueryLanguage": "JSONata", "Items": "{% $states.input.items %}", "End": True}
    for fields in (
        {"QueryLanguage": "JSONPath"},
        {"Parameters": {"item.$": "$.item"}},
        {"QueryLanguage": "JSONata", "Output": "{% $states.input.item %}"},
    ):
        assert rules({**outer, "ItemProcessor": inner(**fields)}) == set()
    (finding,) = check({"StartAt": "First", "States": {
        "First": {**outer, "ItemProcessor": inner(Output="{% $states.input.item %}")}
    }})  # fmt: skip
    assert (finding.rule, finding.path) == (
        "query-language",
        "States.First.ItemProcessor.States.Inner.Output",
    )
