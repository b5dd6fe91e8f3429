"""Paths, intrinsic functions and JSONata: what is taken for one, and what is found in the others."""

from typing import Any

import pytest

from components.asl import Finding, check
from tests.asl.corpus import edits

WAIT = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 5}


def found(kind: str, text: Any) -> list[Finding]:
    """What is found in a state in which an expression stands; the state before it assigns variables."""
    state: dict[str, Any] = {
        "path": {"Type": "Pass", "Parameters": {"x.$": text}},
        "reference": {"Type": "Wait", "SecondsPath": text},
        "jsonata": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{%{text}%}}"},
        "token": {**WAIT, "Parameters": {"QueueUrl": "q", "MessageBody": text}},
        "token in JSONata": {
            **WAIT,
            "QueryLanguage": "JSONata",
            "Arguments": {"QueueUrl": "q", "MessageBody": text},
        },
    }[kind]
    before = {"Type": "Pass", "Assign": {"name": 1, "x": 1, "a": 1, "c": 1}, "Next": "A"}
    return check({"StartAt": "Set", "States": {"Set": before, "A": {**state, "End": True}}})


@pytest.mark.parametrize("row", edits.rows(edits.Expression, "expressions"), ids=str)
def test_expressions(row: edits.Expression) -> None:
    findings = found(row.kind, row.text)
    assert sorted({one.rule for one in findings}) == row.rules
    assert row.told in "".join(map(str, findings))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("States.Base64Encode('" + "a" * 10_000 + "')", []),
        ("States.Hash('a', '" + "a" * 10_001 + "')", ["intrinsic-arguments"]),
        ("States.MathAdd(1.5, " + "9" * 5_000 + ")", []),
    ],
)
def test_long_literals(text: str, rules: list[str]) -> None:
    assert [one.rule for one in found("path", text)] == rules


@pytest.mark.parametrize("text", ["(" * 2_000, "'a'" + " & 'b'" * 20_000])
def test_jsonata_that_is_too_much_to_be_read_may_use_everything(text: str) -> None:
    assert found("jsonata", text) == []
    assert found("token in JSONata", f"{{%{text}%}}") == []
