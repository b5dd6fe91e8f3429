"""What a check has to say: findings, and the error that carries them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .rules import RULES, Severity

__all__ = ["DefinitionError", "Finding", "Report", "Severity", "strictly"]

if TYPE_CHECKING:
    _Shown = Exception
else:
    _Shown = getattr(sys.modules.get("pulumi"), "RunError", Exception)
"""Pulumi prints a RunError as it is, and any other error with a traceback; it is loaded before a program."""


class Mistake(ValueError, _Shown):
    """What the caller got wrong, an argument or a definition; the text names it.

    In a program of Pulumi, it is a RunError.
    """


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check has to say about one place of a definition.

    path: the place, such as `States.Ask.Parameters.MessageBody` or `States.Ask.Catch[0].Next`;
        empty for the definition as a whole.
    state: the name of the innermost state around the place, or empty.
    rule: the name of the rule; `python -m components.asl explain RULE` says why it is one.
    message: what is wrong, with the value.
    fix: what to do.
    """

    path: str
    state: str
    rule: str
    severity: Severity
    message: str
    fix: str

    def __str__(self) -> str:
        """One line: `state: rule: what is wrong; what to do (path)`."""
        place = f" ({self.path})" if self.path else ""
        return f"{self.state or 'definition'}: {self.rule}: {self.message}; {self.fix}{place}"


class DefinitionError(Mistake):
    """A definition that must not be deployed.

    findings: every finding that is an error, in the order of the definition.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        count = "1 error" if len(self.findings) == 1 else f"{len(self.findings)} errors"
        super().__init__("\n".join([f"the definition has {count}:", *(str(one) for one in self.findings)]))


@dataclass(slots=True)
class Report:
    """Collects findings. The severity of each comes from its rule."""

    findings: list[Finding]

    def add(self, rule: str, path: str, state: str, message: str, fix: str) -> None:
        """Add one finding. State names and keys are other people's text: line breaks in them are escaped."""
        path, state, message, fix = map(_line, (path, state, message, fix))
        self.findings.append(Finding(path, state, rule, RULES[rule].severity, message, fix))


def _line(text: str) -> str:
    if len(text) > 1000:
        text = f"{text[:1000]}…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def strictly(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings with the house's own rules as errors: see `Rule.house`."""
    return [replace(one, severity=Severity.ERROR) if RULES[one.rule].house else one for one in findings]
