"""Archives: the same files are the same bytes, whatever their dates and order."""

import io
import os
import platform
import sys
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from local import archive
from local.errors import LocalError
from local.model import Archive, Asset


def _names(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def test_members_files_folders_and_texts_are_where_they_belong(tmp_path: Path) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "b.py").write_text("b")
    (tmp_path / "a.py").write_text("a")
    members: dict[str, Asset | Archive] = {
        "x/a.py": Asset(path="a.py"),
        "y": Archive(path="folder"),
        "z": Archive(members={"c.txt": Asset(text="c")}),
    }
    content = archive.build(Archive(members=members), tmp_path)
    assert _names(content) == {"x/a.py": b"a", "y/deep/b.py": b"b", "z/c.txt": b"c"}


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    members = {"a": Asset(path="a"), "b": Asset(text="b")}
    first = archive.build(Archive(members=members), tmp_path)
    os.utime(tmp_path / "a", (1, 1))
    (tmp_path / "a").chmod(0o600)
    again = archive.build(Archive(members=dict(reversed(members.items()))), tmp_path)
    assert again == first


def test_a_zip_file_is_taken_as_it_is_and_a_zip_inside_is_unpacked(tmp_path: Path) -> None:
    original = archive.build(Archive(members={"a": Asset(text="a")}), tmp_path)
    (tmp_path / "made.zip").write_bytes(original)
    assert archive.build(Archive(path="made.zip"), tmp_path) == original
    inside = archive.build(Archive(members={"in": Archive(path="made.zip")}), tmp_path)
    assert _names(inside) == {"in/a": b"a"}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Archive(members={"a": Asset(path="none.py")}), r"the file none\.py of the archive does not exist"),
        (Archive(path="none"), "the folder none of the archive does not exist"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, item: Archive, message: str) -> None:
    with pytest.raises(LocalError, match=message):
        archive.build(item, tmp_path)


THERE = {"x86_64": "aarch64"}.get(platform.machine(), "x86_64")
ELF = {"x86_64": 62, "aarch64": 183}


def elf(machine: str) -> bytes:
    """How a shared library for Linux begins."""
    return b"\x7fELF\x02\x01\x01".ljust(18, b"\0") + ELF[machine].to_bytes(2, "little")


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.skipif(platform.machine() not in ELF, reason="no processor of Lambda's")
def test_an_extension_is_foreign_that_this_python_or_this_processor_cannot_import() -> None:
    own, here, there = EXTENSION_SUFFIXES[0], elf(platform.machine()), elf(THERE)
    right = {"a.py": b"", f"acme/fast{own}": here, "acme/abi.abi3.so": here, "plain.so": here}
    other = f"acme/fast.cpython-3{sys.version_info.minor + 1}-{THERE}-linux-gnu.so"
    assert archive.foreign(zipped(right)) is None
    assert archive.foreign(zipped({**right, other: there})) is None, "there is one for here beside it"
    for name, content in (
        (other, there),
        ("acme/fast.cp313-win_amd64.pyd", b"MZ"),
        ("acme/x.abi3.so", there),
    ):
        assert archive.foreign(zipped({"acme/a.py": b"", name: content})) == name
