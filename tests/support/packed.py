"""Workers with what they bring, as files that a test writes, and what becomes of them in an archive."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.support.cases import make
from tests.support.engine import Deployment, deploy

HANDLE = "def handle(request, task): ...\n"


def folder(path: Path, files: Mapping[str, Any]) -> str:
    """A folder with these files, in it or below."""
    for place, content in files.items():
        file = path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def wheel(path: Path, files: Mapping[str, Any]) -> str:
    with zipfile.ZipFile(path, "w") as opened:
        for place, content in files.items():
            opened.writestr(place, content)
    return str(path)


def packed(tmp_path: Path, packages: list[str], worker: str = HANDLE, **more: Any) -> Deployment:
    more |= {"worker": folder(tmp_path / "the-worker", {"worker.py": worker}), "worker_packages": packages}
    return deploy(lambda: make("CallbackFunction", "pay", **more))


def members(tmp_path: Path, packages: list[str], **more: Any) -> list[str]:
    """What is in the archive beside what every function has."""
    found = packed(tmp_path, packages, **more).one("Function", "pay-worker").inputs["code"]
    return [member for member in found if not member.startswith(("countersign_", "worker.py"))]


def refused(tmp_path: Path, packages: list[str], **more: Any) -> str:
    with pytest.raises(pulumi.RunError) as caught:
        packed(tmp_path, packages, **more)
    return str(caught.value).removeprefix("CallbackFunction pay: ")


def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Pulumi is told to warn of from now on, each behind the name of the resource."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, resource: said.append(f"{resource._name}: {text}"))
    return said
