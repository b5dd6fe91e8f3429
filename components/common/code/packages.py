"""What a worker brings along, as the files that stand beside it: folders, modules and wheels.

The rule is Python's own: a folder with `__init__.py` is a package, and keeps its name; a folder without one
is a place where packages are, as an entry of `sys.path` is, and what is in it goes to the root.
"""

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from ..checks import ArgumentError
from .runtimes import Platform

KINDS = "paths of folders of packages, of modules (.py) or of wheels (.whl)"
_WHEEL_NAME = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(-\d[^-]*)?-(?P<tags>[^-]+-[^-]+-[^-]+)\.whl", re.IGNORECASE
)
"""https://packaging.python.org/specifications/binary-distribution-format/#file-name-convention"""
_OF_THE_INSTALLER = {"direct_url.json", "uv_cache.json"}
"""Files of a `.dist-info` that tell of the machine on which it was installed."""


def members(path: Path, platform: Platform) -> Mapping[str, Path]:
    """Place in the archive → file, of one of a worker's packages.

    Left out is what no function needs: byte code, hidden files, and the programs that an installer puts in
    `bin`. Raises ArgumentError for what is none of `KINDS`, or cannot run on `platform`.
    """
    found: Mapping[str, Path]
    if path.is_dir():
        found = _package(path) if (path / "__init__.py").is_file() else _place(path)
    elif path.is_file() and path.suffix == ".py":
        found = {path.name: path}
    elif path.is_file() and (name := _WHEEL_NAME.fullmatch(path.name)):
        if not platform.takes_wheel(name["tags"]):
            raise _unfit(platform, path.name)
        found = _wheel(path, path.stat().st_mtime_ns)
    elif not path.exists():
        raise ArgumentError(
            f"worker_packages must be {KINDS}, got {str(path)!r}, which is not there: docs/components.md "
            "says how a folder is filled"
        )
    else:
        raise ArgumentError(f"worker_packages must be {KINDS}, got {str(path)!r}")
    if not found:
        raise ArgumentError(f"worker_packages must hold Python files, got {str(path)!r}")
    check("worker_packages", path, found, platform)
    return found


def check(argument: str, path: Path, files: Mapping[str, Path], platform: Platform) -> None:
    """Refuse distributions, extensions and libraries that are for another platform, each by its name."""
    folders: dict[str, set[str]] = {}
    for place in files:
        folder, _, name = place.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    for place, file in sorted(files.items()):
        folder, _, name = place.rpartition("/")
        if name == "WHEEL" and folder.endswith(".dist-info") and "/" not in folder:
            text = file.read_text(encoding="utf-8", errors="replace")
            tags = re.findall(r"^Tag: *([^\s-]+-[^\s-]+-[^\s-]+) *$", text, re.MULTILINE)
            if tags and not any(map(platform.takes_wheel, tags)):
                what = folder.removesuffix(".dist-info").replace("-", " ")
                raise _unfit(platform, f"{what} for {tags[0]} in {str(path)!r}", argument)
        elif ".so" in name or name.endswith(".pyd"):
            with file.open("rb") as opened:
                head = opened.read(20)
            if not platform.takes_file(name, head, frozenset(folders[folder])):
                raise _unfit(platform, f"{place} in {str(path)!r}", argument)


def _unfit(platform: Platform, got: str, argument: str = "worker_packages") -> ArgumentError:
    return ArgumentError(
        f"{argument} must run on {platform}, got {got}: docs/components.md says how to install for it"
    )


def sources(folder: Path) -> dict[str, Path]:
    """Place below the folder → file. Lists them one by one, so that caches and editor files never change a
    function that did not change."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _ignored(path.relative_to(folder))
    }


def _ignored(path: Path) -> bool:
    if path.parent.suffix == ".dist-info" and path.name in _OF_THE_INSTALLER:
        return True
    return any(
        # Old wheels have their shared libraries in `.libs`.
        (part.startswith(".") and part != ".libs") or part == "__pycache__" or part.endswith((".pyc", "~"))
        for part in path.parts
    )


def _package(folder: Path) -> dict[str, Path]:
    return {f"{folder.resolve().name}/{place}": file for place, file in sources(folder).items()}


def _place(folder: Path) -> dict[str, Path]:
    # A layer, or a virtual environment, has its packages further down.
    for inner in (folder / "python", *folder.glob("lib/python*/site-packages")):
        if inner.is_dir() and not any([*folder.glob("*.py"), *folder.glob("*/__init__.py")]):
            raise ArgumentError(
                f"worker_packages must be {KINDS}, got {str(folder)!r}, whose packages are in "
                f"{str(inner)!r}: give that"
            )
    found = sources(folder)
    programs = "bin/__init__.py" not in found
    found = {place: file for place, file in found.items() if not (programs and place.startswith("bin/"))}
    return found if any(place.endswith((".py", ".so")) for place in found) else {}


@cache
def _unpacked() -> tempfile.TemporaryDirectory[str]:
    """Where wheels are unpacked, for as long as this process lives: until Pulumi has read the files."""
    return tempfile.TemporaryDirectory(prefix="countersign-wheels-")


@cache
def _wheel(wheel: Path, _changed: int) -> Mapping[str, Path]:
    """What installing the wheel would put in a place where packages are."""
    root = Path(tempfile.mkdtemp(dir=_unpacked().name))
    found: dict[str, Path] = {}
    try:
        with zipfile.ZipFile(wheel) as opened:
            for place, entry in _entries(wheel, opened):
                found[place] = root / place
                found[place].parent.mkdir(parents=True, exist_ok=True)
                found[place].write_bytes(opened.read(entry))
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as problem:
        raise ArgumentError(f"worker_packages must be a wheel, got {str(wheel)!r}: {problem}") from None
    return found


def _entries(wheel: Path, opened: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """(place, entry) of what belongs beside other packages. Of a wheel's `.data` these are its `purelib` and
    `platlib`; its programs, headers and the like are of no use to a function."""
    for entry in opened.infolist():
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
            raise ArgumentError(
                f"worker_packages must be a wheel, got {str(wheel)!r} with {entry.filename!r}"
            )
        if entry.is_dir() or "__pycache__" in path.parts or path.suffix == ".pyc":
            continue
        if path.parts[0].endswith(".data"):
            if path.parts[1:2] not in (("purelib",), ("platlib",)):
                continue
            path = PurePosixPath(*path.parts[2:])
        yield str(path), entry
