"""What encrypted queues, topics, tables, buckets and secrets need of their keys."""

from typing import Any

import pytest

from components.asl import wait
from tests.asl.places import ARN, KEY, OTHER_KEY, QUEUE, QUEUE_ARN, TOPIC, derived, missing, task


def test_encrypted_resources_need_their_keys() -> None:
    keys = {QUEUE_ARN: KEY, TOPIC: KEY, "arn:aws-test:s3:::b": OTHER_KEY}
    found = derived(
        wait.sqs(QUEUE, timeout_seconds=60),
        task("sns:publish", {"TopicArn": TOPIC}),
        task("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}),
        kms_keys=keys,
    )
    assert [row for row in found if row["Sid"].startswith("UseKeys")] == [
        {"Sid": "UseKeys", "Effect": "Allow", "Action": ["kms:GenerateDataKey"], "Resource": [KEY]},
        {"Sid": "UseKeys2", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY, OTHER_KEY]},
    ]


def test_keys_of_resources_that_are_not_used_are_not_allowed() -> None:
    keys = {TOPIC: KEY, f"{QUEUE_ARN}-other": KEY, "arn:aws-test:s3:::bb": KEY}
    found = derived(
        wait.sqs(QUEUE, timeout_seconds=60),
        task("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"}),
        kms_keys=keys,
    )
    assert {row["Sid"] for row in found} == {"SendMessages", "ReadObjects"}


def used_keys(*states: dict[str, Any], **options: Any) -> dict[str, list[str]]:
    """KMS action → keys."""
    return {
        action: row["Resource"]
        for row in derived(*states, **options)
        if row["Sid"].startswith("UseKeys")
        for action in row["Action"]
    }


def test_an_index_has_the_key_of_its_table_and_a_secret_not_that_of_another() -> None:
    query = task("aws-sdk:dynamodb:query", {"TableName": "t", "IndexName": "by-day"})
    assert used_keys(query, kms_keys={ARN.format("dynamodb", "table/t"): KEY}) == {"kms:Decrypt": [KEY]}
    secret = ARN.format("secretsmanager", "secret:shop/key-AbCdEf")
    read = task("aws-sdk:secretsmanager:getSecretValue", {"SecretId": secret})
    assert used_keys(read, kms_keys={secret: KEY}) == {"kms:Decrypt": [KEY]}
    assert used_keys(read, kms_keys={ARN.format("secretsmanager", "secret:shop"): KEY}) == {}


@pytest.mark.parametrize(
    ("resource", "arguments", "actions"),
    [
        ("dynamodb:getItem", {"TableName": "t"}, ["Decrypt"]),
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
    keys = {"arn:aws-test:s3:::out": OTHER_KEY}
    assert used_keys(state, kms_key=KEY, kms_keys=keys)["kms:Decrypt"] == [OTHER_KEY]


def test_what_an_action_needs_of_the_key_of_everything_may_be_for_a_person() -> None:
    state = task("aws-sdk:dynamodb:createBackup", {"TableName": "t", "BackupName": "b"})
    assert "what dynamodb:CreateBackup needs on the key" in missing(state, kms_key=KEY)


def test_a_key_for_an_action_that_is_not_known_is_for_a_person() -> None:
    state = task("lambda:invoke", {"FunctionName": "f"})
    keys = {ARN.format("lambda", "function:f"): KEY}
    assert "what lambda:InvokeFunction needs on the key" in missing(state, kms_keys=keys)
    assert derived(state, kms_keys=keys, extra_statements=[{"Action": "kms:GenerateDataKey"}])
