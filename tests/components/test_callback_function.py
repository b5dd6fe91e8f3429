"""CallbackFunction: one function with its role and log, and nothing that polls."""

from pathlib import Path

from components import CallbackFunction
from tests.support.cases import WORKER
from tests.support.engine import deploy, own_log


def test_it_may_write_its_own_log_and_packages_stand_beside_the_workers_files(tmp_path: Path) -> None:
    package = tmp_path / "pricing"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_text("")
    found = deploy(lambda: CallbackFunction("step", {"worker": WORKER, "worker_packages": [str(package)]}))
    members = found.one("Function", "step-worker").inputs["code"]
    assert [member for member in members if member.startswith("pricing")] == ["pricing/__init__.py"]
    assert found.rights("step-worker") == own_log("step-worker")
