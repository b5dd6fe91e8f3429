"""Derived policies are exact, whole for whole machines."""

from typing import Any

import pytest

from components.asl import Definition, statements, wait
from tests.asl.places import ARN, PLACE, QUEUE, QUEUE_ARN, ROLE, TOPIC, Place, derived, lines, missing, task


def test_statements_are_merged_and_sorted() -> None:
    nested = {"States": {"Inner": task("sns:publish", {"TopicArn": TOPIC})}}
    states = [
        wait.sqs(QUEUE, timeout_seconds=60),
        task("aws-sdk:sqs:sendMessage", {"QueueUrl": QUEUE}),
        wait.sqs(QUEUE.replace("jobs", "alarms"), timeout_seconds=60),
        {"Type": "Parallel", "Branches": [nested]},
        {"Type": "Map", "ItemProcessor": {"States": {"Deep": {"Type": "Parallel", "Branches": [nested]}}}},
        {"Type": "Map", "Iterator": {"States": {"Old": task("lambda:invoke", {"FunctionName": "f"})}}},
        {"Type": "Pass"},
        {"Type": "Wait", "Seconds": 1},
    ]
    expected = [
        "InvokeFunctions: lambda:InvokeFunction on lambda//function:f",
        "PublishMessages: sns:Publish on sns//news",
        "SendMessages: sqs:SendMessage on sqs//alarms sqs//jobs",
    ]
    assert lines(derived(*states)) == expected
    assert lines(derived(*reversed(states))) == expected


def test_a_machine_without_tasks_needs_nothing() -> None:
    assert derived({"Type": "Pass"}, {"Type": "Choice"}, {"Type": "Fail"}) == []


def test_statements_of_one_purpose_have_names_of_their_own() -> None:
    found = derived(
        task("aws-sdk:dynamodb:query", {"TableName": "a"}), task("aws-sdk:dynamodb:scan", {"TableName": "b"})
    )
    assert [(row["Sid"], row["Action"]) for row in found] == [
        ("CallDynamodb", ["dynamodb:Query"]),
        ("CallDynamodb2", ["dynamodb:Scan"]),
    ]


@pytest.mark.parametrize(
    ("url", "queue"),
    [
        (QUEUE, "eu-north-1:123456789012:jobs"),
        (QUEUE.replace("eu-north-1", "us-west-2"), "us-west-2:123456789012:jobs"),
        (
            "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/jobs.fifo",
            "cn-north-1:210987654321:jobs.fifo",
        ),
        ("https://sqs.eusc-de-east-1.amazonaws.eu/123456789012/j", "eusc-de-east-1:123456789012:j"),
        ("https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/j", "us-gov-west-1:123456789012:j"),
        ("https://eu-west-1.queue.amazonaws.com/123456789012/j", "eu-west-1:123456789012:j"),
        ("https://queue.amazonaws.com/123456789012/j", "us-east-1:123456789012:j"),
        ("https://vpce-0a1-b2.sqs.us-east-2.vpce.amazonaws.com/123456789012/j", "us-east-2:123456789012:j"),
        ("http://queue.local:4566/000000000000/j", "eu-north-1:000000000000:j"),
        ("http://127.0.0.1:4566/000000000000/j", "eu-north-1:000000000000:j"),
    ],
)
def test_queues(url: str, queue: str) -> None:
    assert derived(wait.sqs(url, timeout_seconds=60))[0]["Resource"] == [f"arn:aws-test:sqs:{queue}"]


@pytest.mark.parametrize(
    ("arguments", "resource"),
    [
        ({"FunctionName": "f"}, "function:f"),
        ({"FunctionName": "f:live"}, "function:f:live"),
        ({"FunctionName": "f", "Qualifier": "7"}, "function:f:7"),
        ({"FunctionName": "f", "Qualifier.$": "$.version"}, "function:f:*"),
        ({"FunctionName": "function:f"}, "function:f"),
        ({"FunctionName": "123456789012:f"}, "function:f"),
        ({"FunctionName": "123456789012:function:f:$LATEST"}, "function:f:$LATEST"),
        ({"FunctionName": ARN.format("lambda", "function:f:live")}, "function:f:live"),
    ],
)
def test_functions(arguments: dict[str, Any], resource: str) -> None:
    assert derived(task("lambda:invoke", arguments))[0]["Resource"] == [ARN.format("lambda", resource)]


def test_a_function_of_another_region_and_account() -> None:
    arn = "arn:aws-test:lambda:us-east-1:210987654321:function:f"
    assert derived(task("lambda:invoke", {"FunctionName": arn}))[0]["Resource"] == [arn]


def test_a_function_as_resource_and_an_activity() -> None:
    function = ARN.format("lambda", "function:f:live")
    assert lines(derived(task(function), task(ARN.format("states", "activity:Sign")))) == [
        "InvokeFunctions: lambda:InvokeFunction on lambda//function:f:live"
    ]


def test_a_task_with_credentials_only_needs_the_role() -> None:
    found = derived(task("lambda:invoke", {"FunctionName.$": "$.f"}, Credentials={"RoleArn": ROLE}))
    assert found == [
        {"Sid": "AssumeRoles", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [ROLE]}
    ]


def test_jsonata_arguments_are_read_as_such() -> None:
    state = wait.sqs(QUEUE, timeout_seconds=60, query_language="JSONata")
    assert derived(state)[0]["Resource"] == [QUEUE_ARN]
    machine = {
        "QueryLanguage": "JSONata",
        "States": {"A": {**task("sns:publish"), "Arguments": {"TopicArn": TOPIC}}},
    }
    assert statements(Definition(machine).fill(**PLACE), **PLACE)[0]["Resource"] == [TOPIC]


@pytest.mark.parametrize(
    ("key", "beginning"),
    [
        ({"Key.$": "States.Format('waits/{}.json', $.id)"}, "waits/*"),
        ({"Key.$": "States.Format( 'a*b/{}', $.id)"}, "a${*}b/*"),
        ({"Key": "exact?.json"}, "exact${?}.json"),
        ({"Key": "${aws:username}"}, "${$}{aws:username}"),
    ],
)
def test_computed_keys_are_narrowed_to_what_they_begin_with(key: dict[str, str], beginning: str) -> None:
    found = derived(task("aws-sdk:s3:putObject", {"Bucket": "b", **key}))
    assert found[0]["Resource"] == [f"arn:aws-test:s3:::b/{beginning}"]


def put_in_jsonata(key: str) -> dict[str, Any]:
    arguments = {"Bucket": "{% 'b' %}", "Key": key}
    return {**task("aws-sdk:s3:putObject"), "QueryLanguage": "JSONata", "Arguments": arguments}


@pytest.mark.parametrize(
    ("key", "beginning"),
    [
        ("{% 'waits/' & $states.input.id %}", "waits/*"),
        ("{% 'waits/' & $day & '/' & $states.input.ids[0] & '.json' %}", "waits/*"),
        ("{% 'waits/' & ($day ? 'a' : 'b') %}", "waits/*"),
        ('{%"a*b/" & $day%}', "a${*}b/*"),
        ("{% 'waits/today' %}", "waits/today"),
    ],
)
def test_computed_keys_in_jsonata(key: str, beginning: str) -> None:
    assert derived(put_in_jsonata(key))[0]["Resource"] == [f"arn:aws-test:s3:::b/{beginning}"]


@pytest.mark.parametrize(
    "key",
    [
        "{% 'a/' & $day ? 'b/c' : 'c/d' %}", "{% 'a/' & $day ~> $f %}", "{% 'a/' & $day = 'a/1' %}",
        "{% 'a/'[0] & $day %}", "{% '' & $day %}", "{% 'a\\n' & $day %}", "{% $day & 'a/' %}",
        "{% 'a/' & %}",
    ],
)  # fmt: skip
def test_what_an_expression_only_seems_to_begin_with_is_for_a_person(key: str) -> None:
    """`&` binds tighter than most operators: `'a/' & $x ? 'b/c' : 'c/d'` never begins with `a/`."""
    assert missing(put_in_jsonata(key)).startswith("State 0: Key is only known at run time")


def test_an_expression_that_is_one_string_is_that_string() -> None:
    arguments = {"TableName": "{% 'orders' %}", "Item": {}}
    state = {**task("dynamodb:putItem"), "QueryLanguage": "JSONata", "Arguments": arguments}
    assert derived(state)[0]["Resource"] == [ARN.format("dynamodb", "table/orders")]
    state["Arguments"] = {"Entries": "{% 'x' %}"}
    state["Resource"] = "arn:aws-test:states:::events:putEvents"
    assert "Entries is not a list" in missing(state)


@pytest.mark.parametrize(
    ("partition", "ending"), [("aws", ""), ("aws-us-gov", ""), ("aws-eusc", ""), ("aws-cn", ".cn")]
)
def test_services_that_take_roles_have_other_names_in_china(partition: str, ending: str) -> None:
    state = task(
        "elasticmapreduce:createCluster", {"ServiceRole": "s", "JobFlowRole": "j", "AutoScalingRole": "a"}
    )
    place: Place = {**PLACE, "partition": partition}
    found = statements({"States": {"A": state}}, **place)
    assert {
        row["Resource"][0].rpartition("/")[2]: row["Condition"]["StringEquals"]["iam:PassedToService"]
        for row in found
        if row["Action"] == ["iam:PassRole"]
    } == {
        "s": f"elasticmapreduce.amazonaws.com{ending}",
        "j": f"ec2.amazonaws.com{ending}",
        "a": "application-autoscaling.amazonaws.com",
    }
