"""Intrinsic functions of JSONPath states, such as `States.Format('Order {}', $.id)`: what they take and give.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..report.display import did_you_mean, show
from ..tables import rows
from .paths import PLACEHOLDER, Path
from .paths import parse as parse_path

MAXIMUM_DEPTH = 10
_MANY = 10_000
_LONGEST_WORD = 500

ANY, BOOLEAN, NULL, NUMBER, STRING = "any", "a boolean", "null", "a number", "a string"
_NAME = re.compile(r"(States\.[A-Za-z0-9]+)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:null|true|false)(?!\w)")
_PATH_PART = re.compile(r"[^\s,()\[\]'\"]+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\s+")


class Value(NamedTuple):
    """An argument: its type, and what it is where it is a literal (with `literal`) or a path."""

    kind: str
    value: Any = None
    literal: bool = False


class Function(NamedTuple):
    """One function, a row of `intrinsics.csv`.

    takes: the types of its arguments, and behind a colon the values that they have.
    optional: how many of the last need not be there.
    more: whether the last stands for any number of them.
    lossy: whether what it is given cannot be read from what it gives.
    text: whether it may stand where a text is wanted:
        https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
    """

    gives: str
    takes: tuple[str, ...]
    optional: int
    more: bool
    lossy: bool
    text: bool


def _functions() -> Iterator[tuple[str, Function]]:
    for row in rows(__file__, "intrinsics.csv"):
        takes, marks = tuple(filter(None, row["takes"].split("; "))), row["marks"].split()
        flags = ("more" in marks, "lossy" in marks, "text" in marks)
        yield row["function"], Function(row["gives"], takes, int(row["optional"]), *flags)


FUNCTIONS: Final = dict(_functions())

_WORDS = {"null": (NULL, None), "true": (BOOLEAN, True), "false": (BOOLEAN, False)}


class _Wrong(Exception):
    """The first problem of a call: the rule, what is wrong, and what to do."""


class Intrinsic(NamedTuple):
    """A parsed call, or its first problem: the rule, what is wrong, and what to do.

    name: the outermost function.
    paths: the paths in it.
    kept: those of them whose values can be read from the result: not from a hash or a count.
    behind: those that States.Format puts into a text, each with the word of it that it continues.
    """

    name: str = ""
    paths: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    behind: tuple[tuple[str, Path], ...] = ()
    problem: tuple[str, str, str] | None = None


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
        return Intrinsic(problem=found.args)
    return Intrinsic(name, tuple(parser.paths), tuple(parser.kept), tuple(parser.behind))


_cached = lru_cache(4096)(_parse)


class _Parser:
    """Reads one call from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.paths: list[Path] = []
        self.kept: list[Path] = []
        self.behind: list[tuple[str, Path]] = []
        self.lossy = 0

    def wrong(self, what: str) -> _Wrong:
        problem = f"{show(self.text)}: {what} (at character {self.at + 1})"
        return _Wrong("intrinsic", problem, "correct the function")

    def skip(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _take(self, sign: str) -> bool:
        """Read a sign and the space around it, if it stands there."""
        self.skip()
        found = self.text.startswith(sign, self.at)
        self.at += found * len(sign)
        self.skip()
        return found

    def call(self, depth: int) -> str:
        """Read a call; the name of the function."""
        if depth > MAXIMUM_DEPTH:
            problem = f"functions are nested more than {MAXIMUM_DEPTH} deep"
            raise _Wrong("intrinsic-depth", problem, "compute a part of it in a Pass before")
        name = _NAME.match(self.text, self.at)
        if name is None:
            raise self.wrong("a function's name and a bracket are expected")
        self.at = name.end()
        function = FUNCTIONS.get(name[1])
        if function is None:
            fix = did_you_mean(name[1], FUNCTIONS, 0.6) or f"use one of {', '.join(FUNCTIONS)}"
            raise _Wrong("intrinsic-unknown", f"there is no function {name[1][:80]}", fix)
        self.lossy += function.lossy
        given: list[Value] = []
        while not self._take(")"):
            if given and not self._take(","):
                raise self.wrong("a comma or a closing bracket is expected")
            given.append(self._argument(depth))
        self.lossy -= function.lossy
        self._check(name[1], function, given)
        return name[1]

    def _argument(self, depth: int) -> Value:
        text, at = self.text, self.at
        if text.startswith("States.", at):
            return Value(FUNCTIONS[self.call(depth + 1)].gives)
        placeholder = PLACEHOLDER.match(text, at)
        if placeholder is not None and text[placeholder.end() : placeholder.end() + 1] not in (".", "["):
            self.at = placeholder.end()
            # It may be the context object, and so the token.
            self.kept.append(Path("$$", (), reference=True))
            return Value(ANY)
        if text.startswith("$", at):
            return Value(ANY, self._path())
        string = _STRING.match(text, at)
        if string is not None:
            for escape in _ESCAPE.finditer(string[1]):
                if escape[1] not in "'{}\\":
                    self.at += 1 + escape.start()
                    raise self.wrong("a backslash stands before ', {, } or another one, and nothing else")
            self.at = string.end()
            return Value(STRING, string[1], literal=True)
        scalar = _SCALAR.match(text, at)
        if scalar is None:
            raise self.wrong("an argument is a path, a function, a number, null, true, false or 'a string'")
        self.at = scalar.end()
        if scalar[0] in _WORDS:
            return Value(*_WORDS[scalar[0]], literal=True)
        number = float(scalar[0])
        whole = number.is_integer() and abs(number) < 10**15
        return Value(NUMBER, int(number) if whole else number, literal=True)

    def _path(self) -> Path:
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
        return parsed

    def _check(self, name: str, function: Function, given: list[Value]) -> None:
        count, most = len(given), _MANY if function.more else len(function.takes)
        least = len(function.takes) - function.optional
        problem = _mistyped(name, function, given)
        if not least <= count <= most:
            more = f"{least} or more" if most == _MANY else f"{least} to {most}"
            problem = f"{name} takes {least if least == most else more} arguments, got {count}"
        elif name == "States.Format" and given[0].literal and given[0].kind == STRING:
            holes = _ESCAPE.sub("", given[0].value).count("{}")
            if holes != count - 1:
                problem = f"States.Format has {holes} times {{}} and {count - 1} values for them"
                raise _Wrong("intrinsic-arguments", problem, "give one value for each {}")
            word = ""
            for piece, value in zip(given[0].value.split("{}"), given[1:], strict=False):
                word = f"{word}{piece}"[-_LONGEST_WORD:].rpartition(" ")[2]
                if isinstance(value.value, Path):
                    self.behind.append((word, value.value))
        if problem:
            raise _Wrong("intrinsic-arguments", problem, "correct the arguments")


def _mistyped(name: str, function: Function, given: list[Value]) -> str:
    """Which argument is of a type that the function does not take, or nothing."""
    for index, value in enumerate(given):
        takes = function.takes[min(index, len(function.takes) - 1)] if function.takes else ANY
        wanted, _, values = takes.partition(": ")
        mistyped = ANY not in (wanted, value.kind) and wanted != value.kind
        if mistyped or (value.literal and values and show(value.value).strip('"') not in values.split()):
            got = show(value.value) if value.literal else value.kind
            return f"argument {index + 1} of {name} must be {takes}, got {got}"
    return ""
