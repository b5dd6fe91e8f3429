"""A definition as JSON text."""

import json
import re
from collections import Counter

from ..report.display import show
from ..report.findings import Report
from .copying import MAXIMUM_DEPTH, refuse

_STRING_OR_HOLE = re.compile(r'"(?:[^"\\]|\\.)*+"?|(\$\{[^{}"\\\n]*\})', re.DOTALL)

_YAML = re.compile(r"""\s*+(?:---|#|%YAML\b|-\s|(?:[A-Za-z][\w.-]*+|"[^"\n]*+"|'[^'\n]*+') *+:(?:\s|\Z))""")
"""How a YAML text begins, and no JSON text does."""


def parse(text: str, report: Report) -> object:
    """The document of a JSON text, or None when the report says why there is none."""
    doubles: list[tuple[dict[str, object], str]] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(items)
        if len(made) < len(items):
            counts = Counter(key for key, _ in items)
            doubles.extend((made, key) for key, count in counts.items() if count > 1)
        return made

    def constant(name: str) -> object:
        raise ValueError(f"{name} is no JSON number")

    text = text.removeprefix("\ufeff")
    holes, filled = _fill(text) if "${" in text else ([], text)
    try:
        document = json.loads(filled, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        at = error.pos - 2 * sum(start < error.pos for start in holes)
        report.add("json", "", "", *_no_json(text, at, error.msg))
        return None
    except RecursionError:
        report.add("depth", "", "", f"nested more than {MAXIMUM_DEPTH} deep", "nest less")
        return None
    except ValueError as error:
        report.add("json", "", "", str(error)[:200], "correct the number")
        return None
    if holes:
        more = f" (and {len(holes) - 1} more like it)" if len(holes) > 1 else ""
        message = f"the placeholder at {_where(text, holes[0])} stands without quotes{more}"
        message += ": no JSON until another tool fills it in"
        report.add("placeholder", "", "", message, "give the value")
    if doubles:
        _report_doubles(document, doubles, report)
    return document


def _fill(text: str) -> tuple[list[int], str]:
    """Where placeholders of another tool stand in place of a value, and the text with quotes around them.

    Samples have them where a number or an array goes; quoted, they are copied as unknown.
    """
    holes = [found.start() for found in _STRING_OR_HOLE.finditer(text) if found[1] is not None]
    return holes, _STRING_OR_HOLE.sub(
        lambda found: f'"{found[0]}"' if found[1] is not None else found[0], text
    )


def _no_json(text: str, at: int, why: str) -> tuple[str, str]:
    """Why a text is no JSON at a place, and what to do."""
    if _YAML.match(text):
        return "this is YAML, and a definition is read as JSON", "convert it to JSON first"
    fix = "correct the text there"
    if not text[at:].strip():
        fix = "the text ends too early: close what is open"
    elif text.startswith("${", at):
        fix = "fill in the placeholder first"
    return f"{why} at {_where(text, at)}", fix


def _where(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _report_doubles(document: object, doubles: list[tuple[dict[str, object], str]], report: Report) -> None:
    """Say where the keys are that stand twice; what is nested in a value that was dropped has no place."""
    wanted = {id(made) for made, _ in doubles}
    places: dict[int, tuple[object, ...]] = {}
    waiting: list[tuple[tuple[object, ...], object]] = [((), document)]
    while waiting and len(places) < len(wanted):
        keys, node = waiting.pop()
        if id(node) in wanted:
            places[id(node)] = keys
        parts = node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ())
        waiting.extend(((*keys, key), item) for key, item in parts)
    for made, key in doubles:
        keys = (*places.get(id(made), ()), key)
        message = f"the key {show(key)} stands twice in one object"
        refuse(report, "duplicate-key", keys, message, "remove one of them")
