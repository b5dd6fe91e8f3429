"""`history` and `export` of a time: all that is on record, in flat memory, without links."""

import json
import stat
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from countersign_contract.approvals import table
from ops.screen import Screen
from ops.stack import Stack
from ops.verbs.reading import Operations, Period
from tests.approvals.world import ANN, OPERATOR, World

from .fakes import OUTPUTS, Aws, hangs
from .operator import Operator


def three() -> tuple[World, list[str]]:
    """Requests of three hours: approved, open, and cancelled by an operator. The last ends at 11:00."""
    world, ids = World(quorum=1), []
    for number in range(3):
        ask = {"subject": f"Release {number}", "details": {"ticket": number}}
        task = world.take(world.wait(ask, execution=f"run-{number}", timeout_seconds=90_000))
        ids.append(task.id)
        if number == 0:
            comment = f"see https://approvals.test/r/{world.link(task)} [2J"
            world.post(world.link(task), outcome="approved", comment=comment)
            world.nudges()
        if number == 2:
            world.cancel(task.id, "a mistake")
        world.advance(3600)
    return world, ids


def test_what_happened_in_a_time_is_listed_in_order(operator: Operator) -> None:
    world, ids = three()
    aws = Aws(world)
    told = operator.json(aws, "history", "--since", "1d")
    assert [(each["requestId"], each["what"]) for each in told] == [
        (ids[0], "requested"),
        (ids[0], "decided"),
        (ids[0], "delivered"),
        (ids[1], "requested"),
        (ids[2], "requested"),
        (ids[2], "cancelled"),
    ]
    assert told[-1]["by"] == OPERATOR
    assert told == sorted(told, key=lambda each: each["at"])
    last = operator.json(aws, "history", "--since", "90m")
    assert {each["requestId"] for each in last} == {ids[2]}
    between = operator.json(
        aws, "history", "--since", "2027-01-15T08:30Z", "--until", "2027-01-15T10:00:00+01:00"
    )
    assert between == []
    between = operator.json(aws, "history", "--since", "2027-01-15T08:30:00Z", "--until", "2027-01-15T09:30")
    assert {each["requestId"] for each in between} == {ids[1]}
    printed = operator.run(aws, "history", "--until", "2027-01-16")
    assert ids[0] in printed
    assert ANN in printed
    assert "nothing happened in this time" in operator.run(aws, "history", "--until", "2026-01-01")


def test_an_export_has_requests_decisions_and_audit(operator: Operator) -> None:
    world, ids = three()
    lines = operator.json(Aws(world), "export")
    kinds = [each.pop("kind") for each in lines]
    assert {kind: kinds.count(kind) for kind in kinds} == {"request": 3, "decision": 1, "audit": 6}
    requests = {each["requestId"]: each for each, kind in zip(lines, kinds, strict=True) if kind == "request"}
    assert list(requests) == sorted(ids)
    assert {each["status"] for each in requests.values()} == {"delivered", "open", "cancelled"}
    assert requests[ids[1]]["details"] == {"ticket": 1}
    assert requests[ids[1]]["workflow"] == "release"
    (decision,) = (each for each, kind in zip(lines, kinds, strict=True) if kind == "decision")
    assert (decision["requestId"], decision["approver"], decision["outcome"]) == (ids[0], ANN, "approved")
    assert decision["comment"] == "see https://approvals.test/r/[link] [2J"
    first = [kind for each, kind in zip(lines, kinds, strict=True) if each["requestId"] == ids[0]]
    assert first == ["request", "decision", "audit", "audit", "audit"], "a request's lines are together"


def test_an_export_of_a_time_has_whole_requests_of_which_something_happened(operator: Operator) -> None:
    world, ids = three()
    lines = operator.json(Aws(world), "export", "--since", "2027-01-15T10:00Z")
    assert {each["requestId"] for each in lines} == {ids[2]}
    world.remind(ids[0])
    world.remind(ids[1])
    lines = operator.json(Aws(world), "export", "--since", "1m")
    assert [each["what"] for each in lines if each["kind"] == "audit"] == ["requested", "reminded"]


def test_a_file_is_for_its_owner_and_never_overwritten(operator: Operator) -> None:
    aws, file = Aws(three()[0]), operator.folder / "export.jsonl"
    assert operator.run(aws, "export", "--file", str(file)) == f"3 requests are in {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    assert len([json.loads(line) for line in before.splitlines()]) == 10
    said = operator.run(aws, "export", "--file", str(file), code=2)
    assert said == f"--file must be a file that can be made, got {file}: it is there already\n"
    assert file.read_text() == before
    nowhere = operator.folder / "none" / "export.jsonl"
    assert "No such file or directory" in operator.run(aws, "export", "--file", str(nowhere), code=2)


def interrupts(_: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("fault", "code"), [(hangs, 3), (interrupts, 130)])
def test_half_an_export_leaves_no_file(operator: Operator, fault: Any, code: int) -> None:
    aws, file = Aws(three()[0]), operator.folder / "export.jsonl"
    aws.faults["dynamodb:Scan"] = [lambda call: call(), fault]
    operator.run(aws, "export", "--file", str(file), code=code)
    assert aws.calls["dynamodb:Scan"] == 2
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("history",), "history needs REQUEST, or --since or --until, got none"),
        (("history", "0" * 32, "--since", "1h"), "history needs REQUEST, or --since or --until, got both"),
        (("history", "--since", "1h", "--until", "2h"), "--since must be before --until, got 2027"),
        (("export", "--since", "2027-02-01", "--until", "2027-01-01"), "--since must be before --until"),
    ],
)
def test_times_that_make_no_sense(operator: Operator, arguments: tuple[str, ...], says: str) -> None:
    assert says in operator.run(Aws(World()), *arguments, code=2)


def test_a_time_that_is_none(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        operator.run(Aws(World()), "export", "--since", "yesterday")
    assert ended.value.code == 2
    assert "TIME must be an age or a date and time, as in 12h" in capsys.readouterr().err


class Endless(Aws):
    """A table with so many requests that each page is made when it is read."""

    def __init__(self, world: World, pages: int) -> None:
        super().__init__(world)
        self.last = pages - 1
        found = [item for (pk, _), item in sorted(world.dynamodb.items.items()) if pk.startswith("R#")]
        self.items: list[dict[str, Any]] = [
            {name: item[name] for name in table.READABLE if name in item} for item in found
        ]

    def scan(self, **scan: Any) -> Any:
        number = scan.get("ExclusiveStartKey", {"place": 0})["place"]
        more = {"LastEvaluatedKey": {"place": number + 1}} if number < self.last else {}
        return {"Items": [*self._copies(number)], **more}

    def _copies(self, number: int) -> Iterator[dict[str, Any]]:
        for copy in range(50):
            for item in self.items:
                yield {**item, "pk": {"S": f"R#{number:016x}{copy:016x}"}}


def test_an_export_of_many_requests_is_written_in_flat_memory(tmp_path: Path) -> None:
    """One page and one request are kept."""
    world = World()
    world.take(world.wait())

    def peak(pages: int) -> int:
        operations = Operations(Stack.of(OUTPUTS), Endless(world, pages), Screen())
        tracemalloc.start()
        try:
            operations.export(Period(), str(tmp_path / f"{pages}.jsonl"))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(2), peak(10)
    assert many < 1.2 * few + 100_000
    assert sum('"kind": "request"' in line for line in (tmp_path / "10.jsonl").open()) == 500
