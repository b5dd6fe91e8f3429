"""Mistakes that somebody could make in the code of approvals; histories have to find each of them.

A mistake is made in a copy of the code, by replacing text that must be there exactly once: who changes that
text changes the mistake with it. `python -m tests.approvals.histories.broken` makes all of them and shows the
history that finds each.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULE = "tests.approvals.histories.soak"


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and what is replaced by what in `lambda_src/approvals`."""

    name: str
    """A sentence, which is the test's id."""
    replaced: Mapping[str, str]
    seed: int = 0
    """Of histories that find it soon. Others find it too."""

    def make(self, folder: Path) -> None:
        """Make it in the copy of `lambda_src` in a folder."""
        sources = {path: path.read_text() for path in (folder / "approvals").rglob("*.py")}
        for text, wrong in self.replaced.items():
            found = [path for path, source in sources.items() if text in source]
            times = sum(sources[path].count(text) for path in found)
            assert times == 1, f"{self.name}: approvals must hold this once, but do {times} times: {text!r}"
            sources[found[0]] = sources[found[0]].replace(text, wrong)
            found[0].write_text(sources[found[0]])


SENDS = "        hanging: set[str] = set()\n"
EMPTIES = """
        empty = lambda owing: Change(replace(owing, outbox=frozenset()))
        self.store.change(record.request.id, empty, self.clock())
"""
WRITES = "        try:\n            after, _ = self.store.change(\n"
ANSWERS = """
        early = life.decide(record.request, decision).request
        if early.status is Status.DECIDED:
            decided = {**record.decisions, view.approver: decision}
            self.delivery.deliver(replace(record, request=early, decisions=decided))
"""

MISTAKES = [
    Mistake(
        "the outbox is lent to two at once",
        {"request.leased_until > now or not request.outbox": "not request.outbox"},
    ),
    Mistake(
        "the outbox is emptied before it is sent",
        {SENDS: SENDS + EMPTIES},
        seed=24,
    ),
    Mistake(
        "what was refused counts as sent",
        {"sent |= entries - refused.keys()": "sent |= entries"},
        seed=30,
    ),
    Mistake(
        "the answer is sent before the decision is written",
        {WRITES: ANSWERS + WRITES},
        seed=2,
    ),
    Mistake(
        "nobody asks whether it still waits",
        {"is_looked_at and not": "False and not"},
        seed=3,
    ),
    Mistake(
        "the deadline is compared the wrong way",
        {"is Status.OPEN and now >= request.deadline": "is Status.OPEN and now < request.deadline"},
    ),
    Mistake(
        "a change is written over another one",
        {'"#version = :version"': '""'},
        seed=20,
    ),
    Mistake(
        "the same is superseded without asking whether it still waits",
        {"None if change and self.delivery.may_wait(current) else": ""},
        seed=31,
    ),
    Mistake(
        "what is decided goes on waiting in a list",
        {"if _waits(before, number) != _waits(after, number):": "if False:"},
    ),
    Mistake(
        "one approval too few decides",
        {"or after.approvals >= request.quorum": "or after.approvals + 1 >= request.quorum"},
    ),
    Mistake(
        "another decision is told to be recorded",
        {" and _content(recorded) == _content(decision)": ""},
        seed=2,
    ),
    Mistake(
        "a link is logged",
        {'logger.info("decision recorded"': 'logger.info(f"decision recorded {request.link}"'},
    ),
    Mistake(
        "no answer means that nobody waits",
        {"return True  # Nobody can tell now": "return False  # Nobody can tell now"},
        seed=8,
    ),
    Mistake(
        "those who have decided are reminded",
        {
            "in request.asked if number not in request.votes]": "in request.asked]",
            "if number in request.votes or life.seen": "if life.seen",
        },
    ),
    Mistake(
        "an answer that was taken before came too late",
        {"ACCEPTED else self._fate(request)": "ACCEPTED else Status.TOO_LATE"},
        seed=1,
    ),
    Mistake(
        "the end of an execution closes what it asks since",
        {"None if since and self.delivery.is_awaited(current.token) else": ""},
        seed=5,
    ),
]


def found(mistake: Mistake, histories: int) -> str:
    """What the first history says that does not hold with a mistake; AssertionError if all of them do."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "lambda_src"
        shutil.copytree(ROOT / "lambda_src", folder, ignore=shutil.ignore_patterns("__pycache__"))
        mistake.make(folder)
        command = [
            sys.executable,
            "-m",
            MODULE,
            "--seed",
            str(mistake.seed),
            "--histories",
            str(histories),
            "--first",
        ]
        environment = os.environ | {"PYTHONPATH": str(folder)}
        played = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    assert played.returncode == 1, f"{mistake.name}: not found\n{played.stdout}{played.stderr}"
    return played.stdout


if __name__ == "__main__":
    for each in MISTAKES:
        print(each.name, found(each, 2_000), sep="\n", flush=True)
