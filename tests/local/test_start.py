"""The commands that `up` prints: pasted, they start every workflow, and each ends as it should."""

import json
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.__main__ import main
from local.deploy import Deployment
from local.emulator import Emulator
from local.model import Created, Resource
from local.terminal.start import Start, starts
from tests.local.support import ROOT, command, table
from tests.support.patience import PATIENCE_SECONDS

STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:pay-1a2b3c4"


def _deployed(name: str, arn: str, kind: str = STATE_MACHINE) -> tuple[Resource, Created]:
    return Resource(f"urn:{name}", kind, name, {}), Created(arn)


def test_every_state_machine_has_one_by_the_name_that_its_workflow_has() -> None:
    queue = _deployed("queue", "q", "aws:sqs/queue:Queue")
    resources = (_deployed("z", "arn:z"), _deployed("pay", MACHINE), queue)
    outputs = {"workflows": {"order_payment": {"stateMachineArn": MACHINE, "queueUrl": "q"}, "odd": "text"}}
    first, second = starts(Deployment(outputs, resources))
    assert (first.name, first.arn, first.input["paymentReference"]) == ("order_payment", MACHINE, "pm_visa")
    assert second == Start("z", "", "arn:z", {})


@pytest.mark.parametrize("outputs", [{}, {"workflows": ["a"]}, {"workflows": {"a": {}}}])
def test_a_program_that_exports_something_else_gets_plain_ones(outputs: dict[str, object]) -> None:
    assert starts(Deployment(outputs, (_deployed("pay", MACHINE),))) == [Start("pay", "", MACHINE, {})]


def test_a_command_can_be_pasted_whatever_is_in_the_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start = Start("pay", "", MACHINE, {"who": "O'Hara $HOME `id`"})
    words = shlex.split(start.command(4566))
    assert words[1:] == ["-m", "local", "start", "--port", "4566", MACHINE, json.dumps(start.input)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a folder" / "python"))
    assert shlex.split(start.command(1))[0] == "a folder/python"
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")
    assert shlex.split(start.command(1))[0] == "/elsewhere/python"


@pytest.mark.embedded
def test_what_is_printed_starts_every_workflow(tmp_path: Path) -> None:
    """In another terminal, with nothing in its environment; and what happens is told in the first one."""
    with command("up", temporary=tmp_path) as process:
        assert process.stdout is not None
        lines = table(process)
        names = [line.split(":")[0].removeprefix("  # ") for line in lines if line.startswith("  # ")]
        pasted = [line.strip() for line in lines if " -m local start " in line]
        assert names == ["callback_chain", "order_payment", "scheduled_approval", "stored_tokens"]
        assert len(pasted) == len(names)
        exported = next(line for line in lines if line.startswith("  export "))
        assert {word.split("=")[0] for word in exported.split()[1:]} == {
            "AWS_ENDPOINT_URL",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
        }
        runs = [
            subprocess.Popen(line, shell=True, cwd=ROOT, env={}, stdout=subprocess.PIPE, text=True)
            for line in pasted
        ]
        for run in runs:
            said, _ = run.communicate(timeout=PATIENCE_SECONDS)
            assert said.startswith("started arn:aws:states:eu-west-1:000000000000:execution:")
        wanted = {f"{name} SUCCEEDED" for name in names if name != "scheduled_approval"}
        wanted |= {"mail to ann@example.com", "mail to bob@example.com", "mail to payments@example.com"}
        told: list[str] = []
        while wanted:
            told.append(process.stdout.readline())
            assert told[-1], process.communicate()
            words = told[-1].split()
            wanted -= {f"{words[1]} {words[3]}", " ".join(words[1:4]).rstrip(":")}
        assert "/r/" not in "".join(lines + told), "links are secrets"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, err


def _said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str:
    """What `start` says in vain."""
    monkeypatch.setattr(sys, "argv", ["local", "start", "--port", *map(str, arguments)])
    assert main() == 1
    out, err = capsys.readouterr()
    assert (out, err[:7], err[-1]) == ("", "error: ", "\n")
    return err[7:-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            (1, "arn:aws:sqs:r:1:q"),
            "ARN must be a state machine's, as `python -m local up` prints it, got arn:aws:sqs:r:1:q",
        ),
        (
            (1, MACHINE, "a"),
            "INPUT must be JSON, got a: Expecting value: line 1 column 1 (char 0)",
        ),
        ((0, MACHINE), "--port must be between 1 and 65535, got 0"),
    ],
)
def test_what_is_wrong_is_said(
    arguments: tuple[object, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _said(capsys, monkeypatch, *arguments) == said


def test_nobody_is_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        said = _said(capsys, monkeypatch, port, MACHINE)
    assert said == (
        f"nothing answers on port {port} of 127.0.0.1: is `python -m local up` running, and this its port?"
    )


@pytest.mark.embedded
def test_a_state_machine_that_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator() as emulator:
        said = _said(capsys, monkeypatch, emulator.port, MACHINE)
    assert said.count(MACHINE) == 1, said
    assert "not found" in said
