"""Mistakes at the command line: what is called → what is printed, and with which exit code.

More of files is in tests/local/test_config.py and, of definitions, in tests/asl/checks/test_command.py.
"""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mistakes.told import ROOT

MISTAKES: dict[str, tuple[list[str], int, str]] = {
    "a command misspelt": (
        ["local", "upp"],
        2,
        (
            "error: argument command: invalid choice: 'upp' (choose from 'up', 'start', 'demo') "
            "(python -m local --help)\n"
        ),
    ),
    "a stack misspelt": (
        ["local", "up", "--stack", "prdo"],
        1,
        "error: Pulumi.prdo.yaml is missing: there is no stack prdo; did you mean prod?\n",
    ),
    "a stack that is not there": (
        ["local", "up", "--stack", "mars"],
        1,
        "error: Pulumi.mars.yaml is missing: there is no stack mars; there is dev, local, prod\n",
    ),
    "an option misspelt": (
        ["local", "up", "--prot", "4566"],
        2,
        "error: unrecognized arguments: --prot 4566 (python -m local up --help)\n",
    ),
    "a port that is no number": (
        ["local", "up", "--port", "http"],
        2,
        "error: argument --port: must be a number, got 'http' (python -m local up --help)\n",
    ),
    "a port beyond the last": (
        ["local", "up", "--port", "99999"],
        1,
        "error: --port must be between 1 and 65535, got 99999\n",
    ),
    "a folder that is not there": (
        ["local", "up", "--folder", "nowhere"],
        1,
        "error: there is no folder nowhere\n",
    ),
    "a folder without a project": (
        ["local", "up", "--folder", "docs"],
        1,
        "error: Pulumi.yaml is missing: docs is no Pulumi project\n",
    ),
    "the plugin host started by hand": (
        ["components"],
        2,
        (
            "python -m components is the plugin host, which Pulumi starts for programs in other languages.\n"
            "To check a definition: python -m components.asl check FILE\n"
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_it_is_told_in_a_line_or_two(
    mistake: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (module, *arguments), code, said = MISTAKES[mistake]
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    monkeypatch.delitem(sys.modules, f"{module}.__main__", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    assert (ended.value.code, *capsys.readouterr()) == (code, "", said)


def test_the_command_names_itself_as_it_was_called(tmp_path: Path) -> None:
    """Installed, the package is called `countersign`."""
    (tmp_path / "countersign").symlink_to(ROOT / "components")
    for beside in ("countersign_contract", "lambda_src"):
        (tmp_path / beside).symlink_to(ROOT / beside)
    for package, folder in (("components", ROOT), ("countersign", tmp_path)):
        command = [sys.executable, "-m", f"{package}.asl", "chek"]
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        assert found.returncode == 2
        assert found.stderr.splitlines()[-1].startswith(f"python -m {package}.asl: error: argument command")
