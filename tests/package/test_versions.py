"""One story of versions: the number, the changelog, the tags and the install lines."""

import re
import shutil
import subprocess
from pathlib import Path

from components.version import VERSION
from tests.package.build import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
UPGRADES = (ROOT / "docs" / "upgrades.md").read_text()
RELEASED = set(re.findall(r"^## (\d+\.\d+\.\d+)\b", CHANGELOG, re.MULTILINE))
"""The versions that the changelog calls released."""


def texts() -> dict[str, str]:
    """Whatever tells a reader what to install."""
    files = [
        *ROOT.glob("*.md"),
        *ROOT.glob("*/*.md"),
        *ROOT.glob("template/*"),
        *(ROOT / "examples").rglob("*.*"),
    ]
    readable = {".md", ".yaml", ".txt", ".py", ".ts"}
    ignored = {".venv", "node_modules", "sdks"}
    return {
        file.relative_to(ROOT).as_posix(): file.read_text()
        for file in files
        if file.suffix in readable and file.is_file() and not ignored & set(file.relative_to(ROOT).parts)
    }


def test_an_install_line_names_what_exists() -> None:
    """A tag of a release; as long as there is none, a commit."""
    found = {name: re.findall(r"@v(\d+\.\d+\.\d+)", text) for name, text in texts().items()}
    assert {name: versions for name, versions in found.items() if set(versions) - RELEASED} == {}
    lines = [line for text in texts().values() for line in text.splitlines() if "countersign @ git+" in line]
    assert lines
    assert [line for line in lines if not re.search(r"@(<commit>|v\d)", line)] == []


def test_the_number_is_released_or_said_not_to_be() -> None:
    if VERSION in RELEASED:
        assert f"### {VERSION}\n" in UPGRADES
        return
    unreleased = CHANGELOG.partition("## Unreleased\n")[2].partition("\n## ")[0]
    assert f"This will be {VERSION}." in unreleased
    assert f"### {VERSION}, not released yet\n" in UPGRADES
    assert ("Nothing is released yet" in UPGRADES) is (not RELEASED)


def test_every_tag_is_a_release() -> None:
    """Where there is no git, or no history, there is no tag to be wrong."""
    if shutil.which("git") is None or not Path(ROOT / ".git").exists():
        return
    tags = subprocess.run(
        ["git", "tag", "--list", "v*"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {tag.removeprefix("v") for tag in tags.stdout.split()} <= RELEASED
