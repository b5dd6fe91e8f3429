"""The provider: what a program asks for is what the services have, with the outputs pulumi-aws computes."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import config, observe
from local.aws.provider import AwsProvider
from local.aws.resources import KINDS
from local.aws.resources.identity import widened
from local.aws.resources.storage import without_tls_rule
from local.aws.resources.workflows import adapt
from local.deploy import deploy
from local.emulator import Emulator
from local.errors import LocalError
from local.model import Created, Resource
from tests.local.support import PROGRAMS, program
from tests.support.embedded import Embedded, embedded
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.embedded
EVERY_TYPE = PROGRAMS / "every_type"


@pytest.fixture(scope="module")
def every_type() -> Iterator[Embedded]:
    with embedded(EVERY_TYPE) as deployed:
        yield deployed


def test_the_program_has_every_type_and_every_input_was_applied(every_type: Embedded) -> None:
    registered = {resource.type for resource, _ in every_type.stack.deployment.resources}
    assert registered == set(KINDS)
    assert every_type.stack.provider.notes == ()


def test_every_name_is_the_logical_one_with_seven_hex_digits(every_type: Embedded) -> None:
    for resource, created in every_type.stack.deployment.resources:
        name = created.outputs.get("name")
        if name is not None and name != "$default":
            prefix = resource.inputs.get("namePrefix", f"{resource.name}-")
            assert re.fullmatch(rf"{prefix}[0-9a-f]{{7}}(\.fifo)?", name)


def test_arns_are_those_the_services_report(every_type: Embedded) -> None:
    aws = every_type.aws
    queue = every_type.resource("aws:sqs/queue:Queue", "work")
    attributes = aws.sqs.get_queue_attributes(QueueUrl=queue["url"], AttributeNames=["All"])["Attributes"]
    assert attributes["QueueArn"] == queue["arn"]
    assert attributes["VisibilityTimeout"] == "60"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 3
    assert json.loads(attributes["Policy"])["Statement"][0]["Sid"] == "Test"
    group = every_type.resource("aws:cloudwatch/logGroup:LogGroup", "worker")
    (found,) = aws.logs.describe_log_groups(logGroupNamePrefix=group["name"])["logGroups"]
    assert found["retentionInDays"] == 7
    assert found["arn"] in (group["arn"], f"{group['arn']}:*")
    alarms = aws.cloudwatch.describe_alarms()["MetricAlarms"]
    reported: dict[str, tuple[str, Any]] = {
        "aws:cloudwatch/metricAlarm:MetricAlarm": ("AlarmArn", alarms),
        "aws:lambda/function:Function": ("FunctionArn", aws.functions.list_functions()["Functions"]),
        "aws:cloudwatch/eventRule:EventRule": ("Arn", aws.events.list_rules()["Rules"]),
        "aws:scheduler/schedule:Schedule": ("Arn", aws.scheduler.list_schedules()["Schedules"]),
        "aws:sns/topic:Topic": ("TopicArn", aws.sns.list_topics()["Topics"]),
        "aws:iam/role:Role": ("Arn", aws.iam.list_roles()["Roles"]),
    }
    for kind, (key, found_there) in reported.items():
        ours = {made["arn"] for _, made in every_type.stack.deployment.of_type(kind)}
        assert ours
        assert ours <= {each[key] for each in found_there}


def test_a_dashboard_has_the_body_that_was_asked_for(every_type: Embedded) -> None:
    name = every_type.resource("aws:cloudwatch/dashboard:Dashboard", "page")["dashboardName"]
    found = every_type.aws.cloudwatch.get_dashboard(DashboardName=name)
    assert json.loads(found["DashboardBody"]) == {"widgets": []}


def test_a_log_is_counted_in_as_asked(every_type: Embedded) -> None:
    group = every_type.resource("aws:cloudwatch/logGroup:LogGroup", "worker")["name"]
    (found,) = every_type.aws.logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert found["filterPattern"] == '{ $.rings = "*" }'
    assert found["metricTransformations"] == [
        {
            "metricName": "Rang",
            "metricNamespace": "Test/of",
            "metricValue": "1",
            "dimensions": {"rings": "$.rings"},
        }
    ]


def test_a_function_is_configured_as_asked(every_type: Embedded) -> None:
    function = every_type.resource("aws:lambda/function:Function", "worker")
    found = every_type.aws.functions.get_function_configuration(FunctionName=function["name"])
    assert (found["Timeout"], found["MemorySize"], found["Architectures"]) == (20, 256, ["arm64"])
    assert found["Environment"]["Variables"] == {"NAME": "value", "EMBEDDED_JSON_LOG_LEVEL": "INFO"}
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["invokeArn"].endswith(f":lambda:path/2015-03-31/functions/{function['arn']}/invocations")
    mapping = every_type.resource("aws:lambda/eventSourceMapping:EventSourceMapping", "work")
    reported = every_type.aws.functions.get_event_source_mapping(UUID=mapping["uuid"])
    assert reported["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert reported["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_a_schedule_keeps_its_input_as_written(every_type: Embedded) -> None:
    schedule = every_type.resource("aws:scheduler/schedule:Schedule", "daily")
    target = every_type.aws.scheduler.get_schedule(Name=schedule["name"])["Target"]
    assert json.loads(target["Input"]) == {"kept": {"asIs": True}}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3}


def test_a_table_has_its_keys_indexes_stream_and_recovery(every_type: Embedded) -> None:
    table = every_type.resource("aws:dynamodb/table:Table", "requests")
    found = every_type.aws.dynamodb.describe_table(TableName=table["name"])["Table"]
    assert [key["AttributeName"] for key in found["KeySchema"]] == ["pk", "sk"]
    (index,) = found["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]["NonKeyAttributes"]) == ("by-due", ["a"])
    assert found["LatestStreamArn"] == table["streamArn"]
    ttl = every_type.aws.dynamodb.describe_time_to_live(TableName=table["name"])["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "expires"


def test_an_http_api_answers_where_it_says(every_type: Embedded) -> None:
    with urllib.request.urlopen(f"{every_type.outputs['url']}r/some-id", timeout=PATIENCE_SECONDS) as answer:
        assert answer.read() == b"/r/some-id"


def test_a_bucket_has_all_its_settings(every_type: Embedded) -> None:
    name = every_type.resource("aws:s3/bucket:Bucket", "tokens")["bucket"]
    s3 = every_type.aws.s3
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (lifecycle,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (lifecycle["ID"], lifecycle["Expiration"]) == ("old", {"Days": 7})
    (notification,) = s3.get_bucket_notification_configuration(Bucket=name)["LambdaFunctionConfigurations"]
    assert [rule["Value"] for rule in notification["Filter"]["Key"]["FilterRules"]] == ["t/", ".json"]


@pytest.fixture(scope="module")
def enforcing() -> Iterator[AwsProvider]:
    with Emulator(auth=True) as emulator:
        yield AwsProvider(emulator.endpoint, "us-east-1", auth=True)


def test_every_input_that_is_not_applied_is_told(enforcing: AwsProvider) -> None:
    topic = Resource("urn:odd", "aws:sns/topic:Topic", "odd", {"archivePolicy": "{}"})
    enforcing.create(topic, Path())
    assert enforcing.notes == ("not applied locally: Topic archivePolicy",)


def test_the_region_of_the_resource_wins_over_that_of_its_provider(enforcing: AwsProvider) -> None:
    def made(kind: str, **inputs: Any) -> Created:
        return enforcing.create(Resource("u", kind, "a", inputs, {"region": "eu-west-1"}), Path())

    queue = "aws:sqs/queue:Queue"
    regions = [
        created.outputs["arn"].split(":")[3] for created in (made(queue), made(queue, region="sa-east-1"))
    ]
    assert regions == ["eu-west-1", "sa-east-1"]
    assert "region" not in made("aws:iam/role:Role", assumeRolePolicy="{}").outputs, "global ones have none"


def test_the_region_asked_for_is_that_of_the_question_or_of_its_provider(enforcing: AwsProvider) -> None:
    token = "aws:index/getRegion:getRegion"
    assert enforcing.invoke(token, {}, {})["region"] == "us-east-1"
    assert enforcing.invoke(token, {}, {"region": "eu-west-1"})["region"] == "eu-west-1"
    assert enforcing.invoke(token, {"region": "sa-east-1"}, {"region": "eu-west-1"})["region"] == "sa-east-1"


def test_what_is_refused_is_told_with_what_it_is_about(enforcing: AwsProvider, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="this data source is not implemented locally"):
        enforcing.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {}, {})
    source = """import pulumi_aws as aws
topic = "arn:aws:sns:us-east-1:000000000000:none"
aws.sns.TopicSubscription("s", topic=topic, protocol="sqs", endpoint="arn:aws:sqs:::none")
"""
    with pytest.raises(LocalError, match='aws:sns/topicSubscription:TopicSubscription "s": NotFound'):
        deploy(config.load(program(tmp_path, source), "local"), enforcing)


def test_one_program_in_two_regions(enforcing: AwsProvider, tmp_path: Path) -> None:
    source = """
import pulumi, pulumi_aws as aws
class Pair(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("t:m:Pair", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.queue = aws.sqs.Queue(name, opts=own)
        self.region = aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=self)).region
for name, region in (("here", None), ("there", "ap-northeast-2")):
    provider = aws.Provider(name, region=region) if region else None
    pair = Pair(name, pulumi.ResourceOptions(providers=[provider] if provider else []))
    pulumi.export(name, [pair.queue.arn, pair.region])
"""
    outputs = deploy(config.load(program(tmp_path, source), "local"), enforcing).outputs
    where = {name: (arn.split(":")[3], region) for name, (arn, region) in outputs.items()}
    assert where == {"here": ("us-east-1", "us-east-1"), "there": ("ap-northeast-2", "ap-northeast-2")}


ANSWER = {"Sid": "Answer", "Effect": "Allow", "Action": ["states:SendTaskSuccess"], "Resource": "arn:machine"}
BATCH = ["sns:Publish", "sns:PublishBatch"]


@pytest.mark.parametrize(
    ("actions", "widened_to"),
    [
        ("states:SendTaskSuccess", [{"Resource": "*"}]),
        (
            ["states:SendTaskSuccess", "states:DescribeExecution"],
            [{"Resource": "*"}, {"Sid": "AnswerOthers", "Action": ["states:DescribeExecution"]}],
        ),
        ("sqs:SendMessage", [{"Action": "sqs:SendMessage"}]),
        (["sns:Publish"], [{"Action": BATCH}]),
        (
            ["states:SendTaskSuccess", "sns:Publish"],
            [{"Resource": "*"}, {"Sid": "AnswerOthers", "Action": BATCH}],
        ),
    ],
)
def test_only_the_returning_of_tokens_and_batches_are_widened(actions: Any, widened_to: list[Any]) -> None:
    statement = {**ANSWER, "Action": actions, "Condition": {"Bool": {"a": "b"}}}
    deny = {**statement, "Effect": "Deny"}
    document = {"Version": "2012-10-17", "Statement": [statement, deny]}
    condition = {"Condition": {"Bool": {"a": "b"}}}
    assert widened(document) == {
        **document,
        "Statement": [*({**ANSWER, **condition, **changed} for changed in widened_to), deny],
    }
    assert document["Statement"] == [statement, deny], "the original is as it was"
    assert widened({"Statement": statement}) == {"Statement": widened(document)["Statement"][:-1]}


def test_only_the_rule_that_refuses_what_comes_without_tls_is_left_out() -> None:
    tls = {"Effect": "Deny", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Principal": "*"}
    allow = {**tls, "Effect": "Allow"}
    document = {"Version": "2012-10-17", "Statement": [tls, deny, allow]}
    assert without_tls_rule(document) == {"Version": "2012-10-17", "Statement": [deny, allow]}
    assert without_tls_rule({"Statement": tls}) == {"Statement": []}
    assert document["Statement"][0] == tls, "the original is as it was"


def test_message_attributes_of_a_publish_are_spelled_out_at_every_depth() -> None:
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
        "Parameters": {"MessageAttributes": {"to": {"DataType": "String", "StringValue.$": "$.x"}}},
    }
    other = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {}}
    inner = {"StartAt": "P", "States": {"P": publish}}
    document = {
        "States": {
            "A": publish,
            "B": other,
            "C": {"Type": "Map", "ItemProcessor": inner},
            "D": {"Type": "Parallel", "Branches": [inner]},
        }
    }
    adapted = json.loads(adapt(json.dumps(document)))
    flat = {
        "MessageAttributes.entry.1.Name": "to",
        "MessageAttributes.entry.1.Value.DataType": "String",
        "MessageAttributes.entry.1.Value.StringValue.$": "$.x",
    }
    spelled = {**publish, "Parameters": {**publish["Parameters"], **flat}}  # type: ignore[dict-item]
    assert adapted["States"]["A"] == spelled
    assert adapted["States"]["B"] == other
    assert adapted["States"]["C"]["ItemProcessor"]["States"]["P"] == spelled
    assert adapted["States"]["D"]["Branches"][0]["States"]["P"] == spelled


def test_json_logs_of_a_function_show_as_on_aws(enforcing: AwsProvider, tmp_path: Path) -> None:
    """INFO records and their extra fields, in the log group the function names."""
    source = '''
import pulumi, pulumi_aws as aws, json
trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = aws.iam.Role("f", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
group = aws.cloudwatch.LogGroup("f")
code = """
import logging
log = logging.getLogger("test")
def handler(event, context):
    log.info("hello %s", "you", extra={"task_id": "t-1"})
    log.debug("too quiet")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("broken")
"""
function = aws.lambda_.Function("f", runtime="python3.13", handler="index.handler", role=role.arn,
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(code)}),
    logging_config={"log_format": "JSON", "log_group": group.name})
pulumi.export("function", function.name)
pulumi.export("group", group.name)
'''
    outputs = deploy(config.load(program(tmp_path, source), "local"), enforcing).outputs
    enforcing.default.functions.invoke(FunctionName=outputs["function"], Payload=b"{}")
    records = [line.fields for line in observe.log_lines(enforcing.default, outputs["group"])]
    said = [fields for fields in records if fields]
    assert [(fields["level"], fields["message"]) for fields in said] == [
        ("INFO", "hello you"),
        ("ERROR", "broken"),
    ]
    assert (said[0]["task_id"], said[0]["logger"]) == ("t-1", "test")
    assert said[1]["errorType"] == "ZeroDivisionError"
