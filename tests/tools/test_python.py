"""Which Python is taken, and the one line that is said where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.common.code.runtimes import DEPLOYED

ROOT = Path(__file__).parents[2]
PYENV = "pyenv/versions/"
NO_PYTHON = (
    "error: there is no Python here that runs: install Python 3.11, 3.12 or 3.13 "
    "(Debian, Ubuntu: apt-get install python3 python3-venv)\n"
)


ANY = ("3.11", "3.12", "3.13")
BROKEN = ""


def python(path: Path, answer: str) -> Path:
    """A Python of a version, in which a module may be missing; or one that does not run."""
    version, missing = (*answer.split(" "), "nothing")[:2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho "{version} {missing} {path}"\n' if answer else "#!/bin/sh\nexit 127\n")
    path.chmod(0o755)
    return path


def found(folder: Path, versions: tuple[str, ...] = ANY, base: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors, where ``folder/bin`` is all of PATH and ``folder/pyenv`` is pyenv's."""
    result = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "python.sh"), *versions],
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
        # Such as pyenv's shim of a version that is installed but not chosen; the next of that name may run.
        ({"first bin/python3.11": BROKEN, "bin/python3.11": "3.11"}, "bin/python3.11"),
        ({"bin/python3.11": "3.11 ensurepip", "bin/python3.13": "3.13"}, "bin/python3.13"),
    ],
)
def test_the_oldest_that_works_on_path_comes_first_and_pyenvs_last(
    tmp_path: Path, there: dict[str, str], taken: str
) -> None:
    for path, answer in there.items():
        python(tmp_path / path, answer)
    assert found(tmp_path) == (0, f"{tmp_path / taken}\n", "")


OLDER = (
    "error: Python {wanted} is needed, but here is 3.10 ({place}): "
    "install one, or name one: make BASE_PYTHON=/path/to/python ...\n"
)
NO_VENV = (
    "error: Python 3.11 (bin/python3) lacks the module ensurepip and cannot make .venv: "
    "install it (Debian, Ubuntu: apt-get install python3.11-venv)\n"
)


@pytest.mark.parametrize(
    ("there", "wanted", "told"),
    [
        ({"bin/python3": BROKEN}, ANY, NO_PYTHON),
        ({"bin/python3": "3.10"}, ANY, OLDER.format(wanted="3.11, 3.12 or 3.13", place="bin/python3")),
        ({"bin/python3": "3.10"}, ("3.13",), OLDER.format(wanted="3.13", place="bin/python3")),
        # As on Debian without python3-venv. It is said even if an older Python was found before.
        ({"first bin/python3": "3.10", "bin/python3": "3.11 ensurepip"}, ANY, NO_VENV),
    ],
)
def test_what_is_told_where_none_works(
    tmp_path: Path, there: dict[str, str], wanted: tuple[str, ...], told: str
) -> None:
    for path, answer in there.items():
        python(tmp_path / path, answer)
    assert found(tmp_path, wanted) == (1, "", told.replace("(bin/", f"({tmp_path}/bin/"))


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
    code, path, _ = found(tmp_path, (version,), base=sys.executable)
    assert code == 0
    assert Path(path.strip()).samefile(sys._base_executable)  # type: ignore[attr-defined]


def test_the_functions_are_tested_on_the_python_they_are_deployed_on() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert f"\nDEPLOYED_PYTHON := {DEPLOYED.runtime.removeprefix('python')}\n" in makefile
