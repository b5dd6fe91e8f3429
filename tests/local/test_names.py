"""What the real provider refuses before it asks AWS, the local one refuses too: names above all."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws.provider import AwsProvider
from local.emulator import Emulator
from local.errors import LocalError
from local.model import Created, Resource

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
PERMISSION = "aws:lambda/permission:Permission"
FUNCTION = "aws:lambda/function:Function"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
MACHINE = "aws:sfn/stateMachine:StateMachine"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TABLE = "aws:dynamodb/table:Table"

NAMED = {"function": "f", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com"}
SUBSCRIBED = {"topic": "arn:aws:sns:us-east-1:000000000000:t", "protocol": "sqs", "endpoint": "arn:q"}


def create(provider: AwsProvider, kind: str, name: str, inputs: dict[str, Any]) -> Created:
    return provider.create(Resource(f"urn:{name}", kind, name, inputs), Path())


@pytest.mark.parametrize(
    ("kind", "name", "inputs", "message"),
    [
        # Pulumi's own name is the logical one, a dash and seven characters.
        (TOPIC, "t" * 73, {}, "name must have at most 80 characters, got 81"),
        (QUEUE, "q" * 73, {}, "name must have at most 80 characters, got 81"),
        (QUEUE, "q" * 68, {"fifoQueue": True}, "name must have at most 80 characters, got 81"),
        (ROLE, "r" * 57, {"assumeRolePolicy": "{}"}, "name must have at most 64 characters, got 65"),
        (FUNCTION, "f" * 57, {}, "name must have at most 64 characters, got 65"),
        (BUCKET, "b" * 56, {}, "bucket must have at most 63 characters, got 64"),
        (PERMISSION, "p" * 93, NAMED, "statementId must have at most 100 characters, got 101"),
        (MACHINE, "m" * 73, {}, "name must have at most 80 characters, got 81"),
        (RULE, "r" * 57, {}, "name must have at most 64 characters, got 65"),
        (TARGET, "t" * 57, {"rule": "r"}, "targetId must have at most 64 characters, got 65"),
        (SCHEDULE, "s" * 57, {}, "name must have at most 64 characters, got 65"),
        # A prefix gets 26 characters from the provider.
        (
            PERMISSION,
            "p",
            {**NAMED, "statementIdPrefix": "p" * 75},
            "must have at most 74 characters, got 75",
        ),
        (LOG_GROUP, "l", {"namePrefix": "l" * 487}, "namePrefix must have at most 486 characters, got 487"),
        (ROLE, "r", {"namePrefix": "r" * 39, "assumeRolePolicy": "{}"}, "at most 38 characters, got 39"),
        (QUEUE, "q", {"name": "a", "namePrefix": "b"}, "name and namePrefix exclude each other"),
        # What they are made of.
        (PERMISSION, "it-function-arn:aws:lambda", NAMED, "statementId must match "),
        (PERMISSION, "p", {**NAMED, "statementId": "a.b"}, "statementId must match .*, got a.b"),
        (PERMISSION, "p", {**NAMED, "statementId": "größe"}, "statementId must match .*, got größe"),
        (TOPIC, "t", {"name": "news.today"}, "name must match .*, got news.today"),
        (TOPIC, "t", {"name": "news.fifo"}, "name must match .*, got news.fifo"),
        (TOPIC, "t", {"name": "news", "fifoTopic": True}, "name must match .*, got news"),
        (TOPIC, "t", {"name": "n" * 257}, "name must have at most 256 characters, got 257"),
        (QUEUE, "q", {"name": "work.fifo"}, "name must match .*, got work.fifo"),
        (QUEUE, "q", {"name": "work", "fifoQueue": True}, "name must match .*, got work"),
        (BUCKET, "b", {"bucket": "Tokens"}, "bucket must match .*, got Tokens"),
        (BUCKET, "b", {"bucket": "to..kens"}, "bucket must match .*, got to..kens"),
        (BUCKET, "b", {"bucket": "tokens-"}, "bucket must match .*, got tokens-"),
        (BUCKET, "b", {"bucket": "ab"}, "bucket must match .*, got ab"),
        (BUCKET, "b", {"bucket": "192.168.5.4"}, "bucket must match .*, got 192.168.5.4"),
        (BUCKET, "b", {"bucket": "xn--tokens"}, "bucket must match .*, got xn--tokens"),
        (BUCKET, "b", {"bucket": "tokens-s3alias"}, "bucket must match .*, got tokens-s3alias"),
        (TABLE, "t", {"name": "ab"}, "name must match .*, got ab"),
        (QUEUE, "q", {"name": "a b"}, "name must match .*, got a b"),
        # What there is not.
        ("aws:ec2/instance:Instance", "box", {}, "this resource type is not implemented locally"),
        # What must be there.
        (MACHINE, "m", {"roleArn": "r"}, "the input definition is missing"),
        (MACHINE, "m", {"definition": "{}"}, "the input roleArn is missing"),
        (FUNCTION, "f", {"role": "r", "handler": "h", "code": "a text"}, "code must be an archive"),
        # What goes with what.
        (SUBSCRIPTION, "s", {**SUBSCRIBED, "filterPolicyScope": "MessageBody"}, "filterPolicy must be given"),
        (QUEUE, "q", {"contentBasedDeduplication": True}, "must only be set with fifoQueue"),
        (TOPIC, "t", {"contentBasedDeduplication": True}, "must only be set with fifoTopic"),
        (QUEUE, "q", {"sqsManagedSseEnabled": True, "kmsMasterKeyId": "k"}, "exclude each other, got both"),
        (ATTACHMENT, "a", {"policyArn": "arn:p", "roles": []}, "roles must name at least one"),
        (ATTACHMENT, "a", {"policyArn": "arn:p"}, "roles must name at least one"),
    ],
)
def test_what_the_real_provider_refuses_is_refused(
    kind: str, name: str, inputs: dict[str, Any], message: str
) -> None:
    nowhere = AwsProvider("http://127.0.0.1:9", "us-east-1")
    with pytest.raises(LocalError, match=message):
        create(nowhere, kind, name, inputs)


@pytest.fixture(scope="module")
def provider() -> Iterator[AwsProvider]:
    with Emulator() as emulator:
        yield AwsProvider(emulator.endpoint, "us-east-1")


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("kind", "name", "inputs", "made"),
    [
        (TOPIC, "t" * 72, {}, r"t{72}-[0-9a-f]{7}"),
        (TOPIC, "t", {"name": "n" * 256}, r"n{256}"),
        (QUEUE, "q" * 72, {}, r"q{72}-[0-9a-f]{7}"),
        (QUEUE, "q" * 67, {"fifoQueue": True}, r"q{67}-[0-9a-f]{7}\.fifo"),
        (ROLE, "r" * 56, {"assumeRolePolicy": "{}"}, r"r{56}-[0-9a-f]{7}"),
        (LOG_GROUP, "l", {"namePrefix": "l" * 486}, r"l{486}[0-9a-f]{7}"),
        (BUCKET, "Tokens", {}, r"tokens-[0-9a-f]{7}"),
        (BUCKET, "b" * 55, {}, r"b{55}-[0-9a-f]{7}"),
    ],
)
def test_what_the_real_provider_takes_is_made(
    provider: AwsProvider, kind: str, name: str, inputs: dict[str, Any], made: str
) -> None:
    outputs = create(provider, kind, name, inputs).outputs
    assert re.fullmatch(made, outputs["bucket" if kind == BUCKET else "name"])


@pytest.mark.embedded
@pytest.mark.parametrize(
    "keys",
    [
        {"hashKey": "due", "rangeKey": "at"},
        {
            "keySchemas": [
                {"attributeName": "due", "keyType": "HASH"},
                {"attributeName": "at", "keyType": "RANGE"},
            ]
        },
    ],
)
def test_an_index_may_be_written_in_both_ways(provider: AwsProvider, keys: dict[str, Any]) -> None:
    attributes = [{"name": name, "type": "S"} for name in ("id", "due", "at")]
    index = {"name": "due", "projectionType": "KEYS_ONLY", **keys}
    inputs = {
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "id",
        "attributes": attributes,
        "globalSecondaryIndexes": [index],
    }
    name = create(provider, TABLE, "requests", inputs).id
    (found,) = provider.default.dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
    assert found["KeySchema"] == [
        {"AttributeName": "due", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
