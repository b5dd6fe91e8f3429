"""The package, built and installed once for all tests that look at it."""

import shutil
from pathlib import Path

import pytest

from tests.package.build import ROOT, built, environment


@pytest.fixture(scope="session")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, wheel_file: Path) -> Path:
    """The Python example, far from the repository, with the wheel in an environment of its own."""
    folder = tmp_path_factory.mktemp("elsewhere") / "program"
    shutil.copytree(ROOT / "examples" / "python", folder, ignore=shutil.ignore_patterns(".venv"))
    environment(folder / ".venv", wheel_file)
    return folder
