"""`start-again`: an execution that failed is started anew, with the same input, which nobody sees.

The new execution's name follows from the old one's, so that doing it twice does not start two: while it runs
AWS gives back the same one, and once it has ended AWS refuses its name.
It is a new execution, not `RedriveExecution`: that goes on at the state that failed, which is a Fail state in
a workflow that catches its errors, and asks nobody again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product
from typing import Any, Final

from .. import executions, telling
from ..problems import Exit, Problem
from ..screen import Column, age, last, value
from .reading import Operations

FAILED: Final = (
    Column("Execution", last("executionArn"), whole=True),
    Column("Workflow", value("workflow"), 18, spare=True),
    Column("Ended", age("ended"), 8),
    Column("Error", value("error")),
)
ENDED: Final = ("FAILED", "TIMED_OUT")
"""What is started again unless an execution is named. One that somebody stopped is not."""
STARTED_AGAIN: Final = (*ENDED, "ABORTED")
SAID_NO: Final = ("ApprovalRejected", "ApprovalCancelled")
"""Errors with which people end an execution: nobody is asked again unless it is named."""
LONGEST_NAME: Final = 80
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
HASH: Final = 8
_AGAIN: Final = re.compile(r"(.+)-again-([0-9]{1,4})", re.DOTALL)
QUESTION: Final = "Start these again, with the same input? What they did before they failed is done again."


def next_name(name: str) -> str:
    """What an execution is called that does again what this one did: `order-7`, `order-7-again-1`, ..."""
    match = _AGAIN.fullmatch(name)
    base, number = (match[1], int(match[2]) + 1) if match else (name, 1)
    suffix = f"-again-{number}"
    if len(base) + len(suffix) > LONGEST_NAME:
        told = sha256(base.encode()).hexdigest()[:HASH]
        base = f"{base[: LONGEST_NAME - len(suffix) - HASH - 1]}-{told}"
    return f"{base}{suffix}"


def start_again(operations: Operations, names: Sequence[str], since: float) -> None:
    """Start those of these names or ARNs again, or all that failed `since`. `Problem` if none was started."""
    screen = operations.screen
    with screen.progress("looking"):
        found = [_named(operations, each) for each in names] or [*_failed(operations, since)]
    if screen.asks:
        screen.rows(FAILED, [found], "nothing has failed in this time")
    if not found:
        return
    screen.confirm(QUESTION)
    started = 0
    with screen.progress("starting") as tell:
        for number, each in enumerate(found, 1):
            tell(f"{number} of {len(found)}")
            started += _started(operations, each["executionArn"])
    if not started:
        raise Problem(Exit.NOT_SO, "nothing was started: all of these were started again before")


def _started(operations: Operations, arn: str) -> bool:
    described = executions.described(operations.aws, arn)
    if described is None or not described.get("inputDetails", {}).get("included", True):
        raise Problem(Exit.NOT_SO, f"AWS does not have the input of {arn} any more")
    machine_arn, name = described["stateMachineArn"], next_name(described["name"])
    started = executions.start(operations.aws, machine_arn, name, described["input"])
    told = {"executionArn": arn, "again": name, "started": started}
    said = f"{name} runs"
    if not started:
        there = executions.described(operations.aws, f"{arn.rpartition(':')[0]}:{name}") or {}
        told["status"] = there.get("status")
        said = f"{name} was started before, and is {told['status']}"
    operations.screen.done(told, said)
    return started


def _named(operations: Operations, name: str) -> dict[str, Any]:
    """The execution of this name or ARN. `Problem` if there is none or it did not fail."""
    machines = operations.workflows.values()
    arns = [f"{each.replace(':stateMachine:', ':execution:', 1)}:{name}" for each in machines]
    if name.startswith("arn:"):
        if not any(name.startswith(arn.removesuffix(name)) for arn in arns):
            raise Problem(Exit.USAGE, f"EXECUTION must be of a workflow of this stack, got {name}")
        arns = [name]
    found = [each for arn in arns if (each := executions.described(operations.aws, arn))]
    if len(found) != 1:
        said = f"there is no execution {name}" if not found else f"{len(found)} executions are called {name}"
        raise Problem(Exit.NOT_SO, f"{said}: say its workflow (--workflow), or its ARN")
    if found[0]["status"] not in STARTED_AGAIN:
        raise Problem(Exit.NOT_SO, f"nothing was started: {name} is {found[0]['status']}")
    return _told(operations, found[0])


def _failed(operations: Operations, since: float) -> Iterator[dict[str, Any]]:
    """What failed since then, and has not been started again, but for what people have ended."""
    for machine_arn, status in product(operations.workflows.values(), ENDED):
        for execution in _ended(operations, machine_arn, status, since):
            described = executions.described(operations.aws, execution["executionArn"])
            if described and described.get("error") not in SAID_NO:
                yield _told(operations, described)


def _ended(
    operations: Operations, machine_arn: str, status: str, since: float
) -> Iterator[Mapping[str, Any]]:
    for page in executions.listed(operations.aws, machine_arn, status):
        for each in page:
            if each["stopDate"].timestamp() < since:
                return  # They come in this order.
            yield each


def _told(operations: Operations, execution: Mapping[str, Any]) -> dict[str, Any]:
    return telling.of_failed(execution, operations.stack.workflow(execution["stateMachineArn"]))
