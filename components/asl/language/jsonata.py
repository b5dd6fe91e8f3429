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
    """

    problem: str | None = None
    unrooted: str = ""
    states: tuple[tuple[str, ...], ...] = ()
    variables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


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
        names.read(_tree(text), rooted=False)
    except _Wrong as found:
        return Expression(problem=str(found))
    known = names.bound | _functions()
    return Expression(
        unrooted=names.unrooted,
        states=tuple(names.states),
        variables=tuple(dict.fromkeys(name for name in names.used if name not in known)),
        functions=tuple(dict.fromkeys(name for name in names.called if name not in known)),
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
        self.bound: set[str] = set()

    def read(self, node: Any, *, rooted: bool) -> None:
        """Read a node, or an array of nodes, and all that is in it; `rooted`: whether there is a context."""
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
        elif kind == "lambda":
            self.bound.update(str(argument.value) for argument in node.arguments)
            self.read(node.body, rooted=rooted if node.thunk else True)
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
