"""Somebody who runs the command. All that it prints is searched for what it must never say."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import command
from ops.verbs import changing, redriving

from .fakes import OUTPUTS, SECRET, Aws

LINK = re.compile(r"[0-9a-f]{32}\.\d+\.\S{20}")


class Operator:
    """Somebody who runs the command, and reads what it prints."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.folder = folder
        self._outputs = folder / "outputs.json"
        self._outputs.write_text(json.dumps(OUTPUTS))
        monkeypatch.setenv("COLUMNS", "160")
        self.says()

    def says(self, *answers: str) -> None:
        """What they answer when they are asked; without an answer, they cannot be asked."""
        left = [f"{each}\n" for each in answers]
        self._monkeypatch.setattr("sys.stdin.isatty", lambda: bool(answers), raising=False)
        self._monkeypatch.setattr("sys.stdin.readline", lambda: left.pop(0), raising=False)

    def meanwhile(self, happens: Callable[[float], Any]) -> None:
        """What happens each time that the command waits a moment."""
        for module in (changing, redriving):
            self._monkeypatch.setattr(module, "pause", happens)

    def run(self, aws: Aws, *arguments: str, code: int = 0) -> str:
        """What it prints, and an error last."""
        self._monkeypatch.setattr(command, "Aws", lambda *_: aws)
        self._monkeypatch.setattr("ops.screen.time.time", aws.world.now)
        ended = command.main([*arguments, "--outputs", str(self._outputs)])
        out, err = self._capsys.readouterr()
        said: str = out + err
        assert ended == code, said
        check(aws, said)
        return said

    def json(self, aws: Aws, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """The lines that are JSON, which are all of an answer."""
        said = self.run(aws, *arguments, "--json", code=code).splitlines()
        return [json.loads(line) for line in said if line.startswith("{")]


def check(aws: Aws, said: str) -> None:
    """That nothing is said that could answer a wait, or open a page, or was nobody's to see."""
    for token in aws.world.states.executions:
        assert token not in said
    for link in aws.world.links_mailed():
        assert link not in said
    assert not LINK.search(said)
    assert SECRET not in said
    for item in aws.world.dynamodb.items.values():
        for proof in item.get("links", {}).get("L", []):
            assert proof["S"] not in said
        for seal in ("seal", "end_seal"):
            assert not item.get(seal, {}).get("S") or item[seal]["S"] not in said
