"""JSONata as far as it can be checked without data: its syntax, and the names an expression uses.

The grammar is that of https://docs.jsonata.org; Step Functions adds functions and takes `$eval` away
(https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from .jsonata_tokens import END, Tokens, Wrong

_MAXIMUM_DEPTH = 60
_FUNCTIONS = frozenset({
    "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil",
    "clone", "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each",
    "encodeUrl", "encodeUrlComponent", "error", "exists", "filter", "floor", "formatBase",
    "formatInteger", "formatNumber", "fromMillis", "join", "keys", "length", "lookup", "lowercase",
    "map", "match", "max", "merge", "millis", "min", "not", "now", "number", "pad", "parseInteger",
    "power", "reduce", "replace", "reverse", "round", "shuffle", "sift", "single", "sort", "split",
    "spread", "sqrt", "string", "substring", "substringAfter", "substringBefore", "sum", "toMillis",
    "trim", "type", "uppercase", "values", "zip", "random", "partition", "range", "hash", "uuid",
    "parse",
})  # fmt: skip
"""Of JSONata, without eval; and those of Step Functions: partition, range, hash, uuid, parse, random."""

_LITERALS = frozenset({"true", "false", "null"})
_ROOTING = frozenset({".", "[", "{", "^"})
"""Operators behind which names are looked up in what stands before them."""

_POWERS = {
    ".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80,
    "*": 60, "/": 60, "%": 60, "+": 50, "-": 50, "&": 50,
    "=": 40, "!=": 40, "<": 40, "<=": 40, ">": 40, ">=": 40, "in": 40, "~>": 40, "^": 40,
    "and": 30, "or": 25, "?": 20, ":=": 10,
}  # fmt: skip
"""How tightly an operator binds what stands before it."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What is known of an expression.

    problem: why it is no expression, if so; then the rest is empty.
    unrooted: a `$`, `$$` or bare name where no data is the context, or empty.
    states: each use of `$states`, as the names that follow it.
    variables: other variables it does not bind itself.
    functions: functions it calls that neither JSONata nor it has.
    """

    problem: str | None = None
    unrooted: str = ""
    states: tuple[tuple[str, ...], ...] = ()
    variables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


def parse(text: str) -> Expression:
    """Parse what stands between `{%` and `%}`."""
    return _cached(text) if len(text) <= 2048 else _parse(text)


def _parse(text: str) -> Expression:
    parser = _Parser(text)
    try:
        parser.whole()
    except Wrong as found:
        return Expression(problem=str(found))
    free = [name for name in parser.used if name not in parser.bound]
    return Expression(
        unrooted=parser.unrooted,
        states=tuple(parser.states),
        variables=tuple(name for name in dict.fromkeys(free) if name not in _FUNCTIONS),
        functions=tuple(
            name for name in dict.fromkeys(parser.called) if name not in parser.bound | _FUNCTIONS
        ),
    )


_cached = lru_cache(2048)(_parse)


@lru_cache(2048)
def beginning(text: str) -> tuple[str, bool] | None:
    """The string that what stands between `{%` and `%}` certainly begins with, and whether that is all of it.

    None: nothing is certain. Only a string, and a string with whatever `&` adds to it, are: `&` binds tighter
    than `?`, `=` or `~>`, behind which the value may be another one.
    """
    parser = _Parser(text)
    try:
        parser.advance(infix=False)
        literal = parser.value
        if parser.kind != "string" or "\\" in literal:
            return None
        parser.advance(infix=True)
        whole = parser.kind == END
        while parser.is_operator("&"):
            parser.advance(infix=False)
            parser.expression(_POWERS["&"])
    except Wrong:
        return None
    return (literal[1:-1], whole) if parser.kind == END else None


class _Parser(Tokens):
    """Reads an expression by the binding powers of its operators."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.rooted = 0
        self.unrooted = ""
        self.states: list[tuple[str, ...]] = []
        self.used: list[str] = []
        self.called: list[str] = []
        self.bound: set[str] = set()

    def whole(self) -> None:
        self.advance(infix=False)
        if self.kind == END:
            raise self.wrong("the expression is empty")
        self.expression(0)
        if self.kind != END:
            raise self.unexpected()

    def expression(self, power: int) -> None:
        self.depth += 1
        if self.depth > _MAXIMUM_DEPTH:
            raise self.wrong("the expression is nested too deep")
        assignable = self.operand()
        while self._power() > power:
            operator = self.value
            self.advance(infix=False)
            inside = operator in _ROOTING
            self.rooted += inside
            self.infix(operator, assignable)
            self.rooted -= inside
            assignable = ""
        self.depth -= 1

    def _power(self) -> int:
        return _POWERS.get(self.value, 0) if self.kind in ("operator", "name") else 0

    def operand(self) -> str:
        """Read an operand; the variable's name if it is one, and nothing more."""
        kind, value = self.kind, self.value
        if kind == "operator":
            self._bracket_or_prefix(value)
            return ""
        if kind == END:
            raise self.wrong("the expression ends too early")
        self.advance(infix=True)
        if kind == "variable":
            return self._variable(value[1:])
        if kind == "name" and value in ("function", "λ") and self.is_operator("("):
            self._function()
        elif (kind == "name" and value not in _LITERALS) or kind == "quoted":
            self._needs_root(value)
        return ""

    def _needs_root(self, what: str) -> None:
        """Step Functions gives an expression no input: outside of a step or filter nothing is the context."""
        if not self.rooted:
            self.unrooted = self.unrooted or what

    def _variable(self, name: str) -> str:
        if name == "states":
            names: list[str] = []
            while self.is_operator(".") and (step := self._step()) is not None:
                names.append(step)
            self.states.append(tuple(names))
        elif self.is_operator("("):
            self.called.append(name)
        elif self.is_operator(":="):
            self.bound.add(name)
            return name
        elif name in ("", "$"):
            self._needs_root(f"${name}")
        else:
            self.used.append(name)
        return ""

    def _step(self) -> str | None:
        """The name behind a dot, or None where something else is; then the dot is still there."""
        before = self.mark()
        self.advance(infix=False)
        if self.kind in ("name", "string", "quoted"):
            name = self.value if self.kind == "name" else self.value[1:-1]
            self.advance(infix=True)
            if not self.is_operator("("):
                return name
        self.reset(before)
        return None

    def _bracket_or_prefix(self, value: str) -> None:
        if value in ("*", "**", "%"):
            self._needs_root(value)
            self.advance(infix=True)
            return
        if value not in ("-", "(", "[", "{", "|"):
            raise self.unexpected()
        self.advance(infix=False)
        if value == "-":
            self.expression(70)
        elif value == "(":
            while not self.is_operator(")"):
                self.expression(0)
                if not self.is_operator(";"):
                    break
                self.advance(infix=False)
            self.expect(")", infix=True)
        elif value == "[":
            self._list("]", self._item)
        elif value == "{":
            self._list("}", self._pair)
        else:
            self.rooted += 1
            self.expression(0)
            self.expect("|", infix=False)
            self.expression(0)
            if self.is_operator(","):
                self.advance(infix=False)
                self.expression(0)
            self.rooted -= 1
            self.expect("|", infix=True)

    def _list(self, end: str, item: Callable[[], None]) -> None:
        while not self.is_operator(end):
            item()
            if not self.is_operator(","):
                break
            self.advance(infix=False)
        self.expect(end, infix=True)

    def _item(self) -> None:
        self.expression(0)
        if self.is_operator(".."):
            self.advance(infix=False)
            self.expression(0)

    def _pair(self) -> None:
        self.expression(0)
        self.expect(":", infix=False)
        self.expression(0)

    def _argument(self) -> None:
        if self.is_operator("?"):
            self.advance(infix=True)
        else:
            self.expression(0)

    def _order(self) -> None:
        if self.is_operator("<", ">"):
            self.advance(infix=False)
        self.expression(0)

    def infix(self, operator: str, assignable: str) -> None:
        """Read what follows an operator; the operator itself has been read."""
        if operator == "[":
            if not self.is_operator("]"):
                self.expression(0)
            self.expect("]", infix=True)
        elif operator == "{":
            self._list("}", self._pair)
        elif operator == "(":
            self._list(")", self._argument)
        elif operator == "^":
            self.expect("(", infix=False)
            self._list(")", self._order)
        elif operator in ("@", "#"):
            self._bind()
        elif operator == "?":
            self.expression(0)
            if self.is_operator(":"):
                self.advance(infix=False)
                self.expression(0)
        elif operator == ":=":
            if not assignable:
                raise self.wrong("only a $variable can be assigned")
            self.expression(9)
        else:
            self.expression(_POWERS[operator])

    def _bind(self) -> None:
        if self.kind != "variable":
            raise self.wrong(f"a $variable is expected, not {self.value[:40]}")
        self.bound.add(self.value[1:])
        self.advance(infix=True)

    def _function(self) -> None:
        """Read a function from the bracket of its parameters on."""
        self.advance(infix=False)
        self._list(")", self._bind)
        if self.is_operator("<"):
            self.skip_signature()
        self.expect("{", infix=False)
        self.rooted += 1  # A function may be called where there is a context.
        self.expression(0)
        self.rooted -= 1
        self.expect("}", infix=True)
