"""`components/asl/services/aws_shapes.zip`: what the arguments of calls may hold, from botocore's models.

Of the optimised integrations, and of the services whose SDK calls get their permissions derived: for each
`actions` (action → the shape of its arguments) and `shapes`, described in `components.asl.services.shapes`.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from re import _parser  # type: ignore[attr-defined] # nothing else looks into an expression
from typing import Any

from . import services
from .services import argument_name

_ASL = Path(__file__).parents[2] / "components" / "asl"
FILE = _ASL / "services" / "aws_shapes.zip"
KINDS = {
    "structure": "object",
    "map": "map",
    "list": "array",
    "string": "string",
    "character": "string",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "timestamp": "time",
}
"""Type in the models → what it is here; of any other (bytes, documents) nothing is said."""


def _wanted() -> dict[str, set[str]]:
    """SDK service → its actions; none named: all of them."""
    wanted: dict[str, set[str]] = {}
    with (_ASL / "services" / "optimised.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["sdk"]:
                service, action = row["sdk"].split(":")
                wanted.setdefault(service, set()).add(action)
    with (_ASL / "permissions" / "sdk.csv").open(encoding="utf-8", newline="") as file:
        wanted.update({row["integration"].split(":")[0]: set() for row in csv.DictReader(file)})
    return wanted


def _data() -> Iterator[tuple[str, dict[str, Any]]]:
    wanted = _wanted()
    for name, _, model in services.models():
        if name in wanted:
            yield name, _service(model, wanted[name])


def _service(model: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    actions: dict[str, str] = {}
    for name, operation in sorted(model["operations"].items()):
        action = name[0].lower() + name[1:]
        if "input" in operation and (not wanted or action in wanted):
            actions[action] = operation["input"]["shape"]
    shapes: dict[str, Any] = {}
    waiting = list(actions.values())
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name], parts = _shape(model["shapes"][name])
            waiting.extend(parts)
    return {"actions": actions, "shapes": shapes}


def _shape(shape: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A shape as it is stored, and the names of those in it."""
    kind = "any" if shape.get("jsonvalue") or shape.get("document") else KINDS.get(shape["type"], "any")
    made: dict[str, Any] = {"kind": kind}
    if kind == "any":
        return made, []
    made |= {limit: shape[limit] for limit in ("min", "max") if limit in shape}
    if "enum" in shape:
        made["values"] = shape["enum"]
    elif _is_harmless(shape.get("pattern", "")):
        made["pattern"] = shape["pattern"]
    if kind == "object":
        members = shape["members"]
        made["members"] = {argument_name(name): member["shape"] for name, member in members.items()}
        required = [name for name in shape.get("required", ()) if not members[name].get("idempotencyToken")]
        if required:
            made["required"] = [argument_name(name) for name in required]
        return made, list(made["members"].values())
    if kind in ("array", "map"):
        made["of"] = shape["member" if kind == "array" else "value"]["shape"]
        return made, [made["of"]]
    return made, []


def _is_harmless(pattern: str) -> bool:
    """Whether a pattern is one that Python understands too, and that no text keeps busy for long."""
    try:
        parsed = _parser.parse(pattern)
    except re.error:
        return False
    return bool(pattern) and _repeats(parsed) <= 2


def _repeats(node: Any) -> int:
    """How many repetitions can grow long, where one within another counts as too many."""
    count = 0
    for name, given in node:
        parts = [given] if isinstance(given, _parser.SubPattern) else []
        if name in (_parser.MAX_REPEAT, _parser.MIN_REPEAT):
            inside = _repeats(given[2])
            long = given[1] == _parser.MAXREPEAT or given[1] > 8
            count += 9 if inside and given[1] != 1 else inside + long
        elif name is _parser.SUBPATTERN:
            parts = [given[-1]]
        elif name is _parser.BRANCH:
            parts = given[1]
        elif name in (_parser.ASSERT, _parser.ASSERT_NOT):
            parts = [given[1]]
        count += sum(map(_repeats, parts))
    return count


def content() -> bytes:
    """The archive, the same for the same data."""
    return services.archive(dict(_data()))


read = services.read
