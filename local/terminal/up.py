"""``python -m local up``: a running stack, until interrupted."""

import json
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator import ACCESS_KEY, SECRET_KEY
from local.errors import LocalError
from local.inbox import Inbox
from local.stack import Stack, running
from local.terminal.interrupts import Interrupted
from local.terminal.start import Start, python, starts
from local.terminal.watch import Watch, redacted

_LOOK_SECONDS = 0.5
_MOST_KEYS = 3
"""Outputs that are behind more keys than this are left to the file that has all of them."""


def up(folder: Path, stack: str, *, port: int | None, auth: bool, as_json: bool) -> int:
    """Deploy, say where everything is, stay; 0 when interrupted then."""
    ready = False
    try:
        with TemporaryDirectory() as place, running(folder, stack, port=port, auth=auth) as deployed:
            outputs = Path(place) / "outputs.json"
            outputs.write_text(json.dumps(_shown(deployed)))
            ways = starts(deployed.deployment)
            with Inbox(deployed.aws, deployed.deployment.resources) as inbox:
                watch = None if as_json else Watch(deployed, inbox, ways)
                deployed.tell_notes()
                ready = True
                told = as_line(deployed, inbox, ways) if as_json else as_table(deployed, inbox, ways, outputs)
                print(told, flush=True)
                _stay(deployed, watch)
    except Interrupted:
        if not ready:
            print("interrupted before the stack was ready", file=sys.stderr)
            raise
    return 0


def _stay(deployed: Stack, watch: Watch | None) -> None:
    """Until the server ends. Programs, which read one line of JSON, are told nothing more."""
    while deployed.emulator.process.returncode is None:
        # The server may be busy, or have ended: the next look tells which.
        with suppress(BotoCoreError, ClientError):
            for line in watch.news() if watch else ():
                print(line, flush=True)
        time.sleep(_LOOK_SECONDS)
    raise LocalError(f"the embedded AWS ended by itself:\n{redacted(deployed.emulator.process.output())}")


def as_line(deployed: Stack, inbox: Inbox, ways: Sequence[Start]) -> str:
    """One JSON object for programs. ``start`` has each state machine, with an input that it takes."""
    return json.dumps(
        {
            "ready": True,
            "endpoint": deployed.emulator.endpoint,
            "region": deployed.aws.region,
            "inbox": inbox.url,
            "start": [{"name": way.name, "stateMachineArn": way.arn, "input": way.input} for way in ways],
            "outputs": deployed.outputs,
        }
    )


def as_table(deployed: Stack, inbox: Inbox, ways: Sequence[Start], outputs: Path) -> str:
    """The same for people, with how to reach it, and what to paste. `outputs` is a file with all of them."""
    count, seconds = len(deployed.deployment.resources), deployed.deployment.seconds
    told = [(".".join(keys), value) for keys, value in _rows(_shown(deployed)) if len(keys) <= _MOST_KEYS]
    rows = [
        ("endpoint", deployed.emulator.endpoint),
        ("inbox", inbox.url),
        *told,
        ("all of them", str(outputs)),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [
        f"{deployed.project.name} ({deployed.project.stack}) is up: {count} resources in {seconds:.1f} s",
        "",
        *(f"  {name.ljust(width)}  {value}" for name, value in rows),
        "",
        *_commands(deployed, ways, outputs),
        "What happens is told here. Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _shown(deployed: Stack) -> dict[str, Any]:
    secret = deployed.deployment.secret_outputs
    return {key: "[secret]" if key in secret else value for key, value in deployed.outputs.items()}


def _commands(deployed: Stack, ways: Sequence[Start], outputs: Path) -> Iterator[str]:
    if ways:
        yield "To start an execution, paste into another terminal, in this folder:"
        for way in ways:
            yield f"  # {way.name}" + (f": {way.about}" if way.about else "")
            yield f"  {way.command(deployed.emulator.port)}"
        yield ""
    yield "For the AWS CLI, SDKs, and the operator's command, which here shows what waits:"
    region = deployed.aws.region
    place = f"AWS_ENDPOINT_URL={deployed.emulator.endpoint} AWS_REGION={region} AWS_DEFAULT_REGION={region}"
    yield f"  export {place} AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY}"
    yield f"  {python()} -m ops waiting --outputs {shlex.quote(str(outputs))}"
    yield ""


def _rows(outputs: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each value, behind its keys."""
    for name, value in sorted(outputs.items()):
        if isinstance(value, dict):
            yield from _rows(value, *above, name)
        else:
            yield (*above, name), value if isinstance(value, str) else json.dumps(value)
