"""Intrinsic functions of JSONPath states, such as `States.Format('Order {}', $.id)`.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ..report.values import did_you_mean, show
from . import intrinsic_types as types
from .intrinsic_types import FUNCTIONS, Value
from .paths import Path
from .paths import parse as parse_path

MAXIMUM_DEPTH = 10
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"(States\.[A-Za-z0-9]+)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:null|true|false)(?!\w)")
_PATH_PART = re.compile(r"[^\s,()\[\]'\"]+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\s+")


_UNKNOWN = Value(types.ANY)
_LITERALS = {
    "null": Value(types.NULL, literal=True),
    "true": Value(types.BOOLEAN, value=True, literal=True),
    "false": Value(types.BOOLEAN, value=False, literal=True),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a call: the rule, what, and what to do."""

    rule: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A parsed call, or the first problem.

    name: the outermost function.
    paths: the paths in it.
    kept: those of them whose values can be read from the result: not from a hash or a count.
    """

    name: str = ""
    paths: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    problem: Problem | None = None


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 10**15 else value


class _Wrong(Exception):
    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__()
        self.problem = Problem(rule, message, fix)


def parse(text: str) -> Intrinsic:
    """Parse a whole intrinsic function."""
    return _cached(text) if len(text) <= 512 else _parse(text)


def _parse(text: str) -> Intrinsic:
    parser = _Parser(text)
    try:
        name = parser.call(1)
        parser.skip()
        if parser.at < len(text):
            raise parser.wrong("something stands behind the last bracket")
    except _Wrong as found:
        return Intrinsic(problem=found.problem)
    return Intrinsic(name, tuple(parser.paths), tuple(parser.kept))


_cached = lru_cache(4096)(_parse)


class _Parser:
    """Reads one call from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.paths: list[Path] = []
        self.kept: list[Path] = []
        self.lossy = 0

    def wrong(self, what: str) -> _Wrong:
        return _Wrong(
            "intrinsic", f"{show(self.text)}: {what} (at character {self.at + 1})", "correct the function"
        )

    def skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at

    def call(self, depth: int) -> str:
        """Read a call; the name of the function."""
        if depth > MAXIMUM_DEPTH:
            raise _Wrong(
                "intrinsic-depth",
                f"functions are nested more than {MAXIMUM_DEPTH} deep",
                "compute a part of it in a Pass before",
            )
        name = _NAME.match(self.text, self.at)
        if name is None:
            raise self.wrong("a function's name and a bracket are expected")
        self.at = name.end()
        function = FUNCTIONS.get(name[1])
        if function is None:
            fix = did_you_mean(name[1], FUNCTIONS, 0.6) or f"use one of {', '.join(FUNCTIONS)}"
            raise _Wrong("intrinsic-unknown", f"there is no function {name[1][:80]}", fix)
        self.lossy += function.lossy
        given = self._arguments(depth)
        self.lossy -= function.lossy
        self._check(name[1], function, given)
        return name[1]

    def _arguments(self, depth: int) -> list[Value]:
        given: list[Value] = []
        self.skip()
        if self.text.startswith(")", self.at):
            self.at += 1
            return given
        while True:
            self.skip()
            given.append(self._argument(depth))
            self.skip()
            separator = self.text[self.at : self.at + 1]
            self.at += 1
            if separator == ")":
                return given
            if separator != ",":
                self.at -= 1
                raise self.wrong("a comma or a closing bracket is expected")

    def _argument(self, depth: int) -> Value:
        text, at = self.text, self.at
        if text.startswith("States.", at):
            return Value(FUNCTIONS[self.call(depth + 1)].gives)
        if text.startswith("$", at):
            self._path()
            return _UNKNOWN
        string = _STRING.match(text, at)
        if string is not None:
            for escape in _ESCAPE.finditer(string[1]):
                if escape[1] not in "'{}\\":
                    self.at += 1 + escape.start()
                    raise self.wrong("a backslash stands before ', {, } or another one, and nothing else")
            self.at = string.end()
            return Value(types.STRING, string[1], literal=True)
        scalar = _SCALAR.match(text, at)
        if scalar is None:
            raise self.wrong("an argument is a path, a function, a number, null, true, false or 'a string'")
        self.at = scalar.end()
        return _LITERALS.get(scalar[0]) or Value(types.NUMBER, _number(scalar[0]), literal=True)

    def _path(self) -> None:
        start = self.at
        depth = 0
        while self.at < len(self.text):
            part = _PATH_PART.match(self.text, self.at)
            piece = part[0] if part is not None else self.text[self.at]
            if depth == 0 and (piece in ",)" or piece.isspace()):
                break
            depth += (piece in "([") - (piece in ")]")
            self.at += len(piece)
        found = self.text[start : self.at]
        parsed = parse_path(found)
        if parsed is None:
            self.at = start
            raise self.wrong(f"{show(found)} is no path")
        self.paths.append(parsed)
        if not self.lossy:
            self.kept.append(parsed)

    def _check(self, name: str, function: types.Function, given: list[Value]) -> None:
        least, most, count = function.least, function.most, len(given)
        problem = ""
        if not least <= count <= most:
            wanted = (
                str(least)
                if least == most
                else f"{least} or more"
                if most == types.MANY
                else f"{least} to {most}"
            )
            problem = f"{name} takes {wanted} arguments, got {count}"
        elif name == "States.Format" and given[0].literal and given[0].kind == types.STRING:
            holes = _ESCAPE.sub("", given[0].value).count("{}")
            if holes != count - 1:
                problem = f"States.Format has {holes} times {{}} and {count - 1} values for them"
                raise _Wrong("intrinsic-arguments", problem, "give one value for each {}")
        problem = problem or types.problem(name, given)
        if problem:
            raise _Wrong("intrinsic-arguments", problem, "correct the arguments")
