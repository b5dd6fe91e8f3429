"""The embedded AWS as a process: its own environment, its own files, gone when it should be."""

import os
from pathlib import Path

import pytest

from local.emulator import Emulator
from local.errors import LocalError
from local.server.processes import GuardedProcess
from tests.local.support import descendants, gone
from tests.support.patience import PATIENCE_SECONDS, until

pytestmark = pytest.mark.embedded


def test_nothing_of_the_callers_environment_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALKEY")
    monkeypatch.setenv("LOCALSTACK_PERSISTENCE", "1")
    with Emulator() as emulator:
        seen = Path(f"/proc/{emulator.process.pid}/environ").read_bytes().decode().split("\0")
    names = {entry.split("=", 1)[0] for entry in seen if entry}
    assert not names & {"AWS_ACCESS_KEY_ID", "LOCALSTACK_PERSISTENCE", "AWS_PROFILE"}
    assert "DOCKER_HOST=unix:///nonexistent/docker.sock" in seen


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "server.py"
    broken.write_text("raise SystemExit('no such thing')\n")
    monkeypatch.setattr("local.emulator._SERVER", broken)
    before = descendants(os.getpid())
    said = r"(?s)the embedded AWS ended while starting:.*no such thing"
    with pytest.raises(LocalError, match=said), Emulator():
        pass
    assert gone(descendants(os.getpid()) - before)


def test_a_guarded_process_takes_its_children_along(tmp_path: Path) -> None:
    """Those too that ignore being asked."""
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
    script = tmp_path / "script.py"
    script.write_text(
        f"import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {stubborn!r}])\n"
        f"print('up', flush=True)\n"
        f"time.sleep(3600)\n"
    )
    process = GuardedProcess(script, environment={})
    try:
        until("its output", lambda: process.output() == "up\n")
        everybody = {process.pid} | descendants(process.pid)
        assert len(everybody) == 2
    finally:
        process.stop()
    assert gone(everybody)


def test_a_guarded_process_that_ends_by_itself_is_known_to_have_ended(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint('said')\nsys.exit(3)\n")
    process = GuardedProcess(script, environment={})
    assert process.wait(PATIENCE_SECONDS) == 3
    assert process.output() == "said\n"
    process.stop()
    assert not process.folder.exists()
