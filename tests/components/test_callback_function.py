"""CallbackFunction: one function with its role and log, and nothing that polls."""

from pathlib import Path

from components import CallbackFunction
from tests.support.engine import arn, deploy

WORKER = str(Path(__file__).parents[2] / "lambda_src" / "chain_function")


def test_it_has_exactly_these_children() -> None:
    found = deploy(lambda: CallbackFunction("step", {"worker": WORKER}))
    assert found.children("CallbackFunction", "step") == [
        ("Function", "step-worker"),
        ("LogGroup", "step-worker"),
        ("Role", "step-worker"),
        ("RolePolicy", "step-worker"),
    ]


def test_it_may_write_its_own_log_and_nothing_else() -> None:
    found = deploy(lambda: CallbackFunction("step", {"worker": WORKER}))
    log = arn("aws:cloudwatch/logGroup:LogGroup", "step-worker")
    assert found.one("RolePolicy", "step-worker").json("policy")["Statement"] == [
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{log}:log-stream:*"],
        }
    ]


def test_packages_stand_beside_the_workers_files(tmp_path: Path) -> None:
    package = tmp_path / "pricing"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_text("")
    found = deploy(lambda: CallbackFunction("step", {"worker": WORKER, "worker_packages": [str(package)]}))
    members = found.one("Function", "step-worker").inputs["code"]
    assert [member for member in members if member.startswith("pricing")] == ["pricing/__init__.py"]
