"""What a person is told of a program that `python -m local up` refuses, with nothing behind it to start.

`told` runs the program as that command does, in a process of its own. `told_here` runs it in this process, at
little cost: what Pulumi's host, and `local/host.py`, say of a `pulumi.RunError` is its text.
"""

import runpy
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pytest
import yaml

import components
from local import config
from local.deploy import deploy
from local.errors import LocalError
from local.model import Created, Resource
from tests.plugin.host import Cloud
from tests.support import engine

ROOT = Path(__file__).parents[2]
PROGRAM = ("__main__.py", "settings.py", "components", "workflows", "lambda_src", "Pulumi.yaml")


@dataclass(frozen=True)
class Told:
    """What was said, and which resources were made until then."""

    said: str
    made: tuple[str, ...] = ()


class _Watched(Cloud):
    def __init__(self) -> None:
        self.made: list[str] = []

    def create(self, resource: Resource, folder: Path) -> Created:
        self.made.append(resource.name)
        return super().create(resource, folder)


def told(folder: Path, stack: str = "local") -> Told:
    """Load the project and run its program, as `python -m local up --folder FOLDER --stack STACK` does."""
    cloud = _Watched()
    try:
        deployment = deploy(config.load(folder, stack), cloud)
    except LocalError as error:  # `local/__main__.py` prints it so.
        return Told(f"error: {error}", tuple(cloud.made))
    return Told("\n".join(f"note: {message}" for message in deployment.messages), tuple(cloud.made))


def told_here(folder: Path, stack: str = "local") -> Told:
    """As `told`, in this process. What a program raises must be a `pulumi.RunError` and none around it: of
    anything else a host tells the traceback, so here it fails the test."""
    record = engine.Deployment()
    try:
        with pytest.raises(pulumi.RunError) as raised:
            run_here(folder, stack, record)
    except LocalError as error:
        return Told(f"error: {error}")
    return Told(f"error: {raised.value}", tuple(made.name for made in record.cloud()))


def run_here(folder: Path, stack: str, record: engine.Deployment) -> None:
    """Load the project and run its program in this process; `record` holds what it registered."""
    project = config.load(folder, stack)
    own = f"{project.name}:"
    values = {key.removeprefix(own): text for key, text in project.config.items() if key.startswith(own)}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setitem(sys.modules, "countersign", components)
        engine.deploy(lambda: runpy.run_path(str(project.program)), config=values, record=record)


def checkout(
    folder: Path, stack: str, changes: Mapping[str, object] | None = None, name: str = "countersign"
) -> Path:
    """This repository's program, with some keys of a stack file changed; `name` is what the project is
    called, as after `pulumi new --name`."""
    folder.mkdir(exist_ok=True)
    for part in PROGRAM:
        (folder / part).symlink_to(ROOT / part)
    if name != "countersign":
        project = (ROOT / "Pulumi.yaml").read_text().replace("name: countersign\n", f"name: {name}\n", 1)
        (folder / "Pulumi.yaml").unlink()
        (folder / "Pulumi.yaml").write_text(project)
    values = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    values["config"].update({f"countersign:{key}": value for key, value in (changes or {}).items()})
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(values))
    return folder


def small(folder: Path, source: str) -> Path:
    """A program of somebody's own, which has the package and a worker."""
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(source)
    (folder / "worker").mkdir()
    (folder / "worker" / "worker.py").write_text("def handle(request, task):\n    return request\n")
    return folder
