"""How an execution of each state machine is started: as a command to paste, and ``python -m local start``."""

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local import observe
from local.aws import Aws
from local.emulator import require_port
from local.errors import LocalError
from local.server.loopback import HOST

if TYPE_CHECKING:
    from local.deploy import Deployment  # With all of Pulumi, which `start` does without.

# Of the workflows of this project: what an execution shows, and an input that it takes (see workflows/).
_EXAMPLES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "order_payment": (
        "paid at once; pm_declined is refused, pm_error is a fault until there are dead letters",
        {"orderId": "1001", "amount": 100, "currency": "EUR", "paymentReference": "pm_visa"},
    ),
    "scheduled_approval": (
        "waits for a person: open the inbox, follow the link in a mail, decide",
        {"job": "nightly-clean-up", "items": 200, "requester": "dan@example.com"},
    ),
    "callback_chain": (
        "the token goes through a queue, a function and a topic; takes any object",
        {"from": "me"},
    ),
    "stored_tokens": ("the token is stored until its worker has answered; takes any object", {"from": "me"}),
}
_ARN_PARTS = 7


@dataclass(frozen=True)
class Start:
    """One way to start: the workflow's name (or the state machine's), what it shows, its ARN, an input."""

    name: str
    about: str
    arn: str
    input: Mapping[str, Any]

    def command(self, port: int) -> str:
        """What to paste into a terminal in the same folder. It needs nothing but this Python."""
        request = shlex.quote(json.dumps(self.input))
        return f"{python()} -m local start --port {port} {self.arn} {request}"


def starts(deployment: "Deployment") -> list[Start]:
    """One for every state machine that was deployed, by name."""
    exported = deployment.outputs.get("workflows")
    names = {
        own["stateMachineArn"]: name
        for name, own in (exported.items() if isinstance(exported, Mapping) else ())
        if isinstance(own, Mapping) and "stateMachineArn" in own
    }
    found = []
    for name, machine in deployment.of_type("aws:sfn/stateMachine:StateMachine"):
        arn = machine["id"]
        workflow = names.get(arn, "")
        about, request = _EXAMPLES.get(workflow) or ("", _read_first(str(machine.get("definition"))))
        found.append(Start(workflow or name, about, arn, request))
    return sorted(found, key=lambda start: (start.name, start.arn))


def _read_first(definition: str) -> Mapping[str, Any]:
    """An input that has what the first state passes on: each key with its own name as its value."""
    try:
        machine = json.loads(definition)
        first = json.dumps(machine["States"][machine["StartAt"]].get("Parameters"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}
    return {name: name for name in re.findall(r"(?<![$\w])\$\.([A-Za-z_]\w*)", first)}


def python() -> str:
    """This Python as one would type it here."""
    path, here = Path(sys.executable), Path.cwd()
    return shlex.quote(os.path.relpath(path, here) if path.is_relative_to(here) else str(path))


def start(arn: str, text: str, port: int) -> int:
    """``python -m local start``: start an execution on what ``up`` keeps running at this port; 0."""
    parts = arn.split(":")
    if len(parts) != _ARN_PARTS or parts[2] != "states" or parts[5] != "stateMachine":
        raise LocalError(f"ARN must be a state machine's, as `python -m local up` prints it, got {arn}")
    require_port(port)
    try:
        request = json.loads(text)
    except ValueError as error:
        raise LocalError(f"INPUT must be JSON, got {text}: {error}") from None
    try:
        execution = observe.start(Aws(f"http://{HOST}:{port}", parts[3]), arn, request)
    except ClientError as error:
        raise LocalError(error.response["Error"]["Message"]) from None
    except BotoCoreError:
        raise LocalError(
            f"nothing answers on port {port} of {HOST}: is `python -m local up` running, and this its port?"
        ) from None
    print(f"started {execution}")
    return 0
