"""The tables are readable, their `*` are AWS's, and what their words find is exact."""

import json
import re
from typing import Any

import pytest

from components.asl import UnresolvedPermission
from components.asl.permissions import grants
from components.asl.permissions.grants import FINDERS
from components.asl.services.integrations import OPTIMIZED, sdk_action
from tests.asl.places import derived, described, task

TABLES = {name: grants.table(name) for name in ("optimised.csv", "sdk.csv")}
ROWS = [
    (integration, row)
    for table in TABLES.values()
    for integration, rows in table.items()
    for row in rows
    if row.actions
]
ROLE = "arn:aws-test:iam::123456789012:role/worker"
TABLE = "arn:aws-test:dynamodb:eu-north-1:210987654321:table/users"


def test_every_optimised_integration_has_rows() -> None:
    own = {"sts:assumeRole", *(name for name in TABLES["optimised.csv"] if name.startswith("map:"))}
    assert TABLES["optimised.csv"].keys() - own == OPTIMIZED.keys()


def test_every_sdk_row_is_of_an_action_that_exists() -> None:
    for integration in TABLES["sdk.csv"]:
        assert sdk_action(*integration.split(":")) is not None, integration


def test_every_row_says_what_for_and_where_aws_says_so() -> None:
    for integration, row in ROWS:
        assert row.page.startswith("https://docs.aws.amazon.com/"), integration
        assert re.fullmatch(r"[A-Za-z0-9]+", row.sid), integration
        assert [*row.actions] == sorted(row.actions), integration
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action) for action in row.actions), integration


def test_every_resource_is_a_word_an_arn_or_a_reason() -> None:
    for integration, row in ROWS:
        word = row.resource.split()[0]
        known = word in FINDERS or row.resource.startswith(("by hand: ", "{"))
        arn = re.fullmatch(r"[a-z0-9-]+:[\w/{}.=,:$*-]+", row.resource) is not None
        assert known or arn or row.resource == "*", (integration, row.resource)


def test_only_actions_without_a_resource_type_are_allowed_on_everything() -> None:
    """As the Service Authorization Reference has it; and each of them carries the reference's page."""
    for integration, row in ROWS:
        if row.resource == "*":
            assert "/service-authorization/" in row.page, integration
            known = sdk_action(*integration.split(":")) if integration in TABLES["sdk.csv"] else None
            if known is not None and known.iam_action == row.actions[0]:
                assert known.resources == (), integration


def test_a_star_in_an_argument_is_a_star_and_nothing_more() -> None:
    """Whatever table a call is in, `any*` among its arguments never stands as it is in an ARN."""
    starred = {
        "Entries": [{"EventBusName": "any*"}],
        "RequestItems": {"any*": {}},
        "Delete": {"Objects": [{}]},
    }
    for integration, row in ROWS:
        names = {*re.findall(r"\{([\w.]+)", row.resource), *row.resource.split()[1:], "Bucket", "Key", "Name"}
        arguments = {name.partition(".")[0]: "any*" for name in names if name[0].isupper()}
        resource = integration if integration in OPTIMIZED else f"aws-sdk:{integration}"
        try:
            found = derived(task(resource, {**arguments, **starred}))
        except UnresolvedPermission:
            continue
        assert "any*" not in json.dumps([statement["Resource"] for statement in found]), integration


@pytest.mark.parametrize(
    ("resource", "arguments", "expected"),
    [
        ("aws-sdk:dynamodb:query", {"TableName": TABLE, "IndexName": "day"}, [
            "CallDynamodb: dynamodb:Query on dynamodb:eu-north-1:210987654321:table/users/index/day",
        ]),
        ("aws-sdk:dynamodb:batchGetItem", {"RequestItems": {"orders": {}, TABLE: {}}}, [
            ("ReadItems: dynamodb:BatchGetItem on dynamodb//table/orders "
            "dynamodb:eu-north-1:210987654321:table/users"),
        ]),
        ("aws-sdk:dynamodb:transactWriteItems", {
            "TransactItems": [{"Put": {"TableName": "orders"}}, {"Delete": {"TableName": "carts"}}],
        }, [
            "DeleteItems: dynamodb:DeleteItem on dynamodb//table/carts",
            "PutItems: dynamodb:PutItem on dynamodb//table/orders",
        ]),
        ("aws-sdk:dynamodb:transactWriteItems", {"TransactItems.$": "$.writes"}, [
            "by hand: dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:UpdateItem",
        ]),
        ("aws-sdk:s3:copyObject", {"Bucket": "b", "Key": "k", "CopySource": "other/a%20b.json?versionId=3"}, [
            "PutObjects: s3:PutObject on s3:::b/k",
            "ReadObjects: s3:GetObjectVersion on s3:::other/a b.json",
        ]),
        ("aws-sdk:s3:copyObject", {
            "Bucket": "b", "Key": "k", "TaggingDirective": "COPY",
            "CopySource.$": "States.Format('o/in/{}', $.k)",
        }, [
            "PutObjects: s3:PutObject s3:PutObjectTagging on s3:::b/k",
            "ReadObjects: s3:GetObject on s3:::o/in/*",
            "ReadTags: s3:GetObjectTagging on s3:::o/in/*",
        ]),
        ("aws-sdk:s3:deleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}, {
            "Key": "c", "VersionId": "1",
        }]}}, [
            "DeleteObjects2: s3:DeleteObjectVersion on s3:::b/c",
            "DeleteObjects: s3:DeleteObject on s3:::b/a",
        ]),
        ("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k", "Acl": "private", "SsekmsKeyId": "alias/x"}, [
            "PutObjects: s3:PutObject s3:PutObjectAcl on s3:::b/k",
            "by hand: kms:GenerateDataKey",
        ]),
        ("aws-sdk:s3:getObject", {"Bucket": "door-a1-s3alias", "Key": "k"}, ["by hand: s3:GetObject"]),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b", "Prefix": "in/"}, [
            'ListObjects: s3:ListBucket on s3:::b if {"StringLike": {"s3:prefix": "in/"}}',
        ]),
        ("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "shop/key"}, [
            "ReadSecrets: secretsmanager:GetSecretValue on secretsmanager//secret:shop/key-??????",
        ]),
        ("aws-sdk:ssm:getParameters", {"Names": ["/shop/rate:3", "limit"]}, [
            "ReadParameters: ssm:GetParameters on ssm//parameter/limit ssm//parameter/shop/rate",
        ]),
        ("aws-sdk:eventbridge:putTargets", {
            "Rule": "daily", "EventBusName": "shop", "Targets": [{"Id": "1", "RoleArn": ROLE}],
        }, [
            "CallEvents: events:PutTargets on events//rule/shop/daily",
            "PassRoles: iam:PassRole on iam::123456789012:role/worker",
        ]),
        ("aws-sdk:scheduler:createSchedule", {
            "Name.$": "States.Format('order-{}', $.id)", "Target": {"RoleArn": ROLE},
        }, [
            "CallScheduler: scheduler:CreateSchedule on scheduler//schedule/default/order-*",
            "PassRoles: iam:PassRole on iam::123456789012:role/worker",
        ]),
        ("aws-sdk:lambda:updateFunctionCode", {"FunctionName": "f", "S3Bucket": "b", "S3Key": "k.zip"}, [
            "CallLambda: lambda:UpdateFunctionCode on lambda//function:f",
            "ReadCode: s3:GetObject on s3:::b/k.zip",
        ]),
        ("aws-sdk:sqs:getQueueUrl", {"QueueName": "q", "QueueOwnerAWSAccountId": "210987654321"}, [
            "CallSqs: sqs:GetQueueUrl on sqs:eu-north-1:210987654321:q",
        ]),
        ("aws-sdk:cloudwatch:putMetricData", {"Namespace": "Shop"}, [
            'PutMetrics: cloudwatch:PutMetricData on * if {"StringEquals": {"cloudwatch:namespace": "Shop"}}',
        ]),
        ("states:startExecution.sync:2", {
            "StateMachineArn": "arn:aws-test:states:eu-north-1:123456789012:stateMachine:child:PROD",
        }, [
            "FollowExecutions: states:DescribeExecution states:StopExecution on states//execution:child:*",
            ("FollowJobs: events:DescribeRule events:PutRule events:PutTargets on "
            "events//rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
            ("StartExecutions: states:StartExecution on states//stateMachine:child if "
            '{"ForAnyValue:StringEquals": {"states:StateMachineQualifier": ["PROD"]}}'),
        ]),
        ("ecs:runTask.sync", {"TaskDefinition": "worker", "Cluster": "blue", "Tags": [{"Key": "a"}]}, [
            ("FollowJobs: events:DescribeRule events:PutRule events:PutTargets on "
            "events//rule/StepFunctionsGetEventsForECSTaskRule"),
            "FollowTasks: ecs:DescribeTasks ecs:StopTask on ecs//task/blue/*",
            "RunTasks: ecs:RunTask on ecs//task-definition/worker:*",
            ("TagTasks: ecs:TagResource on ecs//task/blue/* if "
            '{"StringEquals": {"ecs:CreateAction": "RunTask"}}'),
            "by hand: iam:PassRole",
        ]),
        ("batch:submitJob", {"JobDefinition": "nightly", "JobQueue": "low"}, [
            ("SubmitJobs: batch:SubmitJob on batch//job-definition/nightly "
            "batch//job-definition/nightly:* batch//job-queue/low"),
        ]),
        ("athena:startQueryExecution", {"ResultConfiguration": {"OutputLocation": "s3://out/daily/"}}, [
            "FindQueryResults: s3:GetBucketLocation s3:ListBucket on s3:::out",
            "ReadCatalogs: athena:GetDataCatalog on athena//datacatalog/AwsDataCatalog",
            "RunQueries: athena:StartQueryExecution on athena//workgroup/primary",
            ("WriteQueryResults: s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts "
            "s3:PutObject on s3:::out/daily/*"),
            "by hand: glue:GetTable s3:GetObject",
        ]),
        ("codebuild:batchDeleteBuilds", {"Ids": ["site:1", "docs:2"]}, [
            "DeleteBuilds: codebuild:BatchDeleteBuilds on codebuild//project/docs codebuild//project/site",
        ]),
        ("sagemaker:createTrainingJob", {"TrainingJobName": "Big-1", "RoleArn": ROLE}, [
            "CreateModelJobs: sagemaker:AddTags sagemaker:CreateTrainingJob on sagemaker//training-job/big-1",
            ("PassRoles: iam:PassRole on iam::123456789012:role/worker if "
            '{"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}'),
        ]),
        ("apigateway:invoke", {
            "ApiEndpoint": "abc.execute-api.eu-north-1.amazonaws.com", "Method": "POST", "Path": "/orders",
            "AuthType": "IAM_ROLE",
        }, ["CallApis: execute-api:Invoke on execute-api//abc/$default/POST/orders"]),
        ("eks:call", {"ClusterName": "c"}, []),
    ],
)  # fmt: skip
def test_what_a_call_needs(resource: str, arguments: dict[str, Any], expected: list[str]) -> None:
    assert sorted(described(task(resource, arguments))) == expected
