"""Where the things of a stack are, told from its outputs, whatever the stack is and whoever made it.

An output, or a value inside one, that has `stateMachineArn` is a workflow; one that has `url` and `tableName`
is an ApprovalApi; one that has `deadLetterQueueUrl` has dead letters. Each is called after its key, or by its
own name where another one has that key.
"""

import json
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .problems import Exit, Problem

PULUMI_SECONDS: Final = 120
_MACHINE: Final = re.compile(r"arn:[^:]+:states:[^:]+:[0-9]+:stateMachine:(.+)")
_QUEUE: Final = re.compile(r"https?://[^/\s]+/[0-9]+/[^/\s]+")
_URL: Final = re.compile(r"https://[^/\s]+|http://(?:127\.0\.0\.1|localhost)(?::\d+)?/\S*")


@dataclass(frozen=True)
class Approvals:
    """An ApprovalApi."""

    name: str
    url: str
    table_name: str


@dataclass(frozen=True)
class Stack:
    """What is operated."""

    workflows: Mapping[str, str]
    """Name → ARN of the state machine."""
    approvals: tuple[Approvals, ...]
    dead_letters: Mapping[str, str]
    """Name → URL of a dead-letter queue."""

    @classmethod
    def of(cls, outputs: Any) -> "Stack":
        """Told from a stack's outputs. `Problem` for what are none."""
        if not isinstance(outputs, dict):
            raise Problem(Exit.USAGE, "outputs must be a JSON object, as `pulumi stack output --json` prints")
        workflows: dict[str, str] = {}
        approvals: dict[str, Approvals] = {}
        queues: dict[str, str] = {}
        for name, values in _places(outputs):
            machine, url, table, queue = map(
                values.get, ("stateMachineArn", "url", "tableName", "deadLetterQueueUrl")
            )
            if isinstance(machine, str) and (match := _MACHINE.fullmatch(machine)):
                _call(workflows, machine, name or match[1], match[1])
            if isinstance(url, str) and _URL.fullmatch(url) and isinstance(table, str):
                approvals[table] = Approvals(name or table, url.rstrip("/"), table)
            if isinstance(queue, str) and _QUEUE.fullmatch(queue):
                its_own = queue.rpartition("/")[2]
                _call(queues, queue, name or its_own, its_own)
        if not workflows and not approvals:
            raise Problem(
                Exit.USAGE,
                "outputs must hold a workflow (stateMachineArn) or an ApprovalApi (url and tableName), got "
                f"{', '.join(map(str, outputs)) or 'nothing'}",
            )
        return cls(workflows, tuple(approvals.values()), queues)

    def workflow(self, machine_arn: str) -> str:
        """What a state machine is called here."""
        for name, arn in self.workflows.items():
            if arn == machine_arn:
                return name
        return machine_arn.rpartition(":")[2]

    def machine(self, workflow: str) -> str:
        """The ARN of a workflow by its name, or by its state machine's name or ARN."""
        for name, arn in self.workflows.items():
            if workflow in (name, arn, arn.rpartition(":")[2]):
                return arn
        raise Problem(
            Exit.USAGE, f"--workflow must be one of {', '.join(self.workflows) or 'none'}, got {workflow}"
        )

    def queues(self, name: str) -> Mapping[str, str]:
        """The dead-letter queues, or only the one of this name."""
        if not name:
            return self.dead_letters
        if name not in self.dead_letters:
            raise Problem(
                Exit.USAGE, f"--queue must be one of {', '.join(self.dead_letters) or 'none'}, got {name}"
            )
        return {name: self.dead_letters[name]}


def outputs(file: str | None, stack: str | None) -> Any:
    """A stack's outputs: from a file (`-`: from what is piped in), or asked of Pulumi."""
    if file is None:
        return _read(_asked(stack), "what Pulumi says")
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, ValueError) as problem:
        # A file that is not UTF-8, or a name that no file can have.
        why = (isinstance(problem, OSError) and problem.strerror) or "it is no text"
        raise Problem(Exit.USAGE, f"--outputs must be a file that can be read, got {file}: {why}") from None
    return _read(text, file)


def _asked(stack: str | None) -> str:
    command = ["pulumi", "stack", "output", "--json", *(["--stack", stack] if stack else [])]
    try:
        # Pulumi's own program, found as a shell finds it, with arguments that no shell reads.
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=PULUMI_SECONDS, check=False
        )
    except FileNotFoundError:
        raise Problem(
            Exit.REFUSED, "pulumi is not installed: say where the outputs are, --outputs FILE"
        ) from None
    except subprocess.TimeoutExpired:
        raise Problem(Exit.REFUSED, f"pulumi did not answer within {PULUMI_SECONDS} seconds") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise Problem(Exit.REFUSED, f"pulumi stack output failed: {said} (or say --outputs FILE)")
    return done.stdout


def _read(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Problem(Exit.USAGE, f"outputs must be JSON, and {where} is not") from None


def _places(outputs: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All objects in it, however deep, each with its key; the outer ones and the first first."""
    left = deque([("", outputs)])
    while left:
        name, value = left.popleft()
        if isinstance(value, dict):
            yield name, value
            left += ((str(key), each) for key, each in value.items())
        elif isinstance(value, list):
            left += ((name, each) for each in value)


def _call(known: dict[str, str], what: str, *names: str) -> None:
    """Call it by the first of these names that nothing else has. What is there twice has its first name."""
    if what not in known.values():
        known[next((each for each in names if each not in known), what)] = what
