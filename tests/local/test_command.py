"""``python -m local up``: what it says, how it ends, and that it leaves no process and no file behind."""

import json
import os
import re
import signal
import socket
from pathlib import Path

import pytest

from local import progress
from local.aws import Aws
from tests.local.support import (
    SMALL,
    alive,
    command,
    descendants,
    gone,
    outcome,
    program,
    ready_line,
    table,
)
from tests.support.patience import PATIENCE_SECONDS, until

pytestmark = pytest.mark.embedded


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    return tmp_path / "temporary"


def _left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("countersign-*"))


def test_it_says_ready_where_and_what_and_its_own_violent_death_leaves_nothing(temporary: Path) -> None:
    """SIGKILL cannot be handled: the processes notice by themselves, those of running functions too."""
    with command("up", "--json", "--folder", str(SMALL), temporary=temporary) as process:
        line = ready_line(process)
        assert set(line) == {"ready", "endpoint", "region", "inbox", "start", "outputs"}
        assert (line["ready"], line["region"]) == (True, "us-east-1")
        outputs = line["outputs"]
        assert outputs["where"] == "us-east-1arn:aws:iam::000000000000:root"
        named = {way["name"]: (way["stateMachineArn"], way["input"]) for way in line["start"]}
        assert named["good"] == (outputs["good"], {"name": "name"})
        assert named["order_payment"][0] == outputs["workflows"]["order_payment"]["stateMachineArn"]
        aws = Aws(line["endpoint"], line["region"])
        aws.functions.invoke(FunctionName=outputs["records"], Payload=b'{"token": ""}')
        children = descendants(process.pid)
        assert len(children) == 2, "the server and the function"
        process.kill()
        process.wait()
        assert gone(children)
    until("the end of its files", lambda: not _left_in(temporary))


def _said(err: str) -> list[str]:
    """What stands on standard error but for progress, of which a busy machine shows more."""
    return [line for line in err.splitlines() if not re.match(r"[^:]+: \d+ s\b", line)]


def test_a_terminal_that_is_closed_ends_it_cleanly(temporary: Path, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM are tried below."""
    folder = program(tmp_path / "program", "")
    with command("up", "--json", "--folder", str(folder), temporary=temporary) as process:
        ready_line(process)
        children = descendants(process.pid)
        assert children
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, _said(err)) == (0, [])
        assert gone(children)
    assert _left_in(temporary) == []


def test_interrupted_while_deploying_is_not_a_success(temporary: Path, tmp_path: Path) -> None:
    folder = program(tmp_path / "slow", "import time\ntime.sleep(3600)\n")
    with command("up", "--json", "--folder", str(folder), temporary=temporary) as process:
        until("the server and the program", lambda: len(descendants(process.pid)) >= 2)
        children = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, out) == (130, "")
        assert "interrupted before the stack was ready" in err
        assert gone(children)
    assert _left_in(temporary) == []


def test_it_says_when_the_server_dies(temporary: Path, tmp_path: Path) -> None:
    folder = program(tmp_path / "program", "")
    with command("up", "--json", "--folder", str(folder), temporary=temporary) as process:
        ready_line(process)
        (server,) = descendants(process.pid)
        os.kill(server, signal.SIGKILL)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 1
        assert "error: the embedded AWS ended by itself" in err
    assert _left_in(temporary) == []


def test_what_goes_wrong_is_said_and_leaves_nothing(temporary: Path, tmp_path: Path) -> None:
    """What can go wrong is in test_monitor.py; this proves exit code, streams and processes."""
    folder = program(tmp_path / "program", "raise ValueError('no luck')\n")
    before = descendants(os.getpid())
    code, out, err = outcome("up", "--json", "--folder", str(folder), temporary=temporary)
    assert (code, out) == (1, "")
    assert _said(err)[0].startswith("error: ")
    assert "ValueError: no luck" in err
    assert gone(descendants(os.getpid()) - before)
    assert _left_in(temporary) == []


def test_a_taken_port_is_said(temporary: Path, tmp_path: Path) -> None:
    folder = program(tmp_path / "program", "")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        code, _, err = outcome("up", "--port", port, "--folder", str(folder), temporary=temporary)
    assert (code, err) == (
        1,
        f"error: port {port} on 127.0.0.1 is taken: choose another with --port, or none for a free one\n",
    )
    assert _left_in(temporary) == []


def test_two_run_beside_each_other_on_the_port_asked_for_and_only_on_loopback(
    temporary: Path, tmp_path: Path
) -> None:
    folder = program(tmp_path / "program", "")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    asked = ("up", "--json", "--folder", str(folder))
    with (
        command(*asked, "--port", str(port), temporary=temporary) as one,
        command(*asked, temporary=temporary) as two,
    ):
        assert ready_line(one)["endpoint"] == f"http://127.0.0.1:{port}" != ready_line(two)["endpoint"]
        assert len(alive(descendants(one.pid) | descendants(two.pid))) == 2
        listening = [
            line.split()[1]
            for table in ("/proc/net/tcp", "/proc/net/tcp6")
            for line in Path(table).read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
        ]
        assert listening == [f"0100007F:{port:04X}"]


def test_progress_shows_what_was_done_last_once_something_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", 0.01)
    with progress.Progress("deploying small") as shown:
        said = until("progress", lambda: capsys.readouterr().err)
        assert re.match(r"deploying small: \d+ s\n", said)
        shown.note("created Role worker")
        shown.note("created Queue work")
        wanted = re.compile(r"deploying small: \d+ s, 2 steps, last: created Queue work\n")
        until("news", lambda: wanted.search(capsys.readouterr().err))


def test_the_table_is_for_people(temporary: Path, tmp_path: Path) -> None:
    source = """import pulumi
pulumi.export("deep", {"a": {"b": "c", "names": {"of": "machinery"}}})
pulumi.export("n", 5)
pulumi.export("hidden", pulumi.Output.secret("not for the screen"))
print("by the way")
"""
    folder = program(tmp_path / "program", source)
    with command("up", "--folder", str(folder), temporary=temporary) as process:
        text = "".join(table(process))
        (path,) = re.findall(r"ops waiting --outputs (\S+)", text)
        outputs = json.loads(Path(path).read_text())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert re.search(r"^  deep.a.b +c$", text, re.MULTILINE)
    assert re.search(r"^  n +5$", text, re.MULTILINE)
    assert re.search(r"^  hidden +\[secret\]$", text, re.MULTILINE)
    assert "machinery" not in text, "what is deep is in the file"
    deep = {"a": {"b": "c", "names": {"of": "machinery"}}}
    assert outputs == {"deep": deep, "hidden": "[secret]", "n": 5}
    assert _left_in(temporary) == []
    assert _said(err) == ["note: by the way"]
