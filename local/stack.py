"""A deployed stack on an embedded AWS of its own."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import DEFAULT_STACK, PROJECT_FOLDER, config
from local.aws import Aws
from local.aws.provider import AwsProvider
from local.deploy import Deployment, deploy
from local.emulator import Emulator
from local.progress import Progress


@dataclass(frozen=True)
class Stack:
    """The parts of a running stack, for whoever wants to look inside."""

    project: config.Project
    emulator: Emulator
    provider: AwsProvider
    deployment: Deployment

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the program exported."""
        return self.deployment.outputs

    @property
    def aws(self) -> Aws:
        """Clients of the stack's region, as the account's root user."""
        return self.provider.default

    def tell_notes(self) -> None:
        """Print, for a person, what the program has said, and what is not here as it is on AWS."""
        for note in (*self.deployment.messages, *self.provider.notes):
            print(f"note: {note}", file=sys.stderr, flush=True)


@contextmanager
def running(
    folder: Path = PROJECT_FOLDER,
    stack: str = DEFAULT_STACK,
    *,
    port: int | None = None,
    auth: bool = False,
    overrides: Mapping[str, object] | None = None,
) -> Iterator[Stack]:
    """Start an embedded AWS and deploy the program in ``folder`` to it; at the end everything is gone."""
    project = config.load(folder, stack, overrides)
    with ExitStack() as kept:
        with Progress("starting the embedded AWS"):
            emulator = kept.enter_context(Emulator(port=port, auth=auth, region=project.region))
        provider = AwsProvider(emulator.endpoint, project.region, auth=auth)
        with Progress(f"deploying {project.name}") as progress:
            deployment = deploy(project, provider, progress=progress.note)
        yield Stack(project, emulator, provider, deployment)
