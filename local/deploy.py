"""Run a Pulumi program against a provider, without the Pulumi CLI."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.config import Project
from local.engine.monitor import Monitor
from local.errors import LocalError
from local.model import Created, Provider, Resource
from local.server.processes import GuardedProcess

_HOST = Path(__file__).parent / "engine" / "host.py"
_POLL_SECONDS = 0.1
_TIMEOUT_SECONDS = 300.0  # Since something was made: a slow machine makes less at a time.
_ORGANIZATION = "local"


@dataclass(frozen=True)
class Deployment:
    """What a program made: its outputs, the resources in order of creation, and what it had to say."""

    outputs: Mapping[str, Any]
    resources: tuple[tuple[Resource, Created], ...]
    messages: tuple[str, ...] = ()
    secret_outputs: frozenset[str] = frozenset()
    seconds: float = field(default=0.0, compare=False)

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical name, and inputs, outputs and ``id``, of every resource of a type."""
        for resource, created in self.resources:
            if resource.type == kind:
                yield resource.name, {**resource.inputs, **created.outputs, "id": created.id}


def deploy(
    project: Project,
    provider: Provider,
    *,
    progress: Callable[[str], None] = lambda _: None,
    timeout_seconds: float = _TIMEOUT_SECONDS,
) -> Deployment:
    """Run the program of ``project`` to its end. Raises :class:`LocalError` with all that went wrong."""
    started = moved = time.monotonic()

    def created(resource: Resource) -> None:
        nonlocal moved
        moved = time.monotonic()
        progress(f"created {resource.type.rsplit(':', 1)[-1]} {resource.name}")

    place = {"project": project.name, "stack": project.stack}
    with (
        Monitor(provider, **place, folder=project.folder, on_created=created) as monitor,
        _start(project, monitor.address) as program,
    ):
        code = program.wait(_POLL_SECONDS)
        while code is None and time.monotonic() - moved < timeout_seconds:
            code = program.wait(_POLL_SECONDS)
        said = program.output().strip()
    if monitor.failures:
        raise LocalError("\n".join(monitor.failures))
    if code is None:
        raise LocalError(
            f"the program did not end: it made nothing for {timeout_seconds:.0f} s\n{said}".strip()
        )
    if code != 0:
        errors = monitor.errors or [f"the program failed (exit code {code})"]
        raise LocalError("\n".join(filter(None, [*errors, *monitor.messages, said])))
    errors = [f"error: {error}" for error in monitor.errors]  # A program may log one and go on.
    messages = (*monitor.messages, *errors, *([said] if said else []))
    return Deployment(
        outputs=monitor.outputs,
        resources=tuple(monitor.created),
        messages=messages,
        secret_outputs=monitor.secret_outputs,
        seconds=time.monotonic() - started,
    )


def _start(project: Project, address: str) -> GuardedProcess:
    inherited = {key: os.environ[key] for key in os.environ if not key.startswith(("AWS_", "PULUMI_"))}
    return GuardedProcess(
        _HOST,
        [address, project.name, project.stack, _ORGANIZATION, str(project.folder)],
        environment={
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "PULUMI_CONFIG": json.dumps(dict(project.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(project.secret_keys),
            "PULUMI_ERROR_OUTPUT_STRING": "1",  # An Output put into a text by accident raises.
        },
        working_directory=project.folder,
        python=project.python,
    )
