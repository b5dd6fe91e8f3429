"""A worker's `worker.py`, read and never imported: with what no function can start, no stack is made."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ..checks import ArgumentError
from .imports import Imports, standard
from .runtimes import Platform

_SYNTAX = {
    (3, 12): re.compile(
        r"\s*(type\s+\w+|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[)|.*\b(r?f|fr)['\"]", re.I
    ),
    (3, 14): re.compile(r"\s*except\b[^(]*,|.*\b(r?t|tr)['\"]", re.I),
}
"""Python → how a line begins, or what is in it, that those before it may refuse: type aliases and parameters
https://peps.python.org/pep-0695/, f-strings as long and as deep as one likes https://peps.python.org/pep-0701/;
exceptions without brackets https://peps.python.org/pep-0758/, templates https://peps.python.org/pep-0750/"""


def read(file: Path, platform: Platform) -> Imports:
    """What a file imports. Refused is one that is not Python, that could not be imported, or in which nothing
    is a `handle` that takes a request and a task."""
    try:
        tree = ast.parse(
            file.read_bytes(), str(file), feature_version=min(platform.version, sys.version_info[:2])
        )
    except SyntaxError as problem:
        if not _newer(problem, platform):
            line = f", line {problem.lineno}" if problem.lineno else ""
            raise ArgumentError(f"worker {file}{line}: {problem.msg}") from None
        return Imports()
    except ValueError as problem:  # a null byte, up to Python 3.11.3
        raise ArgumentError(f"worker {file}: {problem}") from None
    found = [node for node in _names(tree) if _name(node) in ("handle", "*")]
    if not found:
        raise ArgumentError(f"worker {file} must define handle(request, task)")
    last = found[-1]
    if isinstance(last, ast.AsyncFunctionDef) or (isinstance(last, ast.FunctionDef) and _yields(last)):
        got = "async def" if isinstance(last, ast.AsyncFunctionDef) else "a generator (yield)"
        raise ArgumentError(f"worker {file}, line {last.lineno}: handle must be a plain function, got {got}")
    if isinstance(last, ast.FunctionDef) and not last.decorator_list and not _takes_two(last.args):
        got = f"handle({ast.unparse(last.args)})"
        raise ArgumentError(f"worker {file}, line {last.lineno}: handle must take (request, task), got {got}")
    imports = Imports.of(tree)
    if dotted := [each.line for each in imports.first if each.level]:
        raise ArgumentError(
            f"worker {file}, line {dotted[0]}: worker.py is in no package, so it must import without dots"
        )
    return imports


def hidden(folder: Path, platform: Platform) -> list[str]:
    """Python's own modules whose place the worker's would take, for whatever the function imports."""
    packages = (file.parent for file in folder.glob("*/__init__.py"))
    names = {path.stem for path in (*folder.glob("*.py"), *packages)}
    return sorted(names & standard(platform))


def _newer(problem: SyntaxError, platform: Platform) -> bool:
    """Whether a worker's Python may take what this one, which is older, does not."""
    return any(
        sys.version_info < version <= platform.version and pattern.match(problem.text or "")
        for version, pattern in _SYNTAX.items()
    )


def _names(node: ast.AST) -> Iterator[ast.AST]:
    """What gives a name to something in a module, in the order of its text; not what is inside functions and
    classes."""
    for child in ast.iter_child_nodes(node):
        if _name(child):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _names(child)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.alias):
        return node.asname or node.name
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


def _yields(function: ast.FunctionDef) -> bool:
    """Whether a call of this one, which nothing decorates, runs nothing: its own body has a `yield`."""
    inside: list[ast.AST] = [] if function.decorator_list else [*function.body]
    while inside:
        node = inside.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            inside += ast.iter_child_nodes(node)
    return False


def _takes_two(args: ast.arguments) -> bool:
    """Whether a function with these can be called with two values and no names."""
    positional = len(args.posonlyargs) + len(args.args)
    needed = positional - len(args.defaults)
    return needed <= 2 and (positional >= 2 or args.vararg is not None) and None not in args.kw_defaults
