"""What runs, as Step Functions has it. Their histories hold tokens, and are not looked at."""

from collections.abc import Iterator, Mapping
from typing import Any

from .aws import Aws, explained


def running(aws: Aws, machine_arn: str) -> Iterator[list[Mapping[str, Any]]]:
    """The executions of a state machine that run, the newest first, page by page."""
    more: dict[str, str] = {}
    while True:
        with explained(f"the state machine {machine_arn.rpartition(':')[2]}"):
            answer = aws.client("stepfunctions").list_executions(
                stateMachineArn=machine_arn, statusFilter="RUNNING", **more
            )
        yield answer["executions"]
        if not answer.get("nextToken"):
            return
        more = {"nextToken": answer["nextToken"]}
