"""What a function imports before it can answer anything, and whether that is there. Sources are read and not
imported."""

import ast
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .runtimes import Platform

LAMBDAS = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
"""What Lambda has beside Python's own modules: boto3, and what that needs.
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
_OF_THE_RUNTIME = frozenset({"__main__", "awslambdaric", "simplejson", "snapshot_restore_py"})
"""What Lambda's own programs are made of, of which the last is for functions too.
https://github.com/aws/aws-lambda-python-runtime-interface-client
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


class Import(NamedTuple):
    """One that runs when its file is imported, whatever happens: `from ..a.b import c, d` is of level 2."""

    line: int
    level: int
    modules: tuple[str, ...]
    """`a.b`, and `a.b.c` and `a.b.d`, which may be modules too."""


class Imports(NamedTuple):
    """What a file imports."""

    first: tuple[Import, ...] = ()
    anywhere: frozenset[str] = frozenset()
    """The packages, also of imports in functions and behind conditions."""
    says_where: bool = False
    """Whether it says itself where modules are, so that nobody else can tell."""

    @classmethod
    def of(cls, tree: ast.Module) -> "Imports":
        """What a source imports."""
        nodes = [*ast.walk(tree)]
        every = [each for node in nodes if (each := _import(node)) and not each.level]
        return cls(
            tuple(each for node in tree.body if (each := _import(node))),
            frozenset(module.partition(".")[0] for each in every for module in each.modules),
            any(map(_place_of_modules, nodes)),
        )


class Missing(NamedTuple):
    """A module that is not there: where it is imported, and what it is called."""

    place: str
    line: int
    name: str


def missing(
    start: str, imports: Imports, files: Mapping[str, Path], brought: Collection[str], platform: Platform
) -> list[Missing]:
    """What would not be found when the function imports its file `start`, which imports this, and by whatever
    is imported then and is among its `files`. `brought` are the packages and modules in its archive.

    A file that says itself where modules are may be right, and so may all the others then.
    """
    there = {*everywhere(platform), *brought}
    found: list[Missing] = []
    read = {start: imports}
    places = [start]
    for place in places:  # It grows on the way.
        for each in read[place].first:
            package = place.split("/")[: -each.level] if each.level else []
            if each.level and not package:
                found.append(Missing(place, each.line, "." * each.level + each.modules[0]))
                continue
            for module in each.modules:
                path = "/".join([*package, *filter(None, module.split("."))])
                name = path.partition("/")[0]
                if name not in there:
                    found.append(Missing(place, each.line, name))
                    break
                for one in _files_of(path, files):
                    if one not in read:
                        read[one] = _of_file(files[one], files[one].stat().st_mtime_ns)
                        places.append(one)
    if any(each.says_where for place, each in read.items() if place != start):
        found = [each for each in found if each.place == start]
    return [] if imports.says_where else found


def everywhere(platform: Platform) -> frozenset[str]:
    """What is there beside whatever a function brings."""
    return standard(platform) | LAMBDAS | _OF_THE_RUNTIME


def standard(platform: Platform) -> frozenset[str]:
    """Python's own modules on the platform, whatever Python reads this."""
    names = set(sys.stdlib_module_names).union(*_GONE.values())
    for version, gone in _GONE.items():
        names -= gone if version <= platform.version else set()
    for version, come in _COME.items():
        names = names | come if version <= platform.version else names - come
    return frozenset(names)


@cache
def _of_file(file: Path, _changed: int) -> Imports:
    """What it imports; nothing is known of one that this Python cannot read. Kept, as several functions may
    bring the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # How others write their texts is not the caller's affair.
        try:
            return Imports.of(ast.parse(file.read_bytes()))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Imports()


def _import(node: ast.AST) -> Import | None:
    if isinstance(node, ast.Import):
        return Import(node.lineno, 0, tuple(alias.name for alias in node.names))
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        inner = (".".join(filter(None, (base, alias.name))) for alias in node.names)
        return Import(node.lineno, node.level, (base, *inner))
    return None


def _files_of(path: str, files: Mapping[str, Path]) -> Iterator[str]:
    """The files that importing a module runs: of each package on the way to it, and its own."""
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        beginning = "/".join(parts[:depth])
        yield from (each for each in (f"{beginning}/__init__.py", f"{beginning}.py") if each in files)


def _place_of_modules(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name in _PLACES and alias.asname for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in _PLACES.get(node.module or "", ()) for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in _PLACES.get(node.value.id, ())
    )
