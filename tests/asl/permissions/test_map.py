"""What a Distributed Map needs besides its states: what it reads and writes, and its own state machine."""

from typing import Any

import pytest

from components.asl import diagram, needs_own_statements, own_statements
from tests.asl.places import ARN, described, lines

WRITING = "s3:AbortMultipartUpload s3:GetObject s3:ListMultipartUploadParts s3:PutObject"


def distributed(**fields: Any) -> dict[str, Any]:
    states = {"StartAt": "A", "States": {"A": {"Type": "Pass"}}}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **states}
    return {"Type": "Map", "ItemProcessor": processor, **fields}


def reader(action: str, arguments: dict[str, Any], **config: str) -> dict[str, Any]:
    return {"Resource": f"arn:aws-test:states:::s3:{action}", "ReaderConfig": config, "Parameters": arguments}


def flattening(prefix: str) -> dict[str, Any]:
    return reader("listObjectsV2", {"Bucket": "b", "Prefix": prefix}, Transformation="LOAD_AND_FLATTEN")


LISTING = 'ListItems: s3:ListBucket on s3:::b if {"StringLike": {"s3:prefix": "in/"}}'
READING = {"Bucket": "b", "Key": "in.csv"}


@pytest.mark.parametrize(
    ("item_reader", "expected"),
    [
        (reader("getObject", READING, InputType="CSV"), ["ReadItems: s3:GetObject on s3:::b/in.csv"]),
        (reader("getObject", {**READING, "VersionId.$": "$.v"}),
         ["ReadItems: s3:GetObjectVersion on s3:::b/in.csv"]),
        (reader("getObject", READING, InputType="MANIFEST"),
         ["ReadItems: s3:GetObject on s3:::b/in.csv", "by hand: s3:GetObject"]),
        (reader("listObjectsV2", {"Bucket": "b"}), ["ListItems: s3:ListBucket on s3:::b"]),
        (reader("listObjectsV2", {"Bucket": "b", "Prefix": "in/"}), [LISTING]),
        (flattening(""), ["ListItems: s3:ListBucket on s3:::b", "ReadItems: s3:GetObject on s3:::b/*"]),
        (flattening("in/"), [LISTING, "ReadItems: s3:GetObject on s3:::b/in/*"]),
    ],
)  # fmt: skip
def test_what_a_distributed_map_reads(item_reader: dict[str, Any], expected: list[str]) -> None:
    assert described(distributed(ItemReader=item_reader)) == expected


@pytest.mark.parametrize(
    ("prefix", "below"),
    [
        ({"Prefix": "out"}, "out/*"),
        ({"Prefix": ""}, "*"),
        ({"Prefix": "a*/"}, "a${*}/*"),
        ({"Prefix.$": "States.Format('out/{}', $.day)"}, "out/*"),
    ],
)
def test_where_a_distributed_map_writes(prefix: dict[str, str], below: str) -> None:
    writer = {"Resource": "arn:aws-test:states:::s3:putObject", "Parameters": {"Bucket": "b", **prefix}}
    assert described(distributed(ResultWriter=writer)) == [f"WriteMapResults: {WRITING} on s3:::b/{below}"]


def test_a_distributed_map_that_neither_reads_nor_writes() -> None:
    assert described(distributed()) == []
    assert described(distributed(ResultWriter={"WriterConfig": {"OutputType": "JSON"}})) == []


def test_a_distributed_map_starts_its_own_state_machine() -> None:
    definition = {"States": {"M": distributed(), "N": distributed(Label="Orders"), "P": {"Type": "Pass"}}}
    arn = ARN.format("states", "stateMachine:m")
    runs = "states//execution:m/*:*"
    assert needs_own_statements(definition)
    assert lines(own_statements(definition, state_machine_arn=arn)) == [
        "ItemsDescribeExecution: states:DescribeExecution on states//execution:m:*",
        f"ItemsRedriveExecution: states:RedriveExecution on {runs} states//execution:m/Orders:*",
        "ItemsStartExecution: states:StartExecution on states//stateMachine:m",
    ]


def test_the_old_name_of_the_processor_means_the_same() -> None:
    state = distributed()
    new = {"States": {"M": state}}
    old = {"States": {"M": {"Type": "Map", "Iterator": state["ItemProcessor"]}}}
    arn = ARN.format("states", "stateMachine:m")
    assert own_statements(old, state_machine_arn=arn) == own_statements(new, state_machine_arn=arn) != []
    assert diagram.mermaid(old) == diagram.mermaid(new)


def test_other_machines_need_nothing_of_their_own() -> None:
    definition = {"States": {"M": {"Type": "Map", "ItemProcessor": {"States": {}}}, "P": {"Type": "Pass"}}}
    assert not needs_own_statements(definition)
    assert own_statements(definition, state_machine_arn=ARN.format("states", "stateMachine:m")) == []
