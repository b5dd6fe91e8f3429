"""What a check has to say: findings, and the error that carries them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from json import dumps
from typing import Any, TypeAlias

from .rules import RULES, Severity

__all__ = ["DefinitionError", "Finding", "Mistake", "Report", "Severity", "Unknown", "show"]

_SHOWN_CHARACTERS = 80


class Unknown(Enum):
    """A leaf whose value is decided later: by Pulumi (an Output), or by another tool (its placeholder)."""

    OUTPUT = "unknown until deployed"
    PLACEHOLDER = "filled in by another tool"


Plain: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | Unknown | None
"""A definition once copied: a bounded tree of JSON values, where a leaf may be unknown."""


def show(value: object) -> str:
    """Say a value in a message: as JSON, cut short; never looks into what is not JSON."""
    if isinstance(value, Unknown):
        return f"<{value.value}>"
    if isinstance(value, dict):
        return f"an object with {len(value)} fields"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, str):
        text = dumps(value[:_SHOWN_CHARACTERS], ensure_ascii=False)
        return text if len(value) <= _SHOWN_CHARACTERS else f"{text[:-1]}…" + '"'
    if value is None or isinstance(value, bool | int | float):
        return _number(value)
    return f"a Python {type(value).__name__}"


def _number(value: float | bool | None) -> str:
    # An int of a million digits takes seconds to print, and Python refuses beyond 4,300.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    return dumps(value)


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


class Mistake(ValueError):
    """What the caller got wrong, an argument or a definition; the text names it."""


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
        severity = RULES[rule].severity
        lines = (_line(text) for text in (path, state, rule))
        place, name, rule = lines
        self.findings.append(Finding(place, name, rule, severity, _line(message), _line(fix)))


def _line(text: str) -> str:
    if len(text) > 1000:
        text = f"{text[:1000]}…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def strictly(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings with the house's own rules as errors: see `Rule.house`."""
    return [replace(one, severity=Severity.ERROR) if RULES[one.rule].house else one for one in findings]
