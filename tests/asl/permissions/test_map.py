"""What a Distributed Map needs besides its states: what it reads and writes, and its own state machine."""

from typing import Any

import pytest

from components.asl import needs_own_statements, own_statements
from tests.asl.places import (
    ARN,
    described,
)

WRITING = "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject"


def distributed(**fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED"},
        "StartAt": "A",
        "States": {"A": {"Type": "Pass"}},
    }
    return {"Type": "Map", "ItemProcessor": processor, **fields}


def reader(action: str, arguments: dict[str, Any], **config: str) -> dict[str, Any]:
    return {"Resource": f"arn:aws-test:states:::s3:{action}", "ReaderConfig": config, "Parameters": arguments}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        (
            {"ItemReader": reader("getObject", {"Bucket": "b", "Key": "in.csv"}, InputType="CSV")},
            ["ReadItems: s3:GetObject on s3:::b/in.csv"],
        ),
        (
            {"ItemReader": reader("listObjectsV2", {"Bucket": "b", "Prefix": "in/"})},
            ['ListItems: s3:ListBucket on s3:::b if {"StringLike": {"s3:prefix": "in/"}}'],
        ),
        (
            {"ItemReader": reader("getObject", {"Bucket": "b", "Key": "in.csv", "VersionId.$": "$.v"})},
            ["ReadItems: s3:GetObjectVersion on s3:::b/in.csv"],
        ),
        (
            {
                "ItemReader": reader(
                    "listObjectsV2", {"Bucket": "b", "Prefix": ""}, Transformation="LOAD_AND_FLATTEN"
                )
            },
            ["ListItems: s3:ListBucket on s3:::b", "ReadItems: s3:GetObject on s3:::b/*"],
        ),
        ({"ItemReader": reader("listObjectsV2", {"Bucket": "b"})}, ["ListItems: s3:ListBucket on s3:::b"]),
        (
            {
                "ItemReader": reader(
                    "listObjectsV2", {"Bucket": "b", "Prefix": "in/"}, Transformation="LOAD_AND_FLATTEN"
                )
            },
            [
                'ListItems: s3:ListBucket on s3:::b if {"StringLike": {"s3:prefix": "in/"}}',
                "ReadItems: s3:GetObject on s3:::b/in/*",
            ],
        ),
        (
            {"ItemReader": reader("getObject", {"Bucket": "b", "Key": "m.json"}, InputType="MANIFEST")},
            ["ReadItems: s3:GetObject on s3:::b/m.json", "by hand: s3:GetObject"],
        ),
        (
            {
                "ResultWriter": {
                    "Resource": "arn:aws-test:states:::s3:putObject",
                    "Parameters": {"Bucket": "b", "Prefix": "out"},
                }
            },
            [f"WriteMapResults: {WRITING} on s3:::b/out/*"],
        ),
        *(
            (
                {
                    "ResultWriter": {
                        "Resource": "arn:aws-test:states:::s3:putObject",
                        "Parameters": {"Bucket": "b", **prefix},
                    }
                },
                [f"WriteMapResults: {WRITING} on s3:::b/{below}"],
            )
            for prefix, below in [
                ({"Prefix": ""}, "*"),
                ({"Prefix": "a*/"}, "a${*}/*"),
                ({"Prefix.$": "States.Format('out/{}', $.day)"}, "out/*"),
            ]
        ),
        ({"ResultWriter": {"WriterConfig": {"OutputType": "JSON"}}}, []),
    ],
)
def test_what_a_distributed_map_reads_and_writes(fields: dict[str, Any], expected: list[str]) -> None:
    assert described(distributed(**fields)) == expected


def test_a_distributed_map_starts_its_own_state_machine() -> None:
    definition = {"States": {"M": distributed(), "N": distributed(Label="Orders"), "P": {"Type": "Pass"}}}
    arn = ARN.format("states", "stateMachine:m")
    assert needs_own_statements(definition)
    assert own_statements(definition, state_machine_arn=arn) == [
        {
            "Sid": "ItemsDescribeExecution",
            "Effect": "Allow",
            "Action": ["states:DescribeExecution"],
            "Resource": [ARN.format("states", "execution:m:*")],
        },
        {
            "Sid": "ItemsRedriveExecution",
            "Effect": "Allow",
            "Action": ["states:RedriveExecution"],
            "Resource": [
                ARN.format("states", "execution:m/*:*"),
                ARN.format("states", "execution:m/Orders:*"),
            ],
        },
        {
            "Sid": "ItemsStartExecution",
            "Effect": "Allow",
            "Action": ["states:StartExecution"],
            "Resource": [arn],
        },
    ]


def test_other_machines_need_nothing_of_their_own() -> None:
    definition = {"States": {"M": {"Type": "Map", "ItemProcessor": {"States": {}}}, "P": {"Type": "Pass"}}}
    assert not needs_own_statements(definition)
    assert own_statements(definition, state_machine_arn=ARN.format("states", "stateMachine:m")) == []
