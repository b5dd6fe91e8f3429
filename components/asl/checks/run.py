"""The checks as others call them: of a definition, of a definition that must be right, of a text."""

from collections.abc import Mapping
from typing import Any

from ..document.definition import Definition
from ..document.reading import parse
from ..report.display import show
from ..report.findings import DefinitionError, Finding, Report, Severity, strictly
from ..report.rules import RULES
from . import machine
from .scope import Shared


def check(
    definition: Mapping[str, Any] | Definition,
    *,
    silence: Mapping[str, str] | None = None,
    express: bool = False,
) -> list[Finding]:
    """Every finding about a definition, in its order.

    definition: a state machine as a dict whose leaves may be Pulumi Outputs; they are never looked into.
    silence: rule, or `state name.rule`, to the reason why its findings are not wanted.
    express: whether the machine is an Express workflow, which has neither callbacks nor `.sync`.

    Never raises on a definition, whatever it is.
    """
    report = Report([])
    try:
        copied = Definition.of(definition)
        report.findings += copied.problems
        if not copied.problems:
            jsonata = copied.tree.get("QueryLanguage") == "JSONata"
            machine.definition(Shared(report, jsonata, express), copied.tree)
    except RecursionError:  # The caller has used up the stack: this is too deep for what is left of it.
        report.add("depth", "", "", "nested too deep for the stack that is left", "nest less")
    return _silenced(report.findings, silence or {})


def require_valid(
    definition: Mapping[str, Any] | Definition, *, silence: Mapping[str, str] | None = None
) -> list[Finding]:
    """Refuse a definition that has an error, the rules of the house included.

    Returns what is left: warnings and notes. Raises DefinitionError with every error.
    """
    findings = strictly(check(definition, silence=silence))
    errors = [one for one in findings if one.severity is Severity.ERROR]
    if errors:
        raise DefinitionError(errors)
    return findings


def check_text(
    text: str, *, silence: Mapping[str, str] | None = None, express: bool = False
) -> list[Finding]:
    """Every finding about a definition given as JSON text, and about the text itself."""
    report = Report([])
    document = parse(text, report)
    if any(RULES[one.rule].fundamental for one in report.findings):
        return report.findings
    found = check(document, express=express)  # type: ignore[arg-type] # it checks the type itself
    return _silenced([*report.findings, *found], silence or {})


def _silenced(findings: list[Finding], silence: Mapping[str, str]) -> list[Finding]:
    if not silence:
        return findings
    report = Report([])
    known: list[str] = []
    for key, reason in silence.items():
        rule = RULES.get(key.rpartition(".")[2]) if isinstance(key, str) else None
        if rule is None or rule.fundamental:
            message = f"{show(key)} is no rule that can be silenced"
            report.add("silence", "", "", message, "see `explain` for the names")
        elif not isinstance(reason, str) or not reason.strip():
            message = f"{show(key)} is silenced without a reason"
            report.add("silence", "", "", message, "give the reason as the value")
        else:
            known.append(key)
    used = [{one.rule, f"{one.state}.{one.rule}"}.intersection(known) for one in findings]
    for key in known:
        if not any(key in keys for keys in used):
            report.add("silence-unused", "", "", f"{show(key)} silences nothing", "remove it")
    return [*(one for one, keys in zip(findings, used, strict=True) if not keys), *report.findings]
