"""What the arguments of a call may hold.

`aws_shapes.zip` is generated from botocore's service models (`tools/generate/shapes.py`), for the optimised
integrations and the services whose calls get their permissions derived.
`argument_limits.csv` has what only pages say.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, TypedDict

from ..tables import rows
from . import archives


class Shape(TypedDict, total=False):
    """What one argument, or a part of it, may hold.

    kind: object, map, array, string, integer, number, boolean, time, or any.
    min, max: how many characters or items it has, or how large the number is.
    values: those that a string may be. pattern: what a string matches.
    members: an object's members → their shapes' names. required: those it cannot do without.
    of: the name of the shape of an array's items, or of a map's values.
    """

    kind: str
    min: int
    max: int
    values: list[str]
    pattern: str
    members: dict[str, str]
    required: list[str]
    of: str


class Call(NamedTuple):
    """The arguments of a call → their shapes' names, and every shape by its name."""

    arguments: Mapping[str, str]
    shapes: Mapping[str, Shape]


@cache
def call(name: str, sdk: str | None) -> Call | None:
    """What a call takes, by its name and the SDK integration with the same arguments; None if unknown."""
    service, _, action = (sdk or ":").partition(":")
    data = archives.read("aws_shapes.zip", service)
    arguments: dict[str, str] = {}
    shapes: dict[str, Shape] = {}
    if data is not None and action in data["actions"]:
        shapes = dict(data["shapes"])
        arguments = dict(shapes[data["actions"][action]]["members"])
    for argument, shape in _limits().get(name, {}).items():
        arguments[argument] = f"{name} {argument}"
        shapes[arguments[argument]] = shape
    return Call(arguments, shapes) if arguments else None


@cache
def _limits() -> dict[str, dict[str, Shape]]:
    """Call → argument → its shape."""
    found: dict[str, dict[str, Shape]] = {}
    for row in rows(__file__, "argument_limits.csv"):
        name, argument = row["argument"].split()
        shape = Shape(kind=row["kind"], values=row["values"].split())
        if row["min"]:
            shape |= {"min": int(row["min"]), "max": int(row["max"])}
        found.setdefault(name, {})[argument] = shape
    return found
