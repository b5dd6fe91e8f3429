"""Outputs, items, pipes and terminals as nobody means them: what is there is told, exit codes are true."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from countersign_contract.approvals import table
from ops.stack import Stack
from tests.approvals.world import BOB, MACHINE, World
from tests.package.build import ROOT

from .fakes import QUEUES, URL, Aws, refusal
from .operator import Operator


def test_what_has_the_same_key_in_two_places_is_found_twice() -> None:
    """Before a stack is destroyed, nothing that waits may be missed."""
    other = f"{MACHINE}-2"
    stack = Stack.of(
        {
            "shop": {"pay": {"stateMachineArn": MACHINE, "deadLetterQueueUrl": f"{QUEUES}/a"}},
            "office": {"pay": {"stateMachineArn": other, "deadLetterQueueUrl": f"{QUEUES}/b"}},
        }
    )
    assert stack.workflows == {"pay": MACHINE, "release-2": other}
    assert stack.dead_letters == {"pay": f"{QUEUES}/a", "b": f"{QUEUES}/b"}


def test_what_is_there_twice_is_found_once_also_in_lists() -> None:
    stack = Stack.of({"pay": [{"stateMachineArn": MACHINE}], "payAgain": {"stateMachineArn": MACHINE}})
    assert stack.workflows == {"payAgain": MACHINE}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 900 + "1" + "}" * 900, "1" * 10_000])
def test_outputs_that_are_too_deep_or_too_long_are_none(operator: Operator, text: str) -> None:
    file = operator.folder / "outputs.json"
    file.write_text(text)
    said = operator.run(Aws(World()), "waiting", code=2)
    assert said.startswith("outputs must ")


def test_half_a_stack_is_told_to_be_half(operator: Operator) -> None:
    """Not that nothing waits, which nobody knows."""
    file = operator.folder / "outputs.json"
    file.write_text(json.dumps({"release": {"stateMachineArn": MACHINE}}))
    said = operator.run(Aws(World()), "waiting")
    assert said == (
        "the stack's outputs name no ApprovalApi (url and tableName)\nno execution runs without a request\n"
    )
    file.write_text(json.dumps({"url": URL, "tableName": "requests"}))
    said = operator.run(Aws(World()), "waiting")
    assert said == "nothing waits for approval\nthe stack's outputs name no workflow (stateMachineArn)\n"


def test_an_express_workflow_waits_for_nobody_and_does_not_hide_the_others(operator: Operator) -> None:
    world = World()
    task = world.take(world.wait())
    aws = Aws(world)
    aws.faults["states:ListExecutions"] = [refusal("StateMachineTypeNotSupported")]
    assert task.id in operator.run(aws, "waiting")


WRONG: tuple[Any, ...] = (
    None,
    {"S": "\x1b[2J"},
    {"S": "[" * 900 + "]" * 900},
    {"S": '{"a":' * 900 + "1" + "}" * 900},
    {"N": "1e30"},
    {"N": "-1"},
    {"B": b"x"},
    {"SS": ["a"]},
    {"L": [{"B": b"x"}, {"M": {}}]},
    {"M": {"a": {"B": b"x"}}},
    {"BOOL": True},
    {"NULL": True},
)
"""What an attribute can be that none of our functions wrote; None is none."""


def spoil(world: World, partition: str, sort: str, name: str, value: Any) -> None:
    """Such an attribute, where there is one in an item whose keys begin so."""
    for key, item in world.dynamodb.items.items():
        if key[0].startswith(partition) and key[1].startswith(sort) and name in item:
            if value is None:
                del item[name]
            else:
                item[name] = value


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize("name", [name for name in table.READABLE if name not in ("pk", "sk", "waiting")])
def test_an_item_that_somebody_else_wrote_does_not_keep_the_others_from_being_seen(
    operator: Operator, name: str, form: tuple[str, ...]
) -> None:
    world = World(quorum=2)
    hurt = []
    for number, value in enumerate(WRONG):
        asked = {"subject": "Release 1", "details": {"a": 1}}
        task = world.take(world.wait(asked, execution=f"hurt-{number}"))
        world.post(world.link(task), outcome="approved", comment="fine")
        spoil(world, f"E#{world.execution_arn(f'hurt-{number}')}", "", name, value)
        spoil(world, f"R#{task.id}", "", name, value)
        hurt.append(task.id)
    whole = world.take(world.wait({"subject": "Release 2"}, execution="whole")).id
    aws = Aws(world)
    assert whole in operator.run(aws, "waiting", "--approver", BOB, *form)
    assert whole in operator.run(aws, "export", *form)
    assert whole in operator.run(aws, "history", "--since", "1d", *form)
    for verb, request in product(("show", "history"), hurt):
        operator.run(aws, verb, request, *form)


def test_what_somebody_else_wrote_does_not_keep_the_others_from_being_ended(operator: Operator) -> None:
    world = World()
    aws = Aws(world, page=50)
    for number in range(8):
        world.take(
            world.wait(
                {"subject": f"Release {number}"}, execution=f"run-{number}", timeout_seconds=3600 + number
            )
        )
        aws.runs_since(**{f"run-{number}": 60})
    listed = [item for item in world.dynamodb.items.values() if item["pk"]["S"].startswith("E#")]
    for item in listed[:4]:  # They are sealed, so that nobody acts on them.
        world.dynamodb.items[f"R#{item['request_id']['S']}", "REQUEST"]["quorum"] = {"N": "2"}
    del listed[4]["state_machine_arn"]
    listed[5]["request_id"] = {"S": "none"}
    operator.meanwhile(lambda _: None)
    said = operator.run(aws, "end-waiting", "--reason", "over", "--yes", code=3)
    assert said.count("somebody else wrote into the table") == 4
    assert "3 requests cancelled" in said


SCRIPT = """
import sys
from ops import command
from tests.approvals.world import World
from tests.ops.fakes import Aws
world = World()
world.take(world.wait({"subject": "\\ucd9c\\uc2dc \\u2713"}))
aws = Aws(world)
aws.runs_since(**{f"run-{number}": 60 for number in range(1, 99)})
command.Aws = lambda *_: aws
sys.exit(command.main(sys.argv[1:]))
"""


def process(operator: Operator, *arguments: str, **how: Any) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join([str(ROOT), str(ROOT / "lambda_src")])
    environment = {**os.environ, "PYTHONPATH": path, **how.pop("environment", {})}
    outputs = str(operator.folder / "outputs.json")
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments, "--outputs", outputs],
        stderr=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        **how,
    )


def test_whoever_no_longer_reads_is_not_told_that_a_change_is_done(operator: Operator) -> None:
    """As in `countersign end-waiting ... --json | head -1`: the rest may still wait."""
    read, write = os.pipe()
    os.close(read)
    with process(operator, "end-waiting", "--reason", "over", "--yes", "--json", stdout=write) as run:
        os.close(write)
        _, said = run.communicate(timeout=120)
    assert run.returncode == 1
    assert said == b"nobody reads what is done any more: not all of it may be done, do it again\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("verb", ["export", "waiting"])
def test_what_cannot_be_written_is_told(operator: Operator, verb: str) -> None:
    with Path("/dev/full").open("wb") as full, process(operator, verb, stdout=full) as run:
        _, said = run.communicate(timeout=120)
    assert run.returncode == 1
    assert said == b"what is told cannot be written: No space left on device\n"


def test_what_a_terminal_has_no_letters_for_is_escaped(operator: Operator) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii", "COLUMNS": "160"}
    with process(operator, "waiting", environment=ascii_only, stdout=subprocess.PIPE) as run:
        told, said = run.communicate(timeout=120)
    assert (run.returncode, said) == (0, b"")
    assert rb"\ucd9c\uc2dc" in told
