"""Which Python is taken, and the one line that is said where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.common.function import RUNTIME

ROOT = Path(__file__).parents[2]
PYENV = "pyenv/versions/"
NO_PYTHON = (
    "error: there is no Python here that runs: install Python 3.11, 3.12 or 3.13 "
    "(Debian, Ubuntu: apt-get install python3 python3-venv)\n"
)


def program(path: Path, text: str) -> Path:
    """A shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def python(path: Path, version: str, missing: str = "nothing") -> Path:
    """What a Python of this version answers."""
    return program(path, f'echo "{version} {missing} {path}"')


def found(folder: Path, *versions: str, base: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors, where ``folder/bin`` is all of PATH and ``folder/pyenv`` is pyenv's."""
    result = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "python.sh"), *(versions or ("3.11", "3.12", "3.13"))],
        env={
            "PATH": f"{folder / 'first bin'}:{folder / 'bin'}",
            "PYENV_ROOT": str(folder / "pyenv"),
            "BASE_PYTHON": base,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"bin/python3.13": "3.13", "bin/python3.11": "3.11"}, "bin/python3.11"),
        ({"bin/python3": "3.12"}, "bin/python3"),
        ({"bin/python3": "3.10", "bin/python": "3.11"}, "bin/python"),
        ({"bin/python3": "3.10", f"{PYENV}3.13.0/bin/python3.13": "3.13"}, f"{PYENV}3.13.0/bin/python3.13"),
        ({"bin/python3": "3.13", f"{PYENV}3.11.7/bin/python3.11": "3.11"}, "bin/python3"),
        ({"first bin/python3.12": "3.12", "bin/python3.12": "3.12"}, "first bin/python3.12"),
    ],
)  # fmt: skip
def test_the_oldest_on_path_comes_first_and_pyenvs_last(
    tmp_path: Path, there: dict[str, str], taken: str
) -> None:
    for path, version in there.items():
        python(tmp_path / path, version)
    assert found(tmp_path) == (0, f"{tmp_path / taken}\n", "")


def test_a_candidate_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    """Such as pyenv's shim of a version that is installed but not chosen; the next of that name may run."""
    program(
        tmp_path / "first bin" / "python3.11", "echo 'pyenv: python3.11: command not found' >&2; exit 127"
    )
    works = python(tmp_path / "bin" / "python3.11", "3.11")
    assert found(tmp_path) == (0, f"{works}\n", "")


def test_one_that_cannot_make_environments_is_passed_over_too(tmp_path: Path) -> None:
    python(tmp_path / "bin" / "python3.11", "3.11", missing="ensurepip")
    works = python(tmp_path / "bin" / "python3.13", "3.13")
    assert found(tmp_path) == (0, f"{works}\n", "")


def test_without_any_python(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", "exit 127")
    assert found(tmp_path) == (1, "", NO_PYTHON)


def test_with_an_older_python_only(tmp_path: Path) -> None:
    old = python(tmp_path / "bin" / "python3", "3.10")
    told = (
        f"error: Python 3.11, 3.12 or 3.13 is needed, but here is 3.10 ({old}): "
        "install one, or name one: make BASE_PYTHON=/path/to/python ...\n"
    )
    assert found(tmp_path) == (1, "", told)
    assert found(tmp_path, "3.13")[2].startswith("error: Python 3.13 is needed, but here is 3.10 (")


def test_without_the_module_that_makes_environments(tmp_path: Path) -> None:
    """As on Debian without python3-venv. It is said even if an older Python was found before."""
    python(tmp_path / "first bin" / "python3", "3.10")
    bare = python(tmp_path / "bin" / "python3", "3.11", missing="ensurepip")
    told = (
        f"error: Python 3.11 ({bare}) lacks the module ensurepip and cannot make .venv: "
        "install it (Debian, Ubuntu: apt-get install python3.11-venv)\n"
    )
    assert found(tmp_path) == (1, "", told)


def test_the_one_that_is_named_is_the_only_candidate(tmp_path: Path) -> None:
    python(tmp_path / "bin" / "python3.11", "3.11")
    named = python(tmp_path / "a folder" / "python", "3.12")
    assert found(tmp_path, base=str(named)) == (0, f"{named}\n", "")
    told = "error: BASE_PYTHON=python3.9 is not a Python that runs here\n"
    assert found(tmp_path, base="python3.9") == (1, "", told)


def test_the_question_is_one_that_a_python_answers(tmp_path: Path) -> None:
    """The answer is the Python behind a virtual environment: .venv itself may be on PATH."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    code, path, _ = found(tmp_path, version, base=sys.executable)
    assert code == 0
    assert Path(path.strip()).samefile(sys._base_executable)  # type: ignore[attr-defined]


def test_the_functions_are_tested_on_the_python_they_are_deployed_on() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert f"\nDEPLOYED_PYTHON := {RUNTIME.removeprefix('python')}\n" in makefile
