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
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULE = "tests.approvals.histories.soak"


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and what is replaced where, in `lambda_src/approvals`."""

    name: str
    """A sentence, which is the test's id."""
    replaced: tuple[tuple[str, str, str], ...]

    def make(self, folder: Path) -> None:
        """Make it in the copy of `lambda_src` in a folder."""
        for module, text, wrong in self.replaced:
            path = folder / "approvals" / module
            source = path.read_text()
            assert source.count(text) == 1, f"{self.name}: {module} must hold this once: {text!r}"
            path.write_text(source.replace(text, wrong))


HELD = "        held = request.leased_until\n"
EMPTIES = "        self._release(request, set(request.outbox), set(), held)\n"
WRITES = "        try:\n            after, _ = self._store.change(request_id, step"
SENDS_EARLY = """
        early = step(record.request).request
        if early.status is Status.DECIDED:
            decided = {**record.decisions, view.approver: decision}
            self._delivery.deliver(replace(record, request=early, decisions=decided))
"""

# fmt: off
MISTAKES = [
    Mistake("the outbox is lent to two at once", (
        ("request/outbox.py", "request.leased_until > now or not request.outbox", "not request.outbox"),
    )),
    Mistake("the outbox is emptied before it is sent", (
        ("asking/sender.py", HELD, HELD + EMPTIES),
    )),
    Mistake("what was refused counts as sent", (
        ("asking/sender.py", "sent |= entries - refused.keys()", "sent |= entries"),
    )),
    Mistake("the answer is sent before the decision is written", (
        ("page/visit.py", WRITES, SENDS_EARLY + WRITES),
    )),
    Mistake("nobody asks whether it still waits", (
        ("asking/follow_up.py", "life.needs_a_look(request, now) and not", "False and not"),
    )),
    Mistake("the deadline is compared the wrong way", (
        ("request/life.py", "is Status.OPEN and now >= request", "is Status.OPEN and now < request"),
    )),
    Mistake("a change is written over another one", (
        ("record/store.py", '"#version = :version", {":version": version}', '"", {}'),
    )),
    Mistake("the same is superseded without asking whether it still waits", (
        ("asking/intake.py", "None if change and self._may_wait(current.token) else", ""),
    )),
    Mistake("a decision can be changed", (
        ("request/life.py", "if number in request.votes or seen", "if seen"),
        ("record/store.py", "decision_row(decision), request, _IS_NEW", "decision_row(decision), request"),
        ("page/visit.py", 'if view.state != "open":', 'if view.state not in ("open", "voted"):'),
    )),
    Mistake("no answer means that nobody waits", (
        ("page/visit.py", "return True  # Nobody can tell now", "return False  # Nobody can tell now"),
    )),
    Mistake("those who have decided are reminded", (
        ("request/life.py", "request.asked if number not in request.votes]", "request.asked]"),
        ("asking/sender.py", "if number in request.votes or life.seen", "if life.seen"),
    )),
    Mistake("an answer that was taken before came too late", (
        ("answering/delivery.py", "ACCEPTED else self._fate(request)", "ACCEPTED else Status.TOO_LATE"),
    )),
    Mistake("the end of an execution closes what it asks since", (
        ("asking/follow_up.py", "None if since and self._delivery.is_awaited(current.token) else", ""),
    )),
]
# fmt: on


def found(mistake: Mistake, histories: int, seed: int = 0) -> str:
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
            str(seed),
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
