"""The tokens of a JSONata expression."""

import re

END = "end"

_ELSEWHERE = {"==": "=", "===": "=", "!==": "!=", "&&": "and", "||": "or"}
"""Operators of other languages: what JSONata has instead."""

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|/\*(?:[^*]|\*(?!/))*\*/)
    | (?P<number>(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`[^`]*`)
    | (?P<operator>\.\.|:=|!=|<=|>=|\*\*|~>|[.\[\]{}(),@\#;:?+\-*/%|=<>^&])
    | (?P<variable>\$[^\s.\[\]{}(),@\#;:?+\-*/%|=<>^&!~"'`]*)
    | (?P<name>[^\s.\[\]{}(),@\#;:?+\-*/%|=<>^&!~"'`$][^\s.\[\]{}(),@\#;:?+\-*/%|=<>^&!~"'`]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX_PART = re.compile(r"[^/\\()\[\]{}]+|\\.|.", re.DOTALL)
_FLAGS = re.compile(r"[im]*")
_SIGNATURE = re.compile(r"[^{]*>\s*")


class Wrong(Exception):
    """What is wrong with the expression."""


class Tokens:
    """Reads an expression token by token: `kind` and `value` are the current one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.start = 0
        self.kind = self.value = ""

    def wrong(self, what: str) -> Wrong:
        return Wrong(f"{what} (at character {self.start + 1} of the expression)")

    def advance(self, *, infix: bool) -> None:
        """Read the next token. After an operand a slash divides; elsewhere it starts a regular expression."""
        while True:
            self.start = self.at
            if self.at >= len(self.text):
                self.kind, self.value = END, "the end"
                return
            if not infix and self.text.startswith("/", self.at) and not self.text.startswith("/*", self.at):
                self._regex()
                return
            token = _TOKEN.match(self.text, self.at)
            if token is None:
                part = self.text[self.at : self.at + 10]
                hint = ": for not, write $not(…)" if part.startswith("!") else ""
                raise self.wrong(f"{part!r} is not understood{hint}")
            self.at = token.end()
            if token.lastgroup != "space":
                self.kind, self.value = token.lastgroup or "", token[0]
                return

    def _regex(self) -> None:
        """Read a regular expression; a slash inside brackets does not end it."""
        depth = 0
        for part in _REGEX_PART.finditer(self.text, self.at + 1):
            piece = part[0]
            depth += (piece in "([{") - (piece in ")]}")
            if piece == "/" and depth == 0 and part.start() > self.at + 1:
                flags = _FLAGS.match(self.text, part.end())
                self.at = flags.end() if flags else part.end()
                self.kind, self.value = "regex", self.text[self.start : self.at]
                return
        raise self.wrong("the regular expression has no end")

    def unexpected(self) -> Wrong:
        """What is wrong with the current token, where it has no place."""
        for length in (3, 2):
            # The second sign of two is the one that has no place.
            for start in (self.start, self.start - 1, self.start - 2):
                sign = self.text[max(start, 0) : max(start, 0) + length]
                if sign in _ELSEWHERE:
                    return self.wrong(f"{sign} is not understood: write {_ELSEWHERE[sign]}")
        return self.wrong(f"{self.value[:40]} is not expected here")

    def expect(self, operator: str, *, infix: bool) -> None:
        if not self.is_operator(operator):
            raise self.wrong(f"{operator} is expected, not {self.value[:40]}")
        self.advance(infix=infix)

    def is_operator(self, *operators: str) -> bool:
        return self.kind == "operator" and self.value in operators

    def skip_signature(self) -> None:
        """Leave out the signature of a function, of which the first bracket is the current token."""
        signature = _SIGNATURE.match(self.text, self.at)
        if signature is None:
            raise self.wrong("the function's signature has no end")
        self.at = signature.end()
        self.advance(infix=False)

    def mark(self) -> tuple[int, int, str, str]:
        """Where the reading is, for `reset`."""
        return self.at, self.start, self.kind, self.value

    def reset(self, mark: tuple[int, int, str, str]) -> None:
        """Go back to a mark."""
        self.at, self.start, self.kind, self.value = mark
