"""What a scene is: something that is done to the stack, and what must be true afterwards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    """Everything that can be read from the stack once all scenes have been played."""

    stage: Stage
    logs: Sequence[LogLine]
    notices: Sequence[Message]

    def notices_about(self, execution: Execution) -> list[Message]:
        """The notifications that name an execution."""
        return [notice for notice in self.notices if execution.arn in notice.body]


@dataclass(frozen=True)
class Played:
    """What a scene did: the execution it ran, or the message it left, and where."""

    execution: Execution | None = None
    message_id: str = ""
    queue_url: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One expectation and what was found."""

    what: str
    holds: bool
    found: str = ""
    may_come: bool = False
    """Whether it is about logs, mails or queues, in which it may still come: how an execution ended stays."""


Act = Callable[[Stage], Played]
Judge = Callable[[Played, Evidence], Iterator[Finding]]


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
    judge: Judge
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
