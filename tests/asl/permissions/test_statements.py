"""Derived policies are exact, whole for whole machines."""

import pytest

from components.asl import statements, wait
from tests.asl.places import PLACE, QUEUE, TOPIC, Place, derived, lines, task


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
    calls = [("query", "a"), ("scan", "b")]
    found = derived(*(task(f"aws-sdk:dynamodb:{action}", {"TableName": table}) for action, table in calls))
    sids = [(row["Sid"], row["Action"]) for row in found]
    assert sids == [("CallDynamodb", ["dynamodb:Query"]), ("CallDynamodb2", ["dynamodb:Scan"])]


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
