"""What a scene is: something that is done to the stack, and what must be true then and afterwards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local import observe
from local.demo.faults import Faults
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
    """What comes to rest only when all scenes have been played: logs and notifications."""

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


class Play:
    """A scene while it is played: the execution it ran or the message it left, and what is expected."""

    def __init__(self, stage: Stage, workflow: str) -> None:
        self.stage = stage
        self.aws = stage.stack.aws
        self.own: Mapping[str, Any] = stage.stack.outputs["workflows"][workflow]
        """What the stack exports of the scene's workflow."""
        self.execution: Execution | None = None
        """The last one that ended."""
        self.message_id = ""
        self.findings: list[Finding] = []
        self.judges: list[Judge] = []

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

    def later(self, judge: "Judge") -> None:
        """What must be true once nothing more is on its way."""
        self.judges.append(judge)

    def findings_with(self, evidence: Evidence) -> tuple[Finding, ...]:
        """All that is expected, and how it is now."""
        return (*self.findings, *(finding for judge in self.judges for finding in judge(self, evidence)))


Judge = Callable[[Play, Evidence], Iterator[Finding]]
Act = Callable[[Play], None]


@dataclass(frozen=True)
class Scene:
    """``workflow`` is the one it plays with; ``expected`` says the ending in a few words.

    Scenes are played at the same time. What a scene changes for all of them, it does in ``prepare``.
    ``waits``: most of its time passes with waiting, so it is better begun early.
    """

    title: str
    workflow: str
    expected: str
    act: Act
    prepare: Callable[[Stage], None] = lambda _: None
    waits: bool = False


class Scenes(list[Scene]):
    """The scenes of one workflow: ``@SCENES.add(title, expected)`` makes one of what a function does."""

    def __init__(self, workflow: str) -> None:
        super().__init__()
        self._workflow = workflow

    def add(self, title: str, expected: str, **more: Any) -> Callable[[Act], Act]:
        """``more``: see :class:`Scene`."""

        def added(act: Act) -> Act:
            self.append(Scene(title, self._workflow, expected, act, **more))
            return act

        return added


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
