"""A worker's `worker.py`, read and never imported: with what no function can start, no stack is made."""

import ast
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from ..checks import ArgumentError
from .runtimes import Platform

LAMBDAS = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
"""What Lambda has beside Python's own modules: boto3, and what that needs.
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
_OF_THE_RUNTIME = frozenset({"awslambdaric", "snapshot_restore_py"})
"""What Lambda's own programs are made of, of which the second is for functions too.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html"""

_COME = {(3, 14): frozenset({"annotationlib", "compression"})}
"""Python → its modules that those before it had not: https://docs.python.org/3/whatsnew/3.14.html"""
_GONE = {
    (3, 12): frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"}),
    (3, 13): frozenset(
        {"aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis"}
        | {"nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"}
    ),
}
"""Python → modules that those before it had, and it has no more: https://docs.python.org/3/whatsnew/3.12.html
https://peps.python.org/pep-0594/"""
_PLACES = {"sys": {"path", "meta_path", "path_hooks", "modules"}, "site": {"addsitedir"}}
"""What says where modules are."""

_SYNTAX = {
    (3, 12): re.compile(
        r"\s*(type\s+\w+|(async\s+)?def\s+\w+\s*\[|class\s+\w+\s*\[)|.*\b(r?f|fr)['\"]", re.I
    ),
    (3, 14): re.compile(r"\s*except\b[^(]*,|.*\b(r?t|tr)['\"]", re.I),
}
"""Python → how a line begins, or what is in it, that those before it may refuse: type aliases and parameters
https://peps.python.org/pep-0695/, f-strings as long and as deep as one likes https://peps.python.org/pep-0701/;
exceptions without brackets https://peps.python.org/pep-0758/, templates https://peps.python.org/pep-0750/"""


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
    if isinstance(last, ast.AsyncFunctionDef) or (isinstance(last, ast.FunctionDef) and _yields(last)):
        got = "async def" if isinstance(last, ast.AsyncFunctionDef) else "a generator (yield)"
        raise ArgumentError(f"worker {file}, line {last.lineno}: handle must be a plain function, got {got}")
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


def check_imports(file: Path, brought: Collection[str], platform: Platform) -> None:
    """Refuse a file that cannot be imported beside the modules and packages `brought`: one that whatever
    happens imports what is not there. One that says itself where modules are is left alone."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    looks_elsewhere = any(map(_place_of_modules, ast.walk(tree)))
    there = {*_standard(platform), *LAMBDAS, *_OF_THE_RUNTIME, *brought}
    for node in tree.body:
        where = f"worker {file}, line {node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ArgumentError(f"{where}: worker.py is in no package, so it must import without dots")
        for name in _imported(node):
            if name not in there and not looks_elsewhere:
                raise ArgumentError(
                    f"{where}: {name} would not be found: bring it in worker_packages, beside worker.py or "
                    "in a layer (layer_arns); docs/components.md says how"
                )


def hidden(folder: Path, platform: Platform) -> list[str]:
    """Python's own modules whose place the worker's would take, for whatever the function imports."""
    packages = (file.parent for file in folder.glob("*/__init__.py"))
    names = {path.stem for path in (*folder.glob("*.py"), *packages)}
    return sorted(names & _standard(platform))


def _standard(platform: Platform) -> set[str]:
    """Python's own modules on the platform, whatever Python reads this."""
    names = set(sys.stdlib_module_names).union(*_GONE.values())
    for version, gone in _GONE.items():
        names -= gone if version <= platform.version else set()
    for version, come in _COME.items():
        names = names | come if version <= platform.version else names - come
    return names


def _place_of_modules(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in _PLACES.get(node.module or "", ()) for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in _PLACES.get(node.value.id, ())
    )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    return []


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
