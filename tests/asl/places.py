"""Where the definitions of these tests are: in a partition that does not exist, so that a literal shows."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict


class Place(TypedDict):
    """What `resolve`, `fill` and `statements` need to know."""

    partition: str
    region: str
    account_id: str


PLACE: Final[Place] = {"partition": "aws-test", "region": "eu-north-1", "account_id": "123456789012"}


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
