"""Where the definitions of these tests are, and what policies are derived for their states there.

The partition does not exist, so that a literal one shows.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict

import pytest

from components.asl import Definition, UnresolvedPermission, statements


class Place(TypedDict):
    """What `resolve`, `fill` and `statements` need to know."""

    partition: str
    region: str
    account_id: str


PLACE: Final[Place] = {"partition": "aws-test", "region": "eu-north-1", "account_id": "123456789012"}

ARN = "arn:aws-test:{}:eu-north-1:123456789012:{}"
QUEUE = "https://sqs.eu-north-1.amazonaws.com/123456789012/jobs"
QUEUE_ARN = ARN.format("sqs", "jobs")
TOPIC = ARN.format("sns", "news")
KEY = ARN.format("kms", "key/a")
ROLE = "arn:aws-test:iam::210987654321:role/theirs"


def lines(statements: Iterable[Mapping[str, Any]], place: Place = PLACE) -> list[str]:
    """Statements for people: `Sid: actions on resources if condition`; `//` is the own region and account."""
    own = f":{place['region']}:{place['account_id']}:"
    written = []
    for statement in statements:
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        arns = [
            arn.removeprefix(f"arn:{place['partition']}:").replace(own, "//") for arn in statement["Resource"]
        ]
        line = f"{statement['Sid']}: {' '.join(statement['Action'])} on {' '.join(arns)}"
        condition = statement.get("Condition")
        written.append(f"{line} if {json.dumps(condition)}" if condition else line)
    return written


def task(resource: str, arguments: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A Task state of an integration, or of a function or an activity."""
    if not resource.startswith("arn:"):
        resource = f"arn:${{AWS::Partition}}:states:::{resource}"
    return {"Type": "Task", "Resource": resource, "Parameters": dict(arguments or {}), **fields}


def derived(*states: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """The statements of a machine that has these states, in any order."""
    machine = {"States": {f"State {index}": state for index, state in enumerate(states)}}
    return statements(Definition(machine).fill(**PLACE), **PLACE, **options)


def missing(*states: dict[str, Any], **options: Any) -> str:
    """The message of the error that a machine's statements give."""
    with pytest.raises(UnresolvedPermission) as raised:
        derived(*states, **options)
    return str(raised.value)


def described(state: dict[str, Any]) -> list[str]:
    """A machine's statements in the form of the file."""
    try:
        return lines(derived(state))
    except UnresolvedPermission as error:
        extra = [{"Effect": "Allow", "Action": list(error.actions), "Resource": "x"}]
        return [*lines(derived(state, extra_statements=extra)), f"by hand: {' '.join(error.actions)}"]
