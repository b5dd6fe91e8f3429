"""Definitions that tests begin with, and what is found in one."""

from typing import Any

from components.asl import DefinitionError, Severity, check, require_valid
from components.asl.report.rules import RULES


def waiting(**fields: Any) -> dict[str, Any]:
    """A machine that waits once, without a timeout unless given."""
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:${AWS::Partition}:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "https://q", "MessageBody": {"TaskToken.$": "$$.Task.Token"}},
                "End": True,
                **fields,
            }
        },
    }


def found(document: Any) -> set[str]:
    """The rules that a definition breaks; every finding is whole, and errors refuse it."""
    findings = check(document)
    for one in findings:
        assert one.severity is RULES[one.rule].severity
        assert one.message
        assert one.fix
        assert str(one).isprintable()
        str(one).encode()
    grave = [one for one in findings if one.severity is Severity.ERROR or RULES[one.rule].house]
    refused: list[str] = []
    try:
        require_valid(document)
    except DefinitionError as error:
        refused = [one.rule for one in error.findings]
    assert refused == [one.rule for one in grave]
    return {one.rule for one in findings}
