"""JSONata as far as it can be checked without data: its syntax, and the names an expression uses.

jsonata-python reads it (https://docs.jsonata.org), and is imported when the first expression is to be read.
Step Functions adds functions, and takes `$eval` and the operators `?:` and `??` of JSONata 2.1 away:
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import re
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final

from .paths import PLACEHOLDER

_ADDED: Final = frozenset({"hash", "parse", "partition", "random", "range", "uuid"})
_OPERATORS_TAKEN_AWAY: Final = ("?:", "??")
_LONGEST: Final = 32_768
"""Characters that are read in well under a second."""
_ELSEWHERE: Final = {
    "===": "=== is not understood: write =",
    "!==": "!== is not understood: write !=",
    "==": "== is not understood: write =",
    "&&": "&& is not understood: write and",
    "||": "|| is not understood: write or",
    "!": "! is not understood: for not, write $not(…)",
}
"""Operators of other languages, and what JSONata has instead."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What is known of an expression.

    problem: why it is no expression, if so; then the rest is empty.
    unrooted: a `$`, `$$` or bare name where no data is the context, or empty.
    states: each use of `$states`, as the names that follow it.
    variables: other variables it does not bind itself.
    functions: functions it calls that neither JSONata nor it has.
    arguments: what is wrong with the arguments of the functions it calls.
    """

    problem: str | None = None
    unrooted: str = ""
    states: tuple[tuple[str, ...], ...] = ()
    variables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


_NOT_READ = Expression(states=((),))
"""What is said of an expression that is not read: nothing is wrong, and it may use all of `$states`."""


def parse(text: str) -> Expression:
    """Parse what stands between `{%` and `%}`. Too much of it, or too deep for the stack, is not read."""
    if len(text) > _LONGEST:
        return _NOT_READ
    try:
        return _cached(text) if len(text) <= 2048 else _parse(text)
    except RecursionError:
        return _NOT_READ


def _parse(text: str) -> Expression:
    names = _Names()
    try:
        # A variable in its place, as long as it is, so that the places in messages are right.
        names.read(_tree(PLACEHOLDER.sub(lambda one: f"${'_' * (len(one[0]) - 1)}", text)), rooted=False)
    except _Wrong as found:
        # It may be filled in with an operator, or with half of an expression.
        return _NOT_READ if PLACEHOLDER.search(text) else Expression(problem=str(found))
    filled_in = {
        name for name in (*names.used, *names.called) if PLACEHOLDER.search(text) and not name.strip("_")
    }
    if filled_in:
        names.states.append(())  # It may be anything, the token too.
    known = names.bound | _functions() | filled_in
    return Expression(
        unrooted=names.unrooted,
        states=tuple(names.states),
        variables=tuple(dict.fromkeys(name for name in names.used if name not in known)),
        functions=tuple(dict.fromkeys(name for name in names.called if name not in known)),
        arguments=tuple(
            dict.fromkeys(filter(None, (_mistaken(*c) for c in names.calls if c[0] not in names.bound)))
        ),
    )


_cached = lru_cache(2048)(_parse)


def beginning(text: str) -> tuple[str, bool] | None:
    """The string that what stands between `{%` and `%}` certainly begins with, and whether that is all of it.

    None: nothing is certain. Only a string, and a string with whatever `&` adds to it, are: `&` binds tighter
    than `?`, `=` or `~>`, behind which the value may be another one.
    """
    if len(text) > _LONGEST or not text.lstrip().startswith(("'", '"')) or "\\" in text:
        return None
    try:
        tree = _tree(text)
    except (_Wrong, RecursionError):
        return None
    whole = tree.type == "string"
    while tree.type == "binary" and tree.value == "&":
        tree = tree.lhs
    plain = tree.type == "string" and tree.predicate is None and tree.group is None
    return (str(tree.value), whole) if plain else None


class _Wrong(Exception):
    """Why a text is no expression."""


def _tree(text: str) -> Any:
    """The syntax tree of an expression, as the library makes it."""
    if not text.strip():
        raise _Wrong("the expression is empty")
    jsonata = _library()
    parser = jsonata.Parser()
    for operator in _OPERATORS_TAKEN_AWAY:
        parser.symbol_table[operator] = None
    try:
        # Behind a comment at the very end it reads on. A regular expression is not checked: AWS's are others.
        return parser.parse(f"{text} ", lambda _pattern, _flags: re.compile(""))
    except jsonata.JException as error:
        at = max(error.get_location(), 0)
        start = max(at - 3, 0)
        hint = next((what for sign, what in _ELSEWHERE.items() if sign in text[start : at + len(sign)]), "")
        raise _Wrong(f"{hint or error} (at character {at} of the expression)") from None
    except KeyError as error:
        sign = str(error.args[0])
        raise _Wrong(_ELSEWHERE.get(sign, f"{sign[:40]} is not understood")) from None
    except (IndexError, TypeError, ValueError, AttributeError):
        raise _Wrong("something in the expression has no end, or no place") from None


@cache
def _library() -> Any:
    """jsonata-python. It lets Python recurse deeper than the program wanted, which is taken back."""
    limit = sys.getrecursionlimit()
    import jsonata  # type: ignore[import-untyped] # it has no types

    sys.setrecursionlimit(limit)
    return jsonata


@cache
def _functions() -> frozenset[str]:
    """The functions that an expression may call without having made them."""
    return (frozenset(_library().Jsonata.static_frame.bindings) | _ADDED) - {"eval"}


_ANYTHING: Final = "m"
_SYMBOLS: Final = {"string": "s", "number": "n", "lambda": "f", "regex": "f"}
_WORDS: Final = {
    "s": "a string",
    "n": "a number",
    "b": "a boolean",
    "a": "an array",
    "o": "an object",
    "f": "a function",
}
"""Types, by the letters that JSONata's signatures have for them."""
_ADDED_SIGNATURES: Final = {
    "hash": ["[asnbom]", "[sm]"],
    "parse": ["[sm]"],
    "partition": ["[am]", "[nm]"],
    "random": ["[nm]?"],
    "range": ["[nm]", "[nm]", "[nm]"],
    "uuid": [],
}


def _symbol(node: Any) -> str:
    """The letter of the type of an argument that is written out; of any other, that it may be anything."""
    if node.predicate is not None or node.group is not None:
        return _ANYTHING
    if node.type == "unary":
        return {"[": "a", "{": "o"}.get(node.value, _ANYTHING)
    if node.type == "value":
        return "b" if isinstance(node.value, bool) else _ANYTHING
    return _SYMBOLS.get(node.type, _ANYTHING)


def _mistaken(name: str, symbols: str) -> str:
    """What is wrong with the arguments of a call, given the letters of their types, or nothing."""
    takes = _ADDED_SIGNATURES.get(name)
    if takes is None:
        signature = getattr(_library().Jsonata.static_frame.bindings.get(name), "signature", None)
        if signature is None:
            return ""
        takes = [f"[fm]{one.regex[1:]}" if one.regex[0] == "f" else one.regex for one in signature._params]
    pattern = re.compile("".join(takes))
    if pattern.fullmatch(symbols):
        return ""
    if not pattern.fullmatch(_ANYTHING * len(symbols)):
        least = sum(one[-1] not in "?*" for one in takes)
        span = f"{least}" if least == len(takes) else f"{least} to {len(takes)}"
        return f"${name} takes {span} arguments, got {len(symbols)}"
    for index, symbol in enumerate(symbols):
        alone = _ANYTHING * index + symbol + _ANYTHING * (len(symbols) - index - 1)
        if not pattern.fullmatch(alone):
            return f"argument {index + 1} of ${name} must not be {_WORDS[symbol]}"
    return f"the arguments of ${name} do not go together"


class _Names:
    """Collects the names in a syntax tree.

    Step Functions gives an expression no input: outside of a step, a filter or a function, nothing is the
    context that a bare name or `$` would be looked up in.
    """

    def __init__(self) -> None:
        self.unrooted = ""
        self.states: list[tuple[str, ...]] = []
        self.used: list[str] = []
        self.called: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self.bound: set[str] = set()

    def read(self, node: Any, *, rooted: bool, piped: bool = False) -> None:
        """Read a node, or an array of nodes, and all that is in it.

        rooted: whether there is a context. piped: whether it is called with what stands before a `~>`.
        """
        if node is None:
            return
        if isinstance(node, list | tuple):
            for one in node:
                self.read(one, rooted=rooted)
            return
        kind = node.type
        if kind == "path":
            self._path(node.steps, rooted)
        elif kind == "variable":
            if node.value == "states":
                self.states.append(())
            elif node.value in ("", "$"):
                self._needs_root(f"${node.value}", rooted)
            else:
                self.used.append(str(node.value))
        elif kind in ("name", "wildcard", "descendant", "parent"):
            self._needs_root(str(node.value), rooted)
        elif kind in ("function", "partial"):
            if node.procedure.type == "variable":
                self.called.append(str(node.procedure.value))
            else:
                self.read(node.procedure, rooted=rooted)
            self.read([one for one in node.arguments if one.type != "operator"], rooted=rooted)
            if kind == "function" and node.procedure.type == "variable":
                symbols = "".join(map(_symbol, node.arguments))
                self.calls.append((str(node.procedure.value), _ANYTHING * piped + symbols))
        elif kind == "lambda":
            self.bound.update(str(argument.value) for argument in node.arguments)
            self.read(node.body, rooted=rooted if node.thunk else True)
        elif kind == "apply":
            self.read(node.lhs, rooted=rooted)
            self.read(node.rhs, rooted=rooted, piped=True)
        elif kind == "transform":
            self.read((node.pattern, node.update, node.delete), rooted=True)
        elif kind == "bind":
            self.bound.add(str(node.lhs.value))
            self.read(node.rhs, rooted=rooted)
        else:
            self.read((node.lhs, node.rhs, node.condition, node.then, node._else), rooted=rooted)
            self.read((node.expression, node.expressions, node.lhs_object), rooted=rooted)
        self._around(node)

    def _around(self, node: Any) -> None:
        """What a node filters, groups, sorts and binds; its own value is the context there."""
        for stage in (*(node.predicate or ()), *(node.stages or ())):
            if stage.type == "index":
                self.bound.add(str(stage.value))
            self.read(stage.expr, rooted=True)
        if node.group is not None:
            self.read(node.group.lhs_object, rooted=True)
        for term in node.terms or ():
            self.read(term.expression, rooted=True)
        self.bound.update(str(name) for name in (node.focus, node.index) if isinstance(name, str))

    def _path(self, steps: list[Any], rooted: bool) -> None:
        first = steps[0]
        if first.type == "variable" and first.value == "states":
            names: list[str] = []
            for before, step in pairwise(steps):
                if step.type != "name" or before.stages or before.predicate or before.focus or before.group:
                    break
                names.append(str(step.value))
            self.states.append(tuple(names))
            self._around(first)
        else:
            self.read(first, rooted=rooted)
        self.read(steps[1:], rooted=True)

    def _needs_root(self, what: str, rooted: bool) -> None:
        if not rooted:
            self.unrooted = self.unrooted or what
