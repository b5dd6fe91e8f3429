"""Archives: the same files are the same bytes, whatever their dates and order."""

import io
import os
import zipfile
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
