"""Every Resource is understood in every partition, and the data behind `aws-sdk:*` is small."""

import botocore.session
import pytest

from components.asl import integrations
from components.asl.services import shapes
from components.asl.services.integrations import OPTIMIZED, lookup

PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc", "aws-test", "${AWS::Partition}"]


def found(name: str) -> integrations.Integration:
    """What is known of an integration."""
    integration = lookup(f"arn:aws:states:::{name}")
    assert integration is not None
    return integration


@pytest.mark.parametrize("partition", PARTITIONS)
def test_an_optimised_integration_in_every_partition(partition: str) -> None:
    one = lookup(f"arn:{partition}:states:::sqs:sendMessage.waitForTaskToken")
    assert one is not None
    assert (one.service, one.action, one.pattern) == ("sqs", "sendMessage", "waitForTaskToken")
    assert (one.kind, one.known) == ("optimized", True)
    assert one.patterns == {"request_response", "waitForTaskToken"}
    assert one.required == {"QueueUrl", "MessageBody"}
    assert one.token_field == "MessageBody"


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
    one = found(resource)
    assert (one.kind, one.known) == ("sdk", True)
    assert one.required == required
    assert one.patterns == {"request_response", "waitForTaskToken"}


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
    one = found(resource)
    arguments = integrations.arguments(one)
    assert arguments is not None
    assert one.required | some <= arguments
    assert not none & arguments


def test_the_arguments_of_every_optimised_integration_are_known() -> None:
    for name, row in OPTIMIZED.items():
        assert (integrations.arguments(found(name)) or frozenset()) >= row.required, name


@pytest.mark.parametrize("name", ["newservice:doIt", "aws-sdk:newservice:doIt", "sqs:receiveMessage"])
def test_what_is_not_known_is_unknown_and_not_wrong(name: str) -> None:
    one = found(name)
    assert (one.known, one.required) == (False, frozenset())
    assert integrations.arguments(one) is None


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
    assert (activity.kind, activity.action) == ("activity", "Sign")
    assert (function.kind, function.action) == ("lambda", "f:live")


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


def test_what_a_page_says_is_said_of_an_argument_and_not_by_the_model() -> None:
    for name, arguments in shapes._limits().items():
        one = found(name)
        known = shapes.call("", one.sdk)
        for argument in arguments:
            assert argument in (integrations.arguments(one) or ()), f"{name} {argument}"
            shape = known.shapes[known.arguments[argument]] if known is not None else {}
            assert not shape.keys() & {"min", "max", "values"}, f"{name} {argument} has limits of its own"


def test_every_optimised_integration_with_a_model_has_shapes() -> None:
    for name, row in OPTIMIZED.items():
        call = shapes.call(name, row.sdk)
        assert (call is not None) >= (row.sdk is not None), name
        assert row.sdk is None or row.required - row.optional <= (call.arguments.keys() if call else set()), (
            name
        )
