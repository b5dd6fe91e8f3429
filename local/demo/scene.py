"""What a scene is: something that is done to the stack, and what must be true then and afterwards."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local import observe
from local.inbox import Inbox
from local.observe import Execution, Message
from local.observe.patience import PATIENCE_SECONDS, patiently
from local.observe.timeline import Entry
from local.stack import Stack


@dataclass(frozen=True)
class Stage:
    """Where scenes are played: the stack, and the mails and notifications that come of them."""

    stack: Stack
    inbox: Inbox
    _notices: list[Message] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def notices(self, execution_arn: str) -> list[Message]:
        """The notifications about an execution that have come until now."""
        queue = self.stack.outputs["notificationTestQueueUrl"]
        with self._lock:
            self._notices.extend(observe.receive(self.stack.aws, queue))
            return [notice for notice in self._notices if execution_arn in notice.body]


@dataclass(frozen=True)
class Finding:
    """One expectation and what was found."""

    what: str
    holds: bool
    found: str = ""


class Play:
    """A scene while it is played: the execution it ran or the message it left, and what was found."""

    def __init__(self, stage: Stage, workflow: str) -> None:
        self.stage = stage
        self.aws = stage.stack.aws
        self.own: Mapping[str, Any] = stage.stack.outputs["workflows"][workflow]
        """What the stack exports of the scene's workflow."""
        self.execution: Execution | None = None
        """The last one that ended."""
        self.message_id = ""
        self.findings: list[Finding] = []

    @property
    def machine(self) -> str:
        """The ARN of the workflow's state machine."""
        return str(self.own["stateMachineArn"])

    def start(self, request: object, machine: str = "") -> str:
        """Start an execution of the workflow, or of this state machine; its ARN."""
        return observe.start(self.aws, machine or self.machine, request)

    def end(self, execution_arn: str, timeout_seconds: int = 0) -> Execution:
        """Wait for the end of an execution, at its timeout perhaps."""
        self.execution = observe.wait_for_end(self.aws, execution_arn, timeout_seconds)
        return self.execution

    def succeeds(self, execution_arn: str) -> Mapping[str, Any]:
        """The execution succeeds; its output."""
        execution = self.end(execution_arn)
        self.expect("the execution succeeds", execution.status == "SUCCEEDED", execution.status)
        return execution.output if isinstance(execution.output, dict) else {}

    def fails(self, execution_arn: str, error: str, timeout_seconds: int = 0) -> str:
        """The execution fails with this error; its cause."""
        execution = self.end(execution_arn, timeout_seconds)
        self.expect("the execution fails", execution.status == "FAILED", execution.status)
        self.expect(f"its error is {error}", execution.error == error, execution.error)
        return execution.cause

    def expect(self, what: str, holds: bool, found: object = "") -> None:
        """What must be true now."""
        self.findings.append(Finding(what, holds, str(found)))

    def expect_in_time(self, what: str, wanted: object, look: Callable[[], object]) -> None:
        """What must become true: that ``wanted`` is found, before patience ends."""
        for _ in patiently(self.aws, what, seconds=PATIENCE_SECONDS):
            if (found := look()) == wanted:
                break
        self.expect(what, found == wanted, found)


@dataclass(frozen=True)
class Scene:
    """``workflow`` is the one it plays with; ``expected`` says the ending in a few words."""

    title: str
    workflow: str
    expected: str
    act: Callable[[Play], None]


@dataclass(frozen=True)
class Result:
    """How a scene went."""

    scene: Scene
    ending: str
    seconds: float
    timeline: Sequence[Entry]
    findings: Sequence[Finding]
    too_slow: bool = False
    """What does not hold had no chance to: this machine did not get that far."""

    @property
    def passed(self) -> bool:
        """Whether every expectation holds."""
        return all(finding.holds for finding in self.findings)
