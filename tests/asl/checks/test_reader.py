"""Readers and writers of Distributed Maps as AWS has them."""

from typing import Any

import pytest

from components.asl import check

WHERE = {"Bucket": "rows", "Key.$": "$.key"}
GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"


def rules(jsonata: bool = False, **fields: Any) -> list[str]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": {"Type": "Succeed"}},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}
    language = {"QueryLanguage": "JSONata"} if jsonata else {}
    return [one.rule for one in check({**language, "StartAt": "All", "States": {"All": state}})]


@pytest.mark.parametrize(
    "reader",
    [
        {"Resource": GET, "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/a/b"}, "Parameters": WHERE},
        {"Resource": GET, "ReaderConfig": {"InputType": "JSON", "ItemsPointer": ""}, "Parameters": WHERE},
        {"Resource": GET, "ReaderConfig": {"InputType": "MANIFEST"}, "Parameters": WHERE},
        {"Resource": GET, "ReaderConfig": {"ManifestType": "S3_INVENTORY"}, "Parameters": WHERE},
        {
            "Resource": GET,
            "ReaderConfig": {"InputType": "PARQUET", "ManifestType": "ATHENA_DATA"},
            "Parameters": WHERE,
        },
        {
            "Resource": GET,
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {**WHERE, "VersionId": "1", "ExpectedBucketOwner": "123456789012"},
        },
        {"Resource": GET, "ReaderConfig": "${Config}", "Parameters": "${Parameters}"},
        {"Resource": "arn:${AWS::Partition}:states:::s3:listObjectsV2", "Parameters": {"Bucket.$": "$.b"}},
        {"Resource": "arn:${Partition}:states:::s3:listObjectsV2", "Parameters": {"Bucket": "${Bucket}"}},
        {"Resource": "arn:aws:states:::s3:${Action}", "Parameters": {}},
        {"Resource": "${Resource}"},
        {"Resource": LIST, "Parameters": {"Bucket": "b", "Prefix": "p", "MaxKeys": 5}},
        {
            "Resource": LIST,
            "ReaderConfig": {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN", "ItemsPointer": "/a"},
            "Parameters": {"Bucket": "b"},
        },
    ],
)
def test_a_reader(reader: dict[str, Any]) -> None:
    assert rules(ItemReader=reader) == []


@pytest.mark.parametrize(
    "arguments", ["{% $states.input.object %}", {"Bucket": "{% $states.input.b %}", "Key": "k"}]
)
def test_a_reader_in_jsonata(arguments: object) -> None:
    config = {"InputType": "JSON", "MaxItems": "{% $states.input.most %}"}
    assert rules(True, ItemReader={"Resource": GET, "ReaderConfig": config, "Arguments": arguments}) == []


@pytest.mark.parametrize(
    "writer",
    [
        {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket.$": "$.b", "Prefix": "p"}},
        {"WriterConfig": {"OutputType": "JSON", "Transformation": "COMPACT"}},
        "${Writer}",
    ],
)
def test_a_writer(writer: object) -> None:
    assert rules(ResultWriter=writer) == []


def test_a_misspelt_argument_is_told_once() -> None:
    reader = {"Resource": LIST, "Parameters": {"bucket": "b"}}
    assert rules(ItemReader=reader) == ["argument-missing"]


def test_each_thing_that_is_missing_is_told() -> None:
    found = rules(ItemReader={"Resource": GET})
    assert found == ["argument-missing", "argument-missing", "missing-field"]
    assert rules(ItemReader={}) == ["missing-field"]
