"""The programs in the guides deploy."""

import re
from pathlib import Path

import pytest

from tests.package.build import ROOT
from tests.support.cases import WORKER
from tests.support.engine import deploy, queue_url

COOKBOOK, MIGRATE = ((ROOT / "docs" / f"{page}.md").read_text() for page in ("cookbook", "migrate"))
PROGRAM = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RECIPES = dict(PROGRAM.findall(COOKBOOK))
PROGRAMS = {**RECIPES, **dict(PROGRAM.findall(MIGRATE))}

PLATFORM = {
    "approvalQueueUrl": queue_url("approvals"),
    "approvalCallbackRoleNames": ["intake", "page", "follow-up"],
    "approvalHistoryRoleNames": ["page", "follow-up"],
}
"""What the platform team's stack exports."""


def test_every_recipe_has_its_program() -> None:
    assert list(RECIPES) == re.findall(r"^## (.*)$", COOKBOOK, re.MULTILINE)
    assert len(PROGRAMS) == len(RECIPES) + 1


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("title", PROGRAMS)
def test_its_program_deploys(title: str, preview: bool) -> None:
    program = PROGRAMS[title].replace("from countersign import", "from components import")
    program = program.replace("workers/orders", Path(WORKER).as_posix())
    found = deploy(lambda: exec(program, {}), preview=preview, stack_outputs=PLATFORM)
    assert [resource for resource in found.cloud() if resource.type.endswith(":StateMachine")]
