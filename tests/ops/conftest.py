"""Somebody who runs the command, and the stack of tests/approvals, with which people and operators deal."""

from pathlib import Path

import pytest

from tests.approvals.conftest import people

from .operator import Operator

__all__ = ["operator", "people"]


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Operator:
    """Without a terminal."""
    return Operator(monkeypatch, capsys, tmp_path)
