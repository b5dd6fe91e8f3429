"""Intrinsic functions of JSONPath states, such as `States.Format('Order {}', $.id)`.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from .findings import show
from .paths import Path
from .paths import parse as parse_path

MAXIMUM_DEPTH = 10
_MANY = 10_000

_ARITIES: dict[str, tuple[int, int]] = {
    "States.Array": (0, _MANY),
    "States.ArrayContains": (2, 2),
    "States.ArrayGetItem": (2, 2),
    "States.ArrayLength": (1, 1),
    "States.ArrayPartition": (2, 2),
    "States.ArrayRange": (3, 3),
    "States.ArrayUnique": (1, 1),
    "States.Base64Decode": (1, 1),
    "States.Base64Encode": (1, 1),
    "States.Format": (1, _MANY),
    "States.Hash": (2, 2),
    "States.JsonMerge": (3, 3),
    "States.JsonToString": (1, 1),
    "States.MathAdd": (2, 2),
    "States.MathRandom": (2, 3),
    "States.StringSplit": (2, 2),
    "States.StringToJson": (1, 1),
    "States.UUID": (0, 0),
}

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"(States\.[A-Za-z0-9]+)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:null|true|false)(?!\w)")
_PATH_PART = re.compile(r"[^\s,()\[\]'\"]+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\s+")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a call: the rule, what, and what to do."""

    rule: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Call:
    """A parsed call: the paths in it, or the first problem."""

    paths: tuple[Path, ...] = ()
    problem: Problem | None = None


class _Wrong(Exception):
    def __init__(self, rule: str, message: str, fix: str) -> None:
        super().__init__()
        self.problem = Problem(rule, message, fix)


def parse(text: str) -> Call:
    """Parse a whole intrinsic function."""
    return _cached(text) if len(text) <= 512 else _parse(text)


def _parse(text: str) -> Call:
    parser = _Parser(text)
    try:
        parser.call(1)
        parser.skip()
        if parser.at < len(text):
            raise parser.wrong("something stands behind the last bracket")
    except _Wrong as found:
        return Call(problem=found.problem)
    return Call(tuple(parser.paths))


_cached = lru_cache(4096)(_parse)


class _Parser:
    """Reads one call from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.paths: list[Path] = []

    def wrong(self, what: str) -> _Wrong:
        return _Wrong(
            "intrinsic", f"{show(self.text)}: {what} (at character {self.at + 1})", "correct the function"
        )

    def skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at

    def call(self, depth: int) -> None:
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
        arity = _ARITIES.get(name[1])
        if arity is None:
            near = get_close_matches(name[1], _ARITIES, 1, 0.6)
            fix = f"did you mean {near[0]}?" if near else f"use one of {', '.join(_ARITIES)}"
            raise _Wrong("intrinsic-unknown", f"there is no function {name[1][:80]}", fix)
        first, count = self._arguments(depth)
        self._check_count(name[1], arity, first, count)

    def _arguments(self, depth: int) -> tuple[str | None, int]:
        """The first argument, if it is a string, and how many there are."""
        first: str | None = None
        count = 0
        self.skip()
        if self.text.startswith(")", self.at):
            self.at += 1
            return first, count
        while True:
            self.skip()
            literal = self._argument(depth)
            first = literal if count == 0 else first
            count += 1
            self.skip()
            separator = self.text[self.at : self.at + 1]
            self.at += 1
            if separator == ")":
                return first, count
            if separator != ",":
                self.at -= 1
                raise self.wrong("a comma or a closing bracket is expected")

    def _argument(self, depth: int) -> str | None:
        text, at = self.text, self.at
        if text.startswith("States.", at):
            self.call(depth + 1)
            return None
        if text.startswith("$", at):
            self._path()
            return None
        string = _STRING.match(text, at)
        if string is not None:
            for escape in _ESCAPE.finditer(string[1]):
                if escape[1] not in "'{}\\":
                    self.at += 1 + escape.start()
                    raise self.wrong("a backslash stands before ', {, } or another one, and nothing else")
            self.at = string.end()
            return string[1]
        scalar = _SCALAR.match(text, at)
        if scalar is None:
            raise self.wrong("an argument is a path, a function, a number, null, true, false or 'a string'")
        self.at = scalar.end()
        return None

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

    def _check_count(self, name: str, arity: tuple[int, int], first: str | None, count: int) -> None:
        least, most = arity
        if not least <= count <= most:
            wanted = (
                str(least) if least == most else f"{least} or more" if most == _MANY else f"{least} to {most}"
            )
            raise _Wrong(
                "intrinsic-arguments",
                f"{name} takes {wanted} arguments, got {count}",
                "correct the arguments",
            )
        if name == "States.Format" and first is not None:
            holes = _ESCAPE.sub("", first).count("{}")
            if holes != count - 1:
                raise _Wrong(
                    "intrinsic-arguments",
                    f"States.Format has {holes} times {{}} and {count - 1} values for them",
                    "give one value for each {}",
                )
