"""Small programs, and the command line tool as a process."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.patience import PATIENCE_SECONDS, until

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(__file__).parent / "programs"
SMALL = PROGRAMS / "small"


def program(folder: Path, source: str, config: str = "{}", declared: str = "{}") -> Path:
    """A Pulumi project with this program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: small\nruntime: python\nconfig: {declared}\n")
    (folder / "Pulumi.local.yaml").write_text(f"config: {config}\n")
    (folder / "__main__.py").write_text(source)
    return folder


@contextmanager
def command(*arguments: str, temporary: Path) -> Iterator["subprocess.Popen[str]"]:
    """``python -m local ARGUMENTS``, with its temporary files in a folder that tells whether any are left."""
    temporary.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def outcome(*arguments: str, temporary: Path) -> tuple[int, str, str]:
    """Run it to its end: exit code, standard output, standard error."""
    with command(*arguments, temporary=temporary) as process:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, out, err


def table(process: "subprocess.Popen[str]") -> list[str]:
    """The lines that ``up`` prints for people."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], process.communicate()
    return lines


def ready_line(process: "subprocess.Popen[str]") -> Mapping[str, Any]:
    """The JSON line of ``up --json``."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], PATIENCE_SECONDS)
    assert readable, "no line within the time"
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    found: Mapping[str, Any] = json.loads(line)
    return found


def descendants(pid: int) -> set[int]:
    """All living processes below ``pid``."""
    found: set[int] = set()
    frontier = {pid}
    parents = _parents()
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def children(pid: int) -> set[int]:
    """The living processes that ``pid`` has started."""
    return {child for child, parent in _parents().items() if parent == pid}


def _parents() -> dict[int, int]:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    return parents


def alive(pids: set[int]) -> set[int]:
    """Those of ``pids`` that still run."""
    return pids & _parents().keys()


def gone(pids: set[int]) -> bool:
    """Whether all of ``pids`` end; what does not is killed, so that a failed test leaves nothing."""
    try:
        return until("the end of all processes", lambda: not alive(pids))
    finally:
        for pid in alive(pids):
            os.kill(pid, signal.SIGKILL)
