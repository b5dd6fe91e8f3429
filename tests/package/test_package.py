"""The wheel carries everything, and works where the repository is not."""

import zipfile
from pathlib import Path

from components.approvals.functions import LEFT_OUT
from components.version import VERSION
from tests.package.build import ROOT, run

FUNCTIONS = {"approvals", "countersign_runtime", "approval_intake", *LEFT_OUT}
"""What components deploy, and what it shares: package-data in pyproject.toml must name it."""


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".venv"} & set(path.parts)
    }


def test_the_wheel_holds_the_components_and_the_functions_they_deploy(wheel_file: Path) -> None:
    with zipfile.ZipFile(wheel_file) as wheel:
        names = {name for name in wheel.namelist() if "dist-info" not in name}
    plugin = {"PulumiPlugin.yaml", "requirements.txt"}
    expected = {f"countersign/{name}" for name in files(ROOT / "components") - plugin}
    for function in FUNCTIONS:
        expected |= {
            f"countersign/lambda_src/{function}/{name}" for name in files(ROOT / "lambda_src" / function)
        }
    expected |= {f"countersign_ops/{name}" for name in files(ROOT / "ops")}
    expected |= {f"countersign_contract/{name}" for name in files(ROOT / "countersign_contract")}
    assert names == expected


def test_it_is_installed_typed_with_one_version_and_finds_its_functions(example: Path) -> None:
    program = (
        "import countersign, importlib.metadata, pathlib;"
        "from countersign.common.code import archive;"
        "print(importlib.metadata.version('countersign'));"
        "print(pathlib.Path(countersign.__file__).with_name('py.typed').exists());"
        "print(archive.FUNCTIONS)"
    )
    python = example / ".venv" / "bin" / "python"
    version, typed, functions = run([str(python), "-c", program], example).splitlines()
    assert (version, typed) == (VERSION, "True")
    assert Path(functions).is_relative_to(example / ".venv")


def test_the_operators_command_is_installed_and_starts_without_pulumi(example: Path) -> None:
    programs = example / ".venv" / "bin"
    assert "countersign VERB" in run([str(programs / "countersign"), "--help"], example).replace("[-h] ", "")
    loaded = "import sys, countersign_ops.command; print('pulumi' in sys.modules)"
    assert run([str(programs / "python"), "-c", loaded], example).strip() == "False"
