"""The map of imports: what it forbids is refused."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
AGAINST = {
    "countersign_contract imports nothing": ("countersign_contract/batches.py", "import boto3"),
    "the runtime imports boto3 and the contract": (
        "lambda_src/countersign_runtime/redact.py",
        "from approvals.words import Words",
    ),
    "workers import the runtime": ("lambda_src/order_payment/worker.py", "from approvals import words"),
    "approvals import the runtime and the contract": ("lambda_src/approvals/words.py", "import pulumi"),
    "the functions of an ApprovalApi import approvals": (
        "lambda_src/approval_page/handler.py",
        "from components import ApprovalApi",
    ),
    "the rooms of approvals stand on each other": (
        "lambda_src/approvals/page/view.py",
        "from approvals.asking.sender import Sender",
    ),
    "the operator's command imports boto3, rich and the contract": (
        "ops/stack.py",
        "from components import ApprovalApi",
    ),
    "components import Pulumi and the contract": ("components/queues.py", "import boto3"),
    "what components share knows no component": (
        "components/common/alarms.py",
        "from components.notifier import Notifier",
    ),
    "the code of a function knows nothing of functions": (
        "components/common/code/archive.py",
        "from components.common import function",
    ),
    "what an ApprovalApi is made of knows no component": (
        "components/approvals/resources.py",
        "from components.notifier import Notifier",
    ),
    "what a dashboard shows knows no component": (
        "components/dashboard/widgets.py",
        "from components.notifier import Notifier",
    ),
    "what a workflow is made of knows no other component": (
        "components/workflow/component.py",
        "from components.notifier import Notifier",
    ),
    "components.asl knows nothing of the components": (
        "components/asl/checks/run.py",
        "from components.common import checks",
    ),
    "in components.asl only document knows Pulumi": (
        "components/asl/checks/task.py",
        "from pulumi import Resource",
    ),
    "others import components.asl, not its rooms": (
        "components/workflow/component.py",
        "from components.asl.checks.run import check",
    ),
    "the embedded AWS knows nothing of the program": ("local/stack.py", "import workflows"),
    "the engine knows nothing of AWS": ("local/engine/host.py", "import boto3"),
    "what calls AWS knows nothing of Pulumi": ("local/aws/provider.py", "import pulumi"),
    "what sets the environment up needs nothing installed": ("tools/environment.py", "import yaml"),
    "nothing goes round in a circle": (
        "lambda_src/approvals/page/html.py",
        "from approvals.page.document import page",
    ),
    "workflows import components": ("workflows/stored_tokens.py", "import boto3"),
    "report and services import no other room": (
        "components/asl/services/integrations.py",
        "from ..language import query",
    ),
    "report and services are independent": (
        "components/asl/services/integrations.py",
        "from ..report import findings",
    ),
    "language imports report": ("components/asl/language/paths.py", "from ..services import integrations"),
    "document imports report and services": (
        "components/asl/document/graph.py",
        "from ..language import query",
    ),
    "build imports report, services and language": (
        "components/asl/build/wait.py",
        "from ..document import definition",
    ),
    "checks and permissions import the four below, and nothing imports them": (
        "components/asl/permissions/policy.py",
        "from ..checks import run",
    ),
}


def test_each_contract_refuses_what_is_against_it(tmp_path: Path) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    folders = {Path(name) for name in settings["root_packages"] if (ROOT / name).is_dir()}
    for folder in folders:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in AGAINST.values():
        with (tmp_path / path).open("a") as module:
            module.write(f"\n{line}\n")
    found = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "lambda_src"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", found.stdout, re.MULTILINE))
    assert verdicts.keys() == {each["name"] for each in settings["contracts"]} == AGAINST.keys()
    assert set(verdicts.values()) == {"BROKEN"}, found.stdout
    assert found.returncode == 1
