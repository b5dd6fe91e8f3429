"""What a terminal shows: tables that fit, colours only where they are wanted, and a clean end."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ops.screen import Screen
from tests.approvals.world import World
from tests.package.build import ROOT

from .fakes import Aws
from .operator import Operator

ESCAPE = "\x1b["


def busy() -> Aws:
    """Of everything that is listed something long."""
    world = World(quorum=2)
    for number in range(4):
        subject = f"Release {number} " + "한" * 60
        world.take(world.wait({"subject": subject}, execution=f"run-{number}", timeout_seconds=9_000_000))
    aws = Aws(world)
    aws.runs_since(**{"9d0c7e6a-1b2c-3d4e-5f60-718293a4b5c6_0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9": 60})
    aws.failed("order-7", error="An.Error.With.A.Long.Name" * 3)
    aws.queues["release-dead"].messages = 12
    return aws


READS = [("waiting",), ("waiting", "--state"), ("history", "--since", "1d"), ("redrive", "--look")]


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("arguments", READS, ids=" ".join)
def test_a_table_fits(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, columns: int, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    aws = busy()
    said = operator.run(aws, *arguments)
    assert max(width(line) for line in said.splitlines()) <= max(columns, 60), said


def width(line: str) -> int:
    """In cells, of which a Korean letter has two."""
    return sum(2 if "\uac00" <= character <= "\ud7a3" else 1 for character in line)


@pytest.mark.parametrize("columns", [80, 200])
def test_an_id_is_never_cut_and_a_wide_terminal_shows_all(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    aws = busy()
    said = operator.run(aws, "waiting")
    for each in aws.world.dynamodb.items.values():
        if "waiting" in each:
            assert each["request_id"]["S"] in said
    (name,) = (each for each in aws.runs if "_" in each)
    assert name in "".join(line.split("  ")[0] for line in said.splitlines())
    titles = said.splitlines()[0].split()
    assert titles[:4] == ["Request", "What", "Who", "Until"]
    assert ("Status" in titles) is (columns == 200)


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False), ({}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    variables: Mapping[str, str],
    coloured: bool,
) -> None:
    """FORCE_COLOR stands for a terminal; a pipe is none."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    said = operator.run(busy(), "waiting")
    assert (f"{ESCAPE}33m" in said) is coloured
    assert ESCAPE not in operator.run(busy(), "waiting", "--json")


def test_progress_is_for_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Screen().progress("ending") as tell:
        tell("1 of 2")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Screen().progress("ending") as tell:
        tell("1 of 2\x1b[2J")
    out, err = capsys.readouterr()
    assert "ending" in err
    assert f"{ESCAPE}2J" not in err
    assert out == ""


def test_an_interruption_ends_it_cleanly(operator: Operator) -> None:
    aws = busy()

    def interrupts(_: object) -> None:
        raise KeyboardInterrupt

    aws.faults["dynamodb:Query"] = [lambda call: call(), interrupts]
    said = operator.run(aws, "waiting", code=130)
    assert said.endswith("ended; what was begun may be done\n")
    assert "Traceback" not in said


PIPE = """
import sys
from pathlib import Path
from ops import command
from tests.ops.fakes import OUTPUTS, Many
from tests.approvals.world import asked
import json
Path(sys.argv[1]).write_text(json.dumps(OUTPUTS))
command.Aws = lambda *_: Many(asked()[0], 5000)
sys.exit(command.main(["waiting", "--only", "approvals", *sys.argv[2:], "--outputs", sys.argv[1]]))
"""


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_whoever_reads_may_have_seen_enough(tmp_path: Path, form: tuple[str, ...]) -> None:
    """As in `countersign waiting | head -1`."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "lambda_src")])
    with subprocess.Popen(
        [sys.executable, "-c", PIPE, str(tmp_path / "outputs.json"), *form],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=120) == 0
