"""What the checks say of Task states: the Resource, the arguments, the token, the timeouts."""

from typing import Any

import pytest

from components.asl import check
from tests.asl.corpus import edits
from tests.asl.machines import waiting

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"


@pytest.mark.parametrize("row", edits.rows(edits.Finds, "tasks"), ids=str)
def test_tasks(row: edits.Finds) -> None:
    findings = check(waiting(**row.fields))
    assert [one.rule for one in findings] == row.rules
    assert row.told in "\n".join(map(str, findings))


def test_jsonpath_arguments_in_a_jsonata_machine_are_told_once() -> None:
    document = waiting(
        Resource="arn:aws:states:::lambda:invoke",
        Parameters={"FunctionName": "f", "Payload": {"all": "{% $states.input %}"}},
    )
    (finding,) = check({"QueryLanguage": "JSONata", **document})
    assert (finding.rule, finding.fix) == ("query-language", "use the fields of JSONata")


def test_a_wait_without_arguments_is_told_once() -> None:
    document = waiting(TimeoutSeconds=60)
    del document["States"]["Ask"]["Parameters"]
    (finding,) = check(document)
    assert str(finding) == (
        "Ask: argument-missing: sqs:sendMessage needs MessageBody and QueueUrl, and there are no "
        "Parameters; give Parameters (States.Ask.Parameters)"
    )


def test_the_timeout_of_the_machine_is_another_one() -> None:
    (finding,) = check({**waiting(), "TimeoutSeconds": 300})
    assert finding.rule == "wait-timeout"
    assert finding.message == (
        "this wait has no timeout; the machine's own, 300, ends it, and nothing can catch that"
    )


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        ({"Resource": LIST, "Parameters": {"bucket": "b"}}, ["argument-case"]),
        ({"Resource": GET}, ["argument-missing", "argument-missing", "missing-field"]),
        ({}, ["missing-field"]),
    ],
)
def test_each_thing_that_is_missing_from_a_reader_is_told_once(
    reader: dict[str, Any], expected: list[str]
) -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}
    state = {"Type": "Map", "ItemProcessor": processor, "ItemReader": reader, "End": True}
    assert [one.rule for one in check({"StartAt": "All", "States": {"All": state}})] == expected
