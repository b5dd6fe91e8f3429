"""Workers with compiled dependencies, on the embedded AWS: what was packed is what the function imports.

The dependencies are distributions that are installed here, as the files that their wheels hold. Functions run
here on this machine's Python and processor, so those for another platform are packed, and not run.
"""

import json
import platform
import shutil
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from components.common.code.runtimes import DEPLOYED, GLIBC, Platform
from tests.support.embedded import Embedded, embedded

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).parents[2]
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), "")
HERE = Platform(f"python{sys.version_info[0]}.{sys.version_info[1]}", ARCHITECTURE)
DISTRIBUTIONS = ["markupsafe", "cffi", "pycparser"]
"""An extension in a package, one that stands alone, and no extension."""

WORKER = """\
from importlib.metadata import version

import _cffi_backend
import cffi
from markupsafe import _speedups, escape


def handle(request, task):
    return {
        "escaped": str(escape(request["text"])),
        "size": cffi.FFI().sizeof("int"),
        "from": [module.__file__.rpartition("/code/")[2] for module in (_cffi_backend, _speedups)],
        "versions": {name: version(name) for name in ("markupsafe", "cffi")},
    }
"""

FOR_ANOTHER = "import acme\n\n\ndef handle(request, task):\n    return acme.__name__\n"

PROGRAM = """\
import json
import sys
from pathlib import Path

import pulumi

sys.path.insert(0, {root!r})
from components import CallbackQueue, CallbackWorkflow

for name, arguments in json.loads(Path("arguments.json").read_text()).items():
    queue = CallbackQueue(name, {{"max_receive_count": 1, **arguments}})
    ask = {{**queue.wait(timeout_seconds=900), "End": True}}
    definition = {{"StartAt": "Ask", "States": {{"Ask": ask}}}}
    roles = queue.callback_role_names
    workflow = CallbackWorkflow(name, {{"definition": definition, "callback_role_names": roles}})
    pulumi.export(name, workflow.state_machine_arn)
"""


def files(name: str) -> Iterator[tuple[str, Path]]:
    """(place, file) of what a wheel of an installed distribution holds."""
    found = distribution(name)
    for file in found.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            yield str(file), Path(str(found.locate_file(file)))


def target(folder: Path) -> str:
    """As `pip install --target` fills it."""
    for name in DISTRIBUTIONS:
        for place, file in files(name):
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, folder / place)
    return str(folder)


def wheels(folder: Path) -> list[str]:
    folder.mkdir()
    made = []
    for name in DISTRIBUTIONS:
        found = distribution(name)
        text = found.read_text("WHEEL") or ""
        tag = next(line.removeprefix("Tag: ") for line in text.splitlines() if line.startswith("Tag: "))
        path = folder / f"{name}-{found.version}-{tag}.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            for place, file in files(name):
                opened.write(file, place)
        made.append(str(path))
    return made


def for_another(folder: Path, where: Platform) -> str:
    """A package for this platform, with an extension that no other can load."""
    python = f"cpython-{where.version[0]}{where.version[1]}-{where.machine}-linux-gnu"
    machine = {"x86_64": 62, "aarch64": 183}[where.machine]
    (folder / "acme").mkdir(parents=True)
    (folder / "acme" / "__init__.py").write_text("from acme import fast\n")
    elf = b"\x7fELF\x02\x01\x01".ljust(18, b"\0") + machine.to_bytes(2, "little")
    (folder / "acme" / f"fast.{python}.so").write_bytes(elf)
    return str(folder)


def hosted(worker: str, where: Platform, packages: list[str]) -> dict[str, Any]:
    return {
        "worker": worker,
        "runtime": where.runtime,
        "architecture": where.architecture,
        "worker_packages": packages,
    }


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    if HERE.runtime not in GLIBC or not ARCHITECTURE or sys.platform != "linux":
        pytest.skip(f"nothing that is installed here runs on Lambda: {sys.platform}, {platform.machine()}")
    folder = tmp_path_factory.mktemp("program")
    arguments = {
        "target": hosted("worker", HERE, [target(folder / "vendor")]),
        "wheels": hosted("worker", HERE, wheels(folder / "wheels")),
        "deployed": hosted("another", DEPLOYED, [for_another(folder / "deployed", DEPLOYED)]),
    }
    (folder / "arguments.json").write_text(json.dumps(arguments))
    for name, text in {"worker": WORKER, "another": FOR_ANOTHER}.items():
        (folder / name).mkdir()
        (folder / name / "worker.py").write_text(text)
    (folder / "__main__.py").write_text(PROGRAM.format(root=str(ROOT)))
    (folder / "Pulumi.yaml").write_text("name: packed\nruntime: python\n")
    (folder / "Pulumi.local.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    with embedded(folder, "local", auth=False) as deployed:
        yield deployed


@pytest.mark.parametrize("name", ["target", "wheels"])
def test_a_worker_imports_its_compiled_dependencies(stack: Embedded, name: str) -> None:
    ended = stack.run(stack.outputs[name], {"text": "<b>"}, timeout_seconds=900)
    assert (ended.status, ended.error, ended.cause) == ("SUCCEEDED", "", "")
    own = f"cpython-{sys.version_info[0]}{sys.version_info[1]}-{HERE.machine}-linux-gnu"
    assert ended.output == {
        "escaped": "&lt;b&gt;",
        "size": 4,
        "from": [f"_cffi_backend.{own}.so", f"markupsafe/_speedups.{own}.so"],
        "versions": {name: distribution(name).version for name in ("markupsafe", "cffi")},
    }


def test_the_same_packages_make_the_same_archive(stack: Embedded) -> None:
    """Whether they were installed or are wheels."""

    def code(name: str) -> Any:
        found = stack.resource("aws:lambda/function:Function", f"{name}-worker")
        return found["codeSha256"]

    assert code("target") == code("wheels")


def test_a_worker_for_the_deployed_platform_is_packed_here_and_runs_there(stack: Embedded) -> None:
    made = stack.resource("aws:lambda/function:Function", "deployed-worker")
    assert (made["runtime"], made["architectures"]) == (DEPLOYED.runtime, [DEPLOYED.architecture])
    if HERE != DEPLOYED:
        pytest.skip(f"functions run on {HERE} here, and this worker's extension is for {DEPLOYED}")
