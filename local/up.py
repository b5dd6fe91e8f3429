"""``python -m local up``: a running stack, until interrupted."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .emulator import ACCESS_KEY, SECRET_KEY
from .errors import LocalError
from .inbox import Inbox
from .interrupts import Interrupted
from .stack import Stack, running

_CREDENTIALS = f"AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY}"
_LOOK_SECONDS = 0.5
_INTERRUPTED = 130  # What a shell reports for a process that Ctrl-C ended.


def up(folder: Path, stack: str, *, port: int | None, auth: bool, as_json: bool) -> int:
    """Deploy, say where everything is, stay. 0 when interrupted afterwards, 130 when interrupted before."""
    ready = False
    try:
        with (
            running(folder, stack, port=port, auth=auth) as deployed,
            Inbox(deployed.aws, deployed.deployment.resources) as inbox,
        ):
            for note in _notes(deployed):
                print(f"note: {note}", file=sys.stderr, flush=True)
            ready = True
            print(as_line(deployed, inbox) if as_json else as_table(deployed, inbox), flush=True)
            _stay(deployed)
    except Interrupted:
        if ready:
            return 0
        print("interrupted before the stack was ready", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _stay(deployed: Stack) -> None:
    while deployed.emulator.running:
        time.sleep(_LOOK_SECONDS)
    raise LocalError(f"the embedded AWS ended by itself:\n{deployed.emulator.output()}")


def as_line(deployed: Stack, inbox: Inbox) -> str:
    """One JSON object for programs."""
    return json.dumps(
        {
            "ready": True,
            "endpoint": deployed.emulator.endpoint,
            "region": deployed.aws.region,
            "inbox": inbox.url,
            "outputs": deployed.outputs,
        }
    )


def as_table(deployed: Stack, inbox: Inbox) -> str:
    """The same for people, with how to reach it."""
    endpoint, region = deployed.emulator.endpoint, deployed.aws.region
    count, seconds = len(deployed.deployment.resources), deployed.deployment.seconds
    rows = [("endpoint", endpoint), ("inbox", inbox.url), *_rows(_shown(deployed))]
    width = max(len(name) for name, _ in rows)
    lines = [
        f"{deployed.project.name} ({deployed.project.stack}) is up: {count} resources in {seconds:.1f} s",
        "",
        *(f"  {name.ljust(width)}  {value}" for name, value in rows),
        "",
        "For the AWS CLI and SDKs:",
        f"  export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region} {_CREDENTIALS}",
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _shown(deployed: Stack) -> dict[str, Any]:
    """The outputs, without those that are secret."""
    secret = deployed.deployment.secret_outputs
    return {key: "[secret]" if key in secret else value for key, value in deployed.outputs.items()}


def _rows(outputs: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in sorted(outputs.items()):
        if isinstance(value, dict):
            yield from _rows(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value if isinstance(value, str) else json.dumps(value)


def _notes(deployed: Stack) -> Iterator[str]:
    yield from deployed.deployment.messages
    for kind, keys in deployed.provider.not_applied.items():
        yield f"not applied locally: {kind.rsplit(':', 1)[-1]} {', '.join(keys)}"
