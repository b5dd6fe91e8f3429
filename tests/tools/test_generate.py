"""What is generated is current, and one command renews it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.generate import rules, services, shapes
from tools.generate.__main__ import GENERATED, main


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """botocore's models, which other tests do not want."""
    yield
    services.session.cache_clear()


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


@pytest.mark.parametrize(
    ("pattern", "harmless"),
    [
        ("[a-z]+-[0-9]{1,64}", True),
        ("(a[0-9]{4})*", True),
        ("", False),
        (r"\p{L}+", False),
        ("(a+)+", False),
        ("(?:a*b){2}", False),
        ("a*b*c*", False),
    ],
)
def test_only_patterns_that_are_quickly_matched_are_kept(pattern: str, harmless: bool) -> None:
    """Texts of other people are matched with them; `(a+)+` takes years for forty characters."""
    assert shapes._is_harmless(pattern) is harmless
