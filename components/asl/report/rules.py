"""Every rule of the checks: its name, how grave it is, and why it is a rule. They stand in `rules.csv`.

An error is what AWS refuses, or what hangs or fails whenever the execution gets there. A warning is what
surprises. A note is what cannot be known here. Rules of the house are graver in a component than in a file:
AWS accepts what they find, this project does not.
"""

from dataclasses import dataclass
from enum import Enum

from ..tables import rows


class Severity(Enum):
    """How grave a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    chapter: where it stands in the documentation.
    name: what findings and `silence` call it.
    severity: of its findings in `check` and on the command line.
    what: what the rule asks for.
    why: what happens otherwise.
    page: where it is documented.
    house: whether `require_valid` (so every component) and `--strict` take it for an error.
    fundamental: whether the checks stop there, so that it cannot be silenced.
    """

    chapter: str
    name: str
    severity: Severity
    what: str
    why: str
    page: str
    house: bool
    fundamental: bool


def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for row in rows(__file__, "rules.csv"):
        chapter, name, severity, marks, what, why, page = row.values()
        flags = ("house" in marks.split(), "fundamental" in marks.split())
        rules[name] = Rule(chapter, name, Severity(severity), what, why, page, *flags)
    return rules


RULES = _rules()
"""Every rule by its name."""
