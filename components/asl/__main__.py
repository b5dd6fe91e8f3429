"""Checks, explains and draws definitions: `python -m components.asl`, or `python -m countersign.asl`."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from .checks.run import check_text
from .document.reading import parse
from .report.display import did_you_mean
from .report.findings import Finding, Report, Severity, strictly
from .report.rules import RULES, Rule

USAGE_ERROR = 2
_STDIN = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 when something was found, 2 when the command cannot be run."""
    options = _parser().parse_args(arguments)
    try:
        return {"check": _check, "explain": _explain, "diagram": _diagram}[options.command](options)
    except BrokenPipeError:
        sys.stderr.close()  # The reader has seen enough; Python would complain when it flushes.
        return 1


def _parser() -> argparse.ArgumentParser:
    purpose, file = "Check, explain and draw state machines.", "a definition as JSON; - reads standard input"
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description=purpose)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check definitions; one line for each finding")
    check.add_argument("files", nargs="+", metavar="FILE", help=file)
    check.add_argument("--strict", action="store_true", help="as in a component: exit 1 on warnings too")
    check.add_argument("--json", action="store_true", help="print each finding as a JSON object")
    check.add_argument("--express", action="store_true", help="the definitions are of Express workflows")
    check.add_argument(
        "--silence",
        action="append",
        default=[],
        metavar="[STATE.]RULE=REASON",
        help="leave out the findings of a rule, and say why; may be repeated",
    )
    explain = commands.add_parser("explain", help="say what a rule asks for, and why")
    explain.add_argument("rule", nargs="?", metavar="RULE", help="all of them when left out")
    diagram = commands.add_parser("diagram", help="draw a definition as Mermaid")
    diagram.add_argument("file", metavar="FILE", help=file)
    return parser


def _check(options: argparse.Namespace) -> int:
    silence = dict(_silence(entry) for entry in options.silence)
    texts = [(name, text) for name in options.files if (text := _read(name)) is not None]
    checked = [(name, check_text(text, silence=silence, express=options.express)) for name, text in texts]
    counts = dict.fromkeys(Severity, 0)
    for name, findings in _needless_once(checked):
        for one in strictly(findings) if options.strict else findings:
            counts[one.severity] += 1
            if options.json:
                fields = {"file": name, **asdict(one), "severity": one.severity.value}
                print(json.dumps(fields, ensure_ascii=False))
            else:
                print(f"{name}: {one.severity.value}: {one}")
    told = ", ".join(f"{count} {severity.value}{'s' * (count != 1)}" for severity, count in counts.items())
    print(f"{len(checked)} checked: {told}", file=sys.stderr)
    failed = counts[Severity.ERROR] or (options.strict and counts[Severity.WARNING])
    return USAGE_ERROR if len(texts) < len(options.files) else 1 if failed else 0


def _silence(entry: str) -> tuple[str, str]:
    """The key and the reason of `[STATE.]RULE=REASON`; a state's name and a reason may have `=` in them."""
    parts = entry.split("=")
    for end in range(1, len(parts)):
        key = "=".join(parts[:end]).strip()
        if key.rpartition(".")[2] in RULES:
            return key, "=".join(parts[end:])
    return parts[0].strip(), "=".join(parts[1:])


def _needless_once(checked: list[tuple[str, list[Finding]]]) -> Iterator[tuple[str, list[Finding]]]:
    """The findings, where one that silences nothing is told of with the last file, and if it does in none."""
    unused = [{one for one in findings if one.rule == "silence-unused"} for _, findings in checked]
    never = set.intersection(*unused) if unused else set()
    for index, (name, findings) in enumerate(checked, 1):
        told = never if index == len(checked) else set()
        yield name, [one for one in findings if one.rule != "silence-unused" or one in told]


def _read(name: str) -> str | None:
    try:
        return sys.stdin.read() if name == _STDIN else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        print(f"{name}: cannot be read: {reason}", file=sys.stderr)
        return None


def _explain(options: argparse.Namespace) -> int:
    name = options.rule
    if name is None:
        for rule in RULES.values():
            print(f"{_title(rule)}: {rule.what}")
        return 0
    found = RULES.get(name)
    if found is None:
        near = did_you_mean(name, RULES, 0.5)
        print(f"there is no rule {name}{near and f'; {near}'}", file=sys.stderr)
        return USAGE_ERROR
    print("\n".join(line for line in [_title(found), found.what, found.why, found.page] if line))
    return 0


def _title(rule: Rule) -> str:
    strictly = "; error in components and with --strict" if rule.house else ""
    return f"{rule.name} ({rule.severity.value}{strictly})"


def _diagram(options: argparse.Namespace) -> int:
    from .document.diagram import mermaid

    name = options.file
    text = _read(name)
    if text is None:
        return USAGE_ERROR
    errors = [one for one in check_text(text) if one.severity is Severity.ERROR]
    for one in errors:
        print(f"{name}: {one.severity.value}: {one}", file=sys.stderr)
    if not errors:
        print(mermaid(parse(text, Report([]))))  # type: ignore[arg-type] # without errors it is an object
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
