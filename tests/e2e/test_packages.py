"""Workers with pydantic and PyYAML, both compiled: packed as they are, and imported by the function."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import archive
from tests.support.embedded import Embedded, embedded
from tests.support.wheels import ELSEWHERE, HERE, PYDANTIC, is_here, target, wheel

pytestmark = pytest.mark.embedded

BROUGHT = [*PYDANTIC, "PyYAML"]


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    if not is_here():
        pytest.skip(f"what is installed here is for {archive.HERE}, on which no function of Lambda's runs")
    folder = tmp_path_factory.mktemp("brought")
    wheels = [str(wheel(name, folder)) for name in BROUGHT]
    elsewhere = [str(wheel(name, folder / "elsewhere", elsewhere=True)) for name in BROUGHT]
    asked = {
        "wheels": {"worker_packages": wheels, **HERE},
        "folder": {"worker_packages": [str(target(BROUGHT, folder / "vendor"))], **HERE},
        "elsewhere": {"worker_packages": elsewhere, **ELSEWHERE},
    }
    with embedded(Path(__file__).with_name("packages"), overrides={"packages:workers": asked}) as deployed:
        yield deployed


@pytest.mark.parametrize("way", ["wheels", "folder"])
def test_what_a_worker_brings_is_what_it_imports(workers: Embedded, way: str) -> None:
    done = workers.run(workers.outputs[way], {"order": "amount: 5"})
    assert done.status == "SUCCEEDED", (done.error, done.cause)
    assert done.output == {"amount": 5, "brought": [True, True, True]}
    refused = workers.run(workers.outputs[way], {"order": "amount: -5"})
    assert (refused.error, refused.cause) == ("InvalidOrder", "1 error")


def test_what_is_right_on_aws_is_deployed_here_and_told_that_it_cannot_be_imported(workers: Embedded) -> None:
    notes = [note for note in workers.stack.provider.notes if "elsewhere" in note]
    assert notes == list(workers.stack.provider.notes)
    (note,) = notes
    assert note.startswith("the function elsewhere-worker brings pydantic_core/_pydantic_core.cpython-3")
    done = workers.run(workers.outputs["elsewhere"], {"order": "amount: 5"})
    assert done.status == "FAILED"
    assert "worker.py cannot be imported" in done.cause
