"""What a scene is: something that is done to the stack, and what must be true then and afterwards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local import observe
from local.aws import Aws
from local.demo.faults import Faults
from local.errors import LocalError
from local.inbox import Inbox
from local.observe import Execution, LogLine, Message
from local.observe.timeline import Entry
from local.stack import Stack


@dataclass(frozen=True)
class Stage:
    """Where scenes are played: the stack, its mails, and failures of Step Functions on demand."""

    stack: Stack
    inbox: Inbox
    faults: Faults


@dataclass(frozen=True)
class Evidence:
    """What comes to rest only when all scenes have been played: logs, notifications, what the stack holds."""

    aws: Aws
    logs: Sequence[LogLine]
    notices: Sequence[Message]


@dataclass(frozen=True)
class Finding:
    """One expectation and what was found."""

    what: str
    holds: bool
    found: str = ""
    may_come: bool = False
    """Whether it is about logs, mails or queues, in which it may still come: how an execution ended stays."""


Judge = Callable[[Evidence], Iterator[Finding]]


class Play:
    """A scene while it is played: the execution it ran or the message it left, and what is expected."""

    def __init__(self, stage: Stage, workflow: str) -> None:
        self.stage = stage
        self.stack = stage.stack
        self.aws = stage.stack.aws
        self.own: Mapping[str, Any] = stage.stack.outputs["workflows"][workflow]
        """What the stack exports of the scene's workflow."""
        self.execution: Execution | None = None
        self.message_id = ""
        self.findings: list[Finding] = []
        self.judges: list[Judge] = []

    def run(self, request: object, machine: str = "", timeout_seconds: int = 0) -> Execution:
        """Start an execution of the workflow, or of this state machine, and wait for its end."""
        return self.end(
            observe.start(self.aws, machine or self.own["stateMachineArn"], request), timeout_seconds
        )

    def end(self, execution_arn: str, timeout_seconds: int = 0) -> Execution:
        """Wait for the end of the scene's execution, at its timeout perhaps."""
        self.execution = observe.wait_for_end(self.aws, execution_arn, timeout_seconds)
        return self.execution

    def expect(self, what: str, holds: bool, found: object = "") -> None:
        """What must be true now."""
        self.findings.append(Finding(what, holds, str(found)))

    def later(self, judge: Judge) -> None:
        """What must be true once nothing more is on its way."""
        self.judges.append(judge)

    def succeeds(self) -> Mapping[str, Any]:
        """The execution succeeded; its output."""
        execution = self._ended()
        self.expect("the execution succeeds", execution.status == "SUCCEEDED", execution.status)
        return execution.output if isinstance(execution.output, dict) else {}

    def fails(self, error: str) -> str:
        """The execution failed with this error; its cause."""
        execution = self._ended()
        self.expect("the execution fails", execution.status == "FAILED", execution.status)
        self.expect(f"its error is {error}", execution.error == error, execution.error)
        return execution.cause

    def _ended(self) -> Execution:
        if self.execution is None:
            raise LocalError("this scene ran no execution")
        return self.execution

    def findings_with(self, evidence: Evidence) -> tuple[Finding, ...]:
        """All that is expected, and how it is now."""
        return (*self.findings, *(finding for judge in self.judges for finding in judge(evidence)))


@dataclass(frozen=True)
class Scene:
    """``workflow`` is the one it plays with; ``expected`` says the ending in a few words.

    Scenes are played at the same time. What a scene changes for all of them, it does in ``prepare``.
    ``waits``: most of its time passes with waiting, so it is better begun early.
    """

    title: str
    workflow: str
    expected: str
    act: Callable[[Play], None]
    prepare: Callable[[Stage], None] = lambda _: None
    waits: bool = False


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
    def may_pass(self) -> bool:
        """Whether every expectation holds or may still come true."""
        return all(finding.holds or finding.may_come for finding in self.findings)

    @property
    def passed(self) -> bool:
        """Whether every expectation holds."""
        return all(finding.holds for finding in self.findings)
