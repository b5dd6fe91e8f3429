"""Zip files from Pulumi archives: the same files give the same bytes, on any machine and at any time."""

import io
import platform
import zipfile
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path, PurePosixPath

from local.errors import LocalError
from local.model import Archive, Asset

HERE = f"Python {'.'.join(platform.python_version_tuple()[:2])} on {platform.machine()}"
"""What functions run on here, whatever they run on when they are deployed."""

_MACHINES = {"x86_64": 62, "aarch64": 183}
"""As a shared library for Linux names them: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16


def build(archive: Archive, folder: Path) -> bytes:
    """The zip of ``archive``, whose relative paths start at ``folder``."""
    if archive.path is not None and (folder / archive.path).is_file():
        return (folder / archive.path).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in sorted(_members(archive, folder, PurePosixPath())):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = _MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    return buffer.getvalue()


def foreign(content: bytes) -> str | None:
    """The first extension module in a zip that no Python here can import, or None."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = set(file.namelist())
        for name in sorted(names):
            folder, slash, last = name.rpartition("/")
            if not last.endswith((".so", ".pyd")):
                continue
            module = f"{folder}{slash}{last.partition('.')[0]}"
            own = next((f"{module}{end}" for end in EXTENSION_SUFFIXES if f"{module}{end}" in names), None)
            if own is None or not _runs_here(file.read(own)[:20]):
                return name
    return None


def _runs_here(head: bytes) -> bool:
    machine = int.from_bytes(head[18:20], "little") if head[:4] == b"\x7fELF" else None
    return machine == _MACHINES.get(platform.machine())


def _members(item: Archive | Asset, folder: Path, prefix: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    if isinstance(item, Asset):
        yield str(prefix), _content(item, folder)
    elif item.members is not None:
        for name, member in item.members.items():
            yield from _members(member, folder, prefix / name)
    elif item.path is not None:
        yield from _files(folder / item.path, prefix)


def _content(asset: Asset, folder: Path) -> bytes:
    if asset.text is not None:
        return asset.text.encode()
    path = folder / (asset.path or "")
    if not path.is_file():
        raise LocalError(f"the file {asset.path} of the archive does not exist")
    return path.read_bytes()


def _files(path: Path, prefix: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        with zipfile.ZipFile(path) as source:
            for entry in source.infolist():
                if not entry.is_dir():
                    yield str(prefix / entry.filename), source.read(entry)
        return
    if not path.is_dir():
        raise LocalError(f"the folder {path.name} of the archive does not exist")
    for file in path.rglob("*"):
        if file.is_file():
            yield str(prefix / file.relative_to(path).as_posix()), file.read_bytes()
