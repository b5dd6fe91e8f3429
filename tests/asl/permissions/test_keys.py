"""What encrypted queues, topics, tables, buckets and secrets need of their keys."""

from typing import Any

import pytest

from tests.asl.places import KEY, QUEUE, TOPIC, derived, missing, task


def used_keys(*states: dict[str, Any], **options: Any) -> dict[str, list[str]]:
    """KMS action → keys."""
    return {
        action: row["Resource"]
        for row in derived(*states, **options)
        if row["Sid"].startswith("UseKeys")
        for action in row["Action"]
    }


@pytest.mark.parametrize(
    ("resource", "arguments", "actions"),
    [
        ("dynamodb:getItem", {"TableName": "t"}, ["Decrypt"]),
        ("aws-sdk:dynamodb:query", {"TableName": "t", "IndexName": "by-day"}, ["Decrypt"]),
        ("aws-sdk:dynamodb:describeTable", {"TableName": "t"}, []),
        ("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}, ["Decrypt"]),
        ("aws-sdk:s3:putObject", {"Bucket": "b", "Key": "k"}, ["GenerateDataKey"]),
        ("aws-sdk:s3:getObjectTagging", {"Bucket": "b", "Key": "k"}, []),
        ("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "s"}, ["Decrypt"]),
        ("aws-sdk:secretsmanager:getRandomPassword", {}, []),
        ("sns:publish", {"TopicArn": TOPIC}, ["Decrypt", "GenerateDataKey"]),
        ("aws-sdk:sns:listSubscriptionsByTopic", {"TopicArn": TOPIC}, []),
        ("sqs:sendMessage", {"QueueUrl": QUEUE}, ["Decrypt", "GenerateDataKey"]),
        ("aws-sdk:sqs:purgeQueue", {"QueueUrl": QUEUE}, []),
        ("lambda:invoke", {"FunctionName": "f"}, []),
    ],
)
def test_what_each_action_needs_of_the_key_of_everything(
    resource: str, arguments: dict[str, Any], actions: list[str]
) -> None:
    found = used_keys(task(resource, arguments), kms_key=KEY)
    assert found == {f"kms:{action}": [KEY] for action in actions}


def test_a_distributed_map_needs_the_key_of_what_it_reads_and_writes() -> None:
    """Its actions on the results share one statement, and only some of them need the key."""
    state = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "States": {}},
        "ResultWriter": {"Parameters": {"Bucket": "out", "Prefix": "p"}},
    }
    assert used_keys(state, kms_key=KEY) == {"kms:Decrypt": [KEY], "kms:GenerateDataKey": [KEY]}


def test_what_an_action_needs_of_the_key_of_everything_may_be_for_a_person() -> None:
    state = task("aws-sdk:dynamodb:createBackup", {"TableName": "t", "BackupName": "b"})
    assert "what dynamodb:CreateBackup needs on the key" in missing(state, kms_key=KEY)
    assert derived(state, kms_key=KEY, extra_statements=[{"Action": "kms:GenerateDataKey"}])


def test_what_a_message_names_does_not_say_under_which_key_its_queue_is() -> None:
    """The address of an answer, as a message may hold it, is of another queue."""
    other = QUEUE.replace(QUEUE.rpartition("/")[2], "answers")
    theirs = {other: KEY.replace("key/", "key/their-")}
    state = task("sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": {"answer_to": other}})
    assert used_keys(state, kms_keys=theirs) == {}
    both = {"kms:Decrypt": [KEY], "kms:GenerateDataKey": [KEY]}
    assert used_keys(state, kms_key=KEY, kms_keys=theirs) == both
    sends_there = task("sqs:sendMessage", {"QueueUrl": other, "MessageBody": "$"})
    assert used_keys(sends_there, kms_key=KEY, kms_keys=theirs) == {
        action: [*theirs.values()] for action in both
    }
