"""The package, built once for all tests that look at it."""

from pathlib import Path

import pytest

from tests.package.build import built


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist."""
    return built(tmp_path_factory.mktemp("package"))
