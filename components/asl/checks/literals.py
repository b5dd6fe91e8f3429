"""What is written out in an argument: whether the API takes its type, its length and its value."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..report.display import Unknown, did_you_mean, show
from ..services import integrations, shapes
from ..services.shapes import Shape
from .scope import Site

_KINDS: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "object": ("an object", dict),
    "map": ("an object", dict),
    "array": ("an array", list),
    "string": ("a string", str),
    "integer": ("an integer", int),
    "number": ("a number", (int, float)),
    "boolean": ("true or false", bool),
    "time": ("a time", (str, int, float)),
}
_AS_TEXT = {
    "integer": re.compile(r"-?\d{1,19}"),
    "number": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "boolean": re.compile("true|false"),
}
"""Numbers and flags in quotes, of which AWS makes what they say."""
_MESSAGES = frozenset({"Detail", "Input", "Message", "MessageBody", "Output"})
"""Strings in which an object is sent as JSON."""
_NAMES = ("Arn", "Id", "Key", "Name", "Type", "Url")
_LONGEST_MATCHED = 256


def check(site: Site, field: str, integration: integrations.Integration, given: Mapping[str, Any]) -> None:
    """Check what is written out in the arguments of an integration; their names are checked elsewhere."""
    call = shapes.call(f"{integration.service}:{integration.action}", integration.sdk)
    if call is None or call.arguments.keys().isdisjoint(given):
        return
    literals = _Literals(site, call.shapes, optimised=integration.kind == "optimized")
    for name, value in given.items():
        if name in call.arguments:
            literals.check(f"{field}.{name}", call.arguments[name], value)


class _Literals(NamedTuple):
    """Checks the literals in the arguments of one call."""

    site: Site
    shapes: Mapping[str, Shape]
    optimised: bool

    def check(self, at: str, name: str, value: Any) -> None:
        shape = self.shapes[name]
        kind = shape["kind"]
        if kind == "any" or value is None or isinstance(value, Unknown):
            return
        if isinstance(value, str):
            if "${" in value or value.startswith(("$", "{%", "States.")):
                return  # It says something else in the end, or something is said of it elsewhere.
            if kind in _AS_TEXT and _AS_TEXT[kind].fullmatch(value):
                return
        wanted, types = _KINDS[kind]
        typed = isinstance(value, types) and (kind == "boolean" or not isinstance(value, bool))
        if not typed:
            if not self._converted(at, shape, value):
                self.site.must("argument-type", at, wanted, value)
            return
        self._size(at, shape, value)
        if isinstance(value, str):
            self._text(at, shape, value)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.check(f"{at}[{index}]", shape["of"], item)
        elif kind == "map" and "of" in shape:
            for key, item in value.items():
                if not key.endswith(".$"):
                    self.check(f"{at}.{key}", shape["of"], item)
        elif kind == "object":
            self._object(at, shape, value)

    def _converted(self, at: str, shape: Shape, value: Any) -> bool:
        """Whether AWS makes of a value what belongs there: published samples rely on it."""
        if shape["kind"] == "object":
            return isinstance(value, str) and "S" in shape["members"]  # The text of a DynamoDB attribute.
        if shape["kind"] != "string" or not isinstance(value, dict | list):
            return False
        # An object becomes JSON, where that is a text that the receiver could read as such.
        name = at.rpartition(".")[2]
        plain = not self.optimised and "values" not in shape and not name.endswith(_NAMES)
        return plain or name in _MESSAGES

    def _size(self, at: str, shape: Shape, value: Any) -> None:
        least, most = shape.get("min"), shape.get("max")
        if least is None and most is None:
            return
        what, size = "", value
        if isinstance(value, (str, list, dict)):
            what, size = ("characters" if isinstance(value, str) else "items"), len(value)
        if (least is None or size >= least) and (most is None or size <= most):
            return
        span = f"at least {least}" if most is None else f"{least} to {most}"
        if least is None:
            span = f"at most {most}"
        told = f"must have {span} {what}, got {size}" if what else f"must be {span}, got {show(size)}"
        self.site.add("argument-limit", at, told, "keep to the limit of the API")

    def _text(self, at: str, shape: Shape, value: str) -> None:
        values, pattern = shape.get("values"), shape.get("pattern")
        if values and value not in values:
            listed = ", ".join(values[:12]) + (", …" if len(values) > 12 else "")
            self.site.must("argument-value", at, f"one of {listed}", value, did_you_mean(value, values, 0.7))
        elif pattern and len(value) <= _LONGEST_MATCHED and not re.fullmatch(pattern, value):
            self.site.must("argument-value", at, f"like {pattern}", value, "correct it")

    def _object(self, at: str, shape: Shape, value: dict[str, Any]) -> None:
        # AWS takes nested names that begin with a small letter, and acronyms in more than one spelling.
        members = {name.lower(): shape for name, shape in shape["members"].items()}
        given = {key.removesuffix(".$").lower() for key in value}
        if any("${" in name for name in given):
            return
        for name in shape.get("required", ()):
            if name.lower() not in given:
                self.site.add("argument-missing", at, f"{name} is needed here", f"give {name}")
        for key, item in value.items():
            name = key.removesuffix(".$")
            if name.lower() not in members:
                message = f"there is no argument {show(name)} here"
                fix = did_you_mean(name, shape["members"], 0.7) or "see the API's own page"
                self.site.add("argument-unknown", f"{at}.{key}", message, fix)
            elif name == key:
                self.check(f"{at}.{key}", members[name.lower()], item)
