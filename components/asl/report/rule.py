"""What a rule is."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How grave a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    name: what findings and `silence` call it.
    severity: of its findings in `check` and on the command line.
    what: what the rule asks for.
    why: what happens otherwise.
    page: where it is documented.
    house: whether `require_valid` (so every component) and `--strict` take it for an error.
    fundamental: whether the checks stop there, so that it cannot be silenced.
    """

    name: str
    severity: Severity
    what: str
    why: str
    page: str = ""
    house: bool = False
    fundamental: bool = False


GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/"
SPECIFICATION = "https://states-language.net/#"
DIAGNOSTICS = (
    "https://docs.aws.amazon.com/step-functions/latest/apireference/"
    "API_ValidateStateMachineDefinitionDiagnostic.html"
)
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
