"""Mistakes at the command line: what is called → what is printed, and with which exit code.

More of files is in tests/local/test_config.py and, of definitions, in tests/asl/checks/test_command.py.
"""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mistakes.told import ROOT

ALL = "'up', 'start', 'demo'"
MISTAKES: dict[str, tuple[int, str]] = {
    "local upp": (2, f"argument command: invalid choice: 'upp' (choose from {ALL}) (python -m local --help)"),
    "local up --stack prdo": (1, "Pulumi.prdo.yaml is missing: there is no stack prdo; did you mean prod?"),
    "local up --stack mars": (
        1,
        "Pulumi.mars.yaml is missing: there is no stack mars; there is dev, local, prod",
    ),
    "local up --prot 4566": (2, "unrecognized arguments: --prot 4566 (python -m local --help)"),
    "local up --port http": (2, "argument --port: invalid int value: 'http' (python -m local up --help)"),
    "local up --port 99999": (1, "--port must be between 1 and 65535, got 99999"),
    "local up --folder nowhere": (1, "there is no folder nowhere"),
    "local up --folder docs": (1, "Pulumi.yaml is missing: docs is no Pulumi project"),
}
BY_HAND = (
    "python -m components is the plugin host, which Pulumi starts for programs in other languages.\n"
    "To check a definition: python -m components.asl check FILE\n"
)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        *((command, code, f"error: {told}\n") for command, (code, told) in MISTAKES.items()),
        ("components", 2, BY_HAND),
    ],
)
def test_it_is_told_in_a_line_or_two(
    command: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = command.split()[0]
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", command.split())
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
