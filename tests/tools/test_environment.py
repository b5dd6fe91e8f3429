"""How an environment comes to hold a set of requirements, grows, and never looks ready when it is not."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pip
import pytest

from tools.environment import SETS, Environment, SetupError, main

ROOT = Path(__file__).parents[2]
# A Python whose `-m venv` copies it and whose pip does what a file says; the rest is this Python's.
PYTHON = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in
*"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
*"-m pip install"*) . "$PIP" ;;
*) exec "$REAL" "$@" ;;
esac
"""
UNREACHABLE = (
    "pip does not reach its package index ({}): connect to the network, "
    "or set PIP_INDEX_URL or PIP_FIND_LINKS, and run this again"
)
UNRESOLVED = "Temporary failure in name resolution"
INSTALLING = "Installing collected packages: x"


class Project:
    """A folder with locks, a Python that is a script, and a pip that does as it is told."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        folder.mkdir()
        for name in SETS:
            (folder / f"requirements-{name}.txt").write_text(f"{name}==1 --hash=sha256:0\n")
        base = folder / "base-python"
        base.write_text(PYTHON)
        base.chmod(0o755)
        patch.chdir(folder)
        patch.setenv("CALLS", str(folder / "calls"))
        patch.setenv("PIP", str(folder / "pip"))
        patch.setenv("REAL", sys.executable)
        patch.setattr(sys, "executable", str(base))
        patch.delenv("BASE_PYTHON", raising=False)
        self.pip("echo 'Installing collected packages: demo'")

    def pip(self, does: str) -> None:
        (self.folder / "pip").write_text(does)

    def run(self, name: str, place: str = ".venv") -> int:
        """Make it ready, as ``tools/setup.sh`` does."""
        return main([place, name])

    def ready(self, name: str) -> bool:
        return main(["--ready", ".venv", name]) == 0

    def calls(self) -> list[str]:
        """What was made and installed since the last time."""
        log = self.folder / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        log.write_text("")
        made = [line for line in lines if "-m venv" in line or "-m pip install" in line]
        return ["venv" if "-m venv" in line else line.rpartition("requirements-")[2] for line in made]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    before = signal.getsignal(signal.SIGTERM)
    yield Project(tmp_path / "a folder", monkeypatch)
    signal.signal(signal.SIGTERM, before)


def test_what_is_there_is_not_made_again_and_what_is_missing_is_added(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a Python is named, if it is of the same version."""
    monkeypatch.setenv("BASE_PYTHON", "python")
    for name, calls in (("demo", ["venv", "demo.txt"]), ("demo", []), ("dev", ["dev.txt"]), ("demo", [])):
        assert project.run(name) == 0
        assert project.calls() == calls
    assert all(map(project.ready, SETS))


def test_changed_requirements_are_installed_once_where_they_are_held(project: Project) -> None:
    """From the beginning, so that nothing stays that is not asked for any more."""
    project.run("demo")
    (project.folder / "requirements-dev.txt").write_text("dev==2 --hash=sha256:0\n")
    assert project.ready("demo")
    project.run("dev")
    project.calls()
    (project.folder / "requirements-dev.txt").write_text("dev==3 --hash=sha256:0\n")
    assert not project.ready("dev")
    assert not project.ready("demo")
    for name in ("demo", "demo", "dev"):
        project.run(name)
    assert project.calls() == ["venv", "demo.txt", "dev.txt"]


@pytest.mark.parametrize(
    "spoilt",
    ["moved", "a link", "no python", "record half written", "of another version", "another version is named"],
)
def test_what_does_not_work_here_is_made_again(
    project: Project, spoilt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = project.folder / ".venv", project.folder / "elsewhere"
    record, python = here / "installed.json", here / "bin" / "python"
    monkeypatch.setenv("BASE_PYTHON", "python")
    project.run("demo", "elsewhere" if spoilt in ("moved", "a link") else ".venv")
    match spoilt:
        case "moved":
            elsewhere.rename(here)
        case "a link":
            here.symlink_to(elsewhere)
        case "no python":
            python.unlink()
            python.symlink_to("/nonexistent/python3.11")
        case "record half written":
            record.write_text('{"folder": ')
        case "of another version":
            record.write_text(json.dumps({**json.loads(record.read_text()), "python": "3.10"}))
        case _:
            monkeypatch.setattr(sys, "version", "3.99.1 (main)")
    assert project.ready("demo") == (spoilt == "another version is named")
    project.calls()
    assert project.run("demo") == 0
    assert project.calls() == ["venv", "demo.txt"]
    assert not here.is_symlink()
    assert (elsewhere / "installed.json").exists() == (spoilt == "a link")
    assert project.ready("demo")


@pytest.mark.parametrize(
    ("lines", "end", "told"),
    [
        (["Collecting x", "ERROR: No version of x"], "exit 1", "pip failed: No version of x"),
        (["ERROR: Exception:", "OSError: no space left"], "exit 1", "pip failed: OSError: no space left"),
        ([], "exit 1", "pip failed: no output"),
        ([f"WARNING: broken: {UNRESOLVED}", "ERROR: No x"], "exit 1", UNREACHABLE.format(UNRESOLVED)),
        ([INSTALLING, "ERROR: disk full"], "exit 1", "pip failed: disk full"),
        ([INSTALLING], "kill -9 $$", f"pip failed: {INSTALLING}"),
    ],
)
def test_a_failure_is_told_and_leaves_what_was_whole_and_nothing_that_looks_ready(
    project: Project, capfd: pytest.CaptureFixture[str], lines: list[str], end: str, told: str
) -> None:
    project.run("demo")
    capfd.readouterr()
    project.pip("".join(f"echo '{line}'; " for line in lines) + end)
    assert project.run("dev") == 1
    assert capfd.readouterr().err == f"error: {told}\nthe whole log: .venv/setup.log\n"
    assert (project.folder / ".venv" / "setup.log").read_text() == "\n".join(lines) + "\n"
    assert not project.ready("dev")
    whole = INSTALLING not in lines
    assert project.ready("demo") == whole
    project.calls()
    project.pip("")
    assert project.run("dev") == 0
    assert project.calls() == (["dev.txt"] if whole else ["venv", "dev.txt"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_one_leaves_nothing_that_looks_ready(
    project: Project, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    project.run("demo")
    capfd.readouterr()
    project.pip(f"echo '{INSTALLING}'; kill -{number.value} $PPID; exec sleep 60")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert project.run("dev") == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().err == "interrupted: the next run takes it up\n"
    assert not project.ready("demo")


def test_one_line_is_seen_which_grows_while_pip_says_nothing(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    """However much pip writes. It waits here until two dots were seen."""
    seen = project.folder / "seen"
    wait = f"until [ -e '{seen}' ]; do sleep 0.05; done"
    project.pip(f"for i in 1 2 3; do echo Collecting $i; done; {wait}; echo '{INSTALLING}'")
    setup = Thread(target=Environment(Path(".venv")).make_ready, args=["demo"])
    setup.start()
    text = ""
    try:
        while not text.endswith("..") and setup.is_alive():
            text += capfd.readouterr().out
            time.sleep(0.02)
        assert re.search(r"packages \.{2,}$", text)
    finally:
        seen.touch()
        setup.join()
    out, err = capfd.readouterr()
    version = ".".join(sys.version.split(".")[:2])
    start = rf"Setting up \.venv for demo: Python {version}, 1 packages \.{{2,}}"
    assert re.fullmatch(start + r" all here, unpacking \.* done in \d+ s\n", text + out)
    assert err == ""
    project.run("demo")
    assert capfd.readouterr() == ("", "")


HERE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "."}
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}


@pytest.mark.parametrize(
    ("right", "index", "told"),
    [
        (True, HERE, ""),
        (False, HERE, "DO NOT MATCH THE HASHES"),
        (True, NOWHERE, UNREACHABLE.format("Connection refused")),
    ],
)
def test_the_real_pip_takes_what_the_lock_names_and_nothing_else(
    right: bool, index: dict[str, str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder, and from an index where nobody listens."""
    digest = small_wheel(tmp_path)
    for name in SETS:
        (tmp_path / f"requirements-{name}.txt").write_text("")
    (tmp_path / "requirements-demo.txt").write_text(
        f"small==1 --hash=sha256:{digest if right else '0' * 64}\n"
    )
    for name in os.environ.copy():
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in index.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    place = environment_with_pip(tmp_path / ".venv")
    if told:
        with pytest.raises(SetupError, match=re.escape(told)):
            place.make_ready("demo")
    else:
        place.make_ready("demo")
    assert len(list(place.folder.glob("lib/python*/site-packages/small.py"))) == (not told)
    assert not list(place.folder.glob("lib/python*/site-packages/**/small*.pyc"))
    assert place.holds("demo") == (not told)


def small_wheel(folder: Path) -> str:
    """A wheel that requires what nobody has; its hash."""
    wheel = folder / "small-1-py3-none-any.whl"
    info = {
        "METADATA": "Metadata-Version: 2.1\nName: small\nVersion: 1\nRequires-Dist: what-nobody-has\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small.py", "")
        for name, text in info.items():
            archive.writestr(f"small-1.dist-info/{name}", text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def environment_with_pip(folder: Path) -> Environment:
    """An empty environment that has this one's pip, and no network is needed to make it."""
    base: str = sys._base_executable  # type: ignore[attr-defined]
    subprocess.run([base, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)
    made = Environment(folder)
    made._write({"functions": hashlib.sha256(b"").hexdigest()})
    return made


def test_the_locks_agree() -> None:
    """Each set holds the ones before it, with the same versions and hashes, and no lock has an address."""
    locks = [locked(ROOT / f"requirements{name}.txt") for name in ("", *(f"-{each}" for each in SETS))]
    for smaller, larger in pairwise(locks):
        assert smaller.items() <= larger.items()
    assert all(locks[-1].values())


def locked(path: Path) -> dict[str, frozenset[str]]:
    """``name==version`` → its hashes."""
    text = path.read_text()
    assert "://" not in text
    pins = re.split(r"\n(?=\S)", text.rstrip())
    return {pin.split(" ")[0]: frozenset(re.findall(r"--hash=sha256:[0-9a-f]{64}", pin)) for pin in pins}
