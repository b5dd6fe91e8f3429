"""The program, and every component with every argument, as a first preview sees them: nothing that AWS
computes is known, nothing raises, AWS's provider takes it all, and an update registers the same."""

import runpy
from pathlib import Path

import pytest

from tests.program.test_program import STACKS, stack
from tests.support.engine import ACCOUNT, PARTITION, Deployment, deploy, known
from tests.support.provider_rules import broken

ROOT = Path(__file__).parents[2]
Both = tuple[Deployment, Deployment]
EVERY_ARGUMENT = ROOT / "tests" / "programs" / "every_argument" / "__main__.py"


@pytest.fixture(scope="module", params=[*STACKS, "every argument"])
def both(request: pytest.FixtureRequest) -> Both:
    """A program's first preview, and its update."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        if request.param == "every argument":
            config = {"httpsUrls": "true"}
            preview, update = (
                deploy(lambda: runpy.run_path(str(EVERY_ARGUMENT)), config=config, preview=preview)
                for preview in (True, False)
            )
        else:
            preview, update = (stack(request.param, preview)[0] for preview in (True, False))
    return preview, update


def test_a_first_preview_registers_what_an_update_registers(both: Both) -> None:
    preview, update = both
    assert preview.cloud()
    assert preview.keys() == update.keys()


def test_the_provider_takes_what_a_first_preview_registers(both: Both) -> None:
    preview, _ = both
    assert [line for resource in preview.cloud() for line in broken(resource)] == []


def test_nothing_that_aws_computes_is_known(both: Both) -> None:
    """What the stand-in computes carries its account and its partition, and is in no input."""
    preview, update = both
    assert [r.name for r in preview.cloud() if ACCOUNT in str(r.inputs) or PARTITION in str(r.inputs)] == []
    assert [r.name for r in update.cloud() if ACCOUNT in str(r.inputs)] != []
    assert not any(known(value) for value in preview.exports.values() if value != "")
