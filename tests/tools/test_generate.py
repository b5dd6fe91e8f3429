"""What is generated is current, and one command renews it."""

from pathlib import Path

import pytest

from tools.generate import rules
from tools.generate.__main__ import GENERATED, main


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_generated_is_current(name: str) -> None:
    """A new botocore makes `services` stale: definitions would be checked against what AWS took before."""
    assert main(["--check", name]) == 0, f"run `python -m tools.generate {name}`"


def test_what_is_stale_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(rules, "FILE", page)
    assert main(["--check", "rules"]) == 1
    assert not page.exists()
    assert main(["rules"]) == 0
    assert page.read_text() == rules.content()
    told = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert told == ["stale", "renewed"]


def test_what_there_is_to_name_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rule"])
    assert "there is no rule; there are components, deploying, rules" in capsys.readouterr().err
