"""The program, and every component with every argument, as a first preview sees them: nothing that AWS
computes is known, nothing raises, AWS's provider takes it all, and an update registers the same."""

import runpy
from pathlib import Path

import pytest

from tests.program.test_program import STACKS, stack
from tests.support.engine import ACCOUNT, PARTITION, Deployment, deploy, known
from tests.support.provider_rules import broken

ROOT = Path(__file__).parents[2]
EVERY_ARGUMENT = ROOT / "tests" / "programs" / "every_argument" / "__main__.py"


def both(name: str) -> list[Deployment]:
    """A program's first preview, and its update."""
    if name in STACKS:
        return [stack(name, preview)[0] for preview in (True, False)]
    program, config = (lambda: runpy.run_path(str(EVERY_ARGUMENT))), {"httpsUrls": "true"}
    return [deploy(program, config=config, preview=preview) for preview in (True, False)]


@pytest.mark.parametrize("name", [*STACKS, "every argument"])
def test_the_provider_takes_what_a_first_preview_registers_which_is_what_an_update_does(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the stand-in computes carries its account and its partition, and is in no input of the preview."""
    monkeypatch.chdir(ROOT)
    preview, update = both(name)
    assert preview.cloud()
    assert preview.keys() == update.keys()
    assert [line for resource in preview.cloud() for line in broken(resource)] == []
    assert [r.name for r in preview.cloud() if ACCOUNT in str(r.inputs) or PARTITION in str(r.inputs)] == []
    assert [r.name for r in update.cloud() if ACCOUNT in str(r.inputs)] != []
    assert not any(known(value) for value in preview.exports.values() if value != "")
