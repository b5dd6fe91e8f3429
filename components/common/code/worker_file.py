"""A worker's `worker.py`, read and never imported: with what no function can start, no stack is made."""

import ast
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from ..checks import ArgumentError
from .runtimes import Platform

# Python 3.12 and 3.13 take these: https://peps.python.org/pep-0695/ https://peps.python.org/pep-0701/
LAMBDAS = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
"""What Lambda has beside Python's own modules: boto3, and what that needs.
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
_NEWER_MODULES = ("annotationlib", "compression")
"""Of Python 3.14: https://docs.python.org/3/whatsnew/3.14.html"""
_GONE = frozenset(
    {"aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr"}
    | {"imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr"}
    | {"spwd", "sunau", "telnetlib", "uu", "xdrlib"}
)
"""Of Python 3.11, and not of later ones: https://peps.python.org/pep-0594/"""
_NEWER = re.compile(r"\s*(type\s+\w+|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[)")


def check(file: Path, platform: Platform) -> None:
    """Refuse a file that is not Python, or in which nothing is a `handle` that takes a request and a task."""
    try:
        tree = ast.parse(
            file.read_bytes(), str(file), feature_version=min(platform.version, sys.version_info[:2])
        )
    except SyntaxError as problem:
        if not _newer(problem, platform):
            line = f", line {problem.lineno}" if problem.lineno else ""
            raise ArgumentError(f"worker {file}{line}: {problem.msg}") from None
        return
    except ValueError as problem:  # a null byte, up to Python 3.11.3
        raise ArgumentError(f"worker {file}: {problem}") from None
    found = [node for node in _names(tree) if _name(node) in ("handle", "*")]
    if not found:
        raise ArgumentError(f"worker {file} must define handle(request, task)")
    last = found[-1]
    if isinstance(last, ast.AsyncFunctionDef):
        raise ArgumentError(
            f"worker {file}, line {last.lineno}: handle must be a plain function, got async def"
        )
    if isinstance(last, ast.FunctionDef) and not last.decorator_list and not _takes_two(last.args):
        got = f"handle({ast.unparse(last.args)})"
        raise ArgumentError(f"worker {file}, line {last.lineno}: handle must take (request, task), got {got}")


def imports(file: Path) -> frozenset[str]:
    """The packages that a file imports, wherever in it; none of a file that this Python cannot read."""
    try:
        nodes = list(ast.walk(ast.parse(file.read_bytes())))
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(name for node in nodes for name in _imported(node))


def check_imports(file: Path, brought: Collection[str]) -> None:
    """Refuse a file that cannot be imported beside the modules and packages `brought`: one that whatever
    happens imports what is not there."""
    try:
        statements = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError):
        return
    there = {*sys.stdlib_module_names, *_NEWER_MODULES, *LAMBDAS, *brought}
    for node in statements:
        where = f"worker {file}, line {node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ArgumentError(f"{where}: worker.py is in no package, so it must import without dots")
        for name in _imported(node):
            if name not in there:
                raise ArgumentError(
                    f"{where}: {name} would not be found: bring it in worker_packages, beside worker.py or "
                    "in a layer (layer_arns); docs/components.md says how"
                )


def hidden(folder: Path) -> list[str]:
    """Python's own modules whose place the worker's would take, for whatever the function imports."""
    packages = (file.parent for file in folder.glob("*/__init__.py"))
    names = {path.stem for path in (*folder.glob("*.py"), *packages)}
    return sorted(names & (sys.stdlib_module_names - _GONE))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    return []


def _newer(problem: SyntaxError, platform: Platform) -> bool:
    """Whether a worker's Python may take what this one, which is older, does not."""
    if sys.version_info >= platform.version:
        return False
    return problem.msg.startswith("f-string") or _NEWER.match(problem.text or "") is not None


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


def _takes_two(args: ast.arguments) -> bool:
    """Whether a function with these can be called with two values and no names."""
    positional = len(args.posonlyargs) + len(args.args)
    needed = positional - len(args.defaults)
    return needed <= 2 and (positional >= 2 or args.vararg is not None) and None not in args.kw_defaults
