"""What a worker brings: where it is in the archive, what is left out, and what cannot run there."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from components.common.code import archive
from components.common.code.packages import KINDS
from components.common.code.runtimes import DEPLOYED, GLIBC, MACHINES
from tests.support.cases import make
from tests.support.engine import deploy
from tests.support.packed import HANDLE, folder, members, refused, warnings, wheel

ROOT = Path(__file__).parents[2]
HERE = {"runtime": "python3.13", "architecture": "arm64"}
ELF = {"aarch64": 183, "x86_64": 62}


def elf(machine: str) -> bytes:
    """How a shared library for this machine begins."""
    return b"\x7fELF\x02\x01\x01".ljust(18, b"\0") + ELF[machine].to_bytes(2, "little") + b"\0" * 44


ARM, INTEL = elf("aarch64"), elf("x86_64")
OWN = "cpython-313-aarch64-linux-gnu"


INSTALLED = {
    "acme/__init__.py": "",
    "acme/__pycache__/__init__.cpython-313.pyc": b"",
    f"acme/fast.{OWN}.so": ARM,
    "acme/data.json": "{}",
    "acme.libs/libfast-0f.so.1.2": ARM,
    "acme/.libs/libold.so": ARM,
    "single.py": "",
    "bin/acme": "#!/home/ann/.venv/bin/python",
    ".lock": "",
    "acme-1.0.dist-info/METADATA": "Name: acme",
    "acme-1.0.dist-info/WHEEL": "Tag: cp313-cp313-manylinux_2_28_aarch64\nTag: cp313-cp313-linux_aarch64\n",
    "acme-1.0.dist-info/direct_url.json": '{"url": "file:///home/ann"}',
}
BESIDE = [
    "acme-1.0.dist-info/METADATA",
    "acme-1.0.dist-info/WHEEL",
    "acme.libs/libfast-0f.so.1.2",
    "acme/.libs/libold.so",
    "acme/__init__.py",
    "acme/data.json",
    f"acme/fast.{OWN}.so",
    "single.py",
]


def test_what_an_installer_filled_is_packed_as_it_filled_it(tmp_path: Path) -> None:
    assert members(tmp_path, [folder(tmp_path / "vendor", INSTALLED)]) == BESIDE


def test_a_package_keeps_its_name_and_a_place_where_packages_are_does_not(tmp_path: Path) -> None:
    package = folder(tmp_path / "pricing", {"__init__.py": "", "bin/rates.py": ""})
    place = folder(tmp_path / "site", {"leftpad/__init__.py": "", "bin/__init__.py": "", "space/part.py": ""})
    module = folder(tmp_path / "modules", {"one.py": ""}) + "/one.py"
    assert members(tmp_path, [package, place, module]) == [
        *("bin/__init__.py", "leftpad/__init__.py", "one.py", "pricing/__init__.py", "pricing/bin/rates.py"),
        "space/part.py",
    ]


def test_a_wheel_is_packed_as_it_would_be_installed(tmp_path: Path) -> None:
    files = {
        "acme/__init__.py": "VERSION = 1",
        "acme/.hidden": "as its author wants it",
        "acme/__pycache__/x.pyc": "",
        "acme-1.0.data/purelib/pure.py": "",
        "acme-1.0.data/platlib/acme/fast.abi3.so": ARM,
        "acme-1.0.data/scripts/acme": "#!python",
        "acme-1.0.data/data/share/man": "",
        "acme-1.0.dist-info/METADATA": "",
    }
    path = wheel(tmp_path / "acme-1.0-2build-cp39-abi3-manylinux2014_aarch64.whl", files)
    found: dict[str, bytes] = {}

    def program() -> None:
        worker = folder(tmp_path / "w", {"worker.py": HANDLE})
        assets = make("CallbackFunction", "pay", worker=worker, worker_packages=[path])._code.assets
        found.update({place: Path(asset.path).read_bytes() for place, asset in assets.items()})

    deploy(program)
    assert sorted(place for place in found if not place.startswith(("countersign_", "worker"))) == [
        "acme-1.0.dist-info/METADATA",
        "acme/.hidden",
        "acme/__init__.py",
        "acme/fast.abi3.so",
        "pure.py",
    ]
    assert found["acme/__init__.py"] == b"VERSION = 1"
    assert found["acme/fast.abi3.so"] == ARM


FITS: list[tuple[dict[str, str], Mapping[str, bytes]]] = [
    (HERE, {f"a.{OWN}.so": ARM, "b.abi3.so": ARM, "c.so": ARM}),
    ({"runtime": "python3.12", "architecture": "x86_64"}, {"a.cpython-312-x86_64-linux-gnu.so": INTEL}),
    # Of an extension there may be some for others too, as long as there is one for here.
    (HERE, {f"a.{OWN}.so": ARM, "a.cpython-311-x86_64-linux-gnu.so": INTEL, "a.cp313-win_amd64.pyd": b""}),
    (HERE, {"notes.solution": b"", "run.exe": b"MZ"}),
]


@pytest.mark.parametrize(("where", "files"), FITS)
def test_what_is_built_for_the_function_is_taken_on_any_machine(
    tmp_path: Path, where: dict[str, str], files: Mapping[str, bytes]
) -> None:
    vendor = folder(tmp_path / "vendor", {"m.py": "", **files})
    assert members(tmp_path, [vendor], **where) == sorted(["m.py", *files])


MISFITS: list[tuple[Mapping[str, bytes], str]] = [
    ({"acme/fast.cpython-311-aarch64-linux-gnu.so": ARM}, "acme/fast.cpython-311-aarch64-linux-gnu.so"),
    ({"fast.cpython-313-x86_64-linux-gnu.so": INTEL}, "fast.cpython-313-x86_64-linux-gnu.so"),
    ({"fast.cpython-313t-aarch64-linux-gnu.so": ARM}, "fast.cpython-313t-aarch64-linux-gnu.so"),
    ({"fast.cpython-313-aarch64-linux-musl.so": ARM}, "fast.cpython-313-aarch64-linux-musl.so"),
    ({"fast.cpython-313-darwin.so": b"\xcf\xfa\xed\xfe"}, "fast.cpython-313-darwin.so"),
    ({"fast.pypy310-pp73-aarch64-linux-gnu.so": ARM}, "fast.pypy310-pp73-aarch64-linux-gnu.so"),
    ({"fast.cp313-win_amd64.pyd": b"MZ"}, "fast.cp313-win_amd64.pyd"),
    ({"fast.abi3.so": INTEL}, "fast.abi3.so"),
    ({f"fast.{OWN}.so": INTEL}, f"fast.{OWN}.so"),
    ({"acme.libs/libz-1.so.1.3": INTEL}, "acme.libs/libz-1.so.1.3"),
    ({"fast.so": b"\xcf\xfa\xed\xfe"}, "fast.so"),
    (
        {"acme-1.0.dist-info/WHEEL": b"Tag: cp313-cp313-manylinux_2_39_aarch64\n"},
        "acme 1.0 for cp313-cp313-manylinux_2_39_aarch64",
    ),
]


@pytest.mark.parametrize(("files", "got"), MISFITS)
def test_what_is_built_for_something_else_is_refused_by_its_name(
    tmp_path: Path, files: Mapping[str, bytes], got: str
) -> None:
    vendor = folder(tmp_path / "vendor", {"m.py": "", **files})
    assert refused(tmp_path, [vendor]) == (
        f"worker_packages must run on python3.13 on arm64, got {got} in {vendor!r}: "
        "docs/components.md says how to install for it"
    )


def test_what_stands_in_the_workers_own_folder_must_fit_too(tmp_path: Path) -> None:
    folder(tmp_path / "the-worker", {"fast.cpython-311-aarch64-linux-gnu.so": ARM})
    assert refused(tmp_path, []).startswith("worker must run on python3.13 on arm64, got fast.cpython-311")


WHEELS = [
    ("py3-none-any", True),
    ("py2.py3-none-any", True),
    ("py313-none-any", True),
    ("py38-none-any", True),
    ("cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
    ("cp313-cp313-manylinux_2_28_aarch64", True),
    ("cp313-none-linux_aarch64", True),
    ("cp38-abi3-manylinux_2_34_aarch64", True),
    ("cp311.cp313-cp311.cp313-manylinux1_aarch64", True),
    ("py2-none-any", False),
    ("py314-none-any", False),
    ("cp311-cp311-manylinux2014_aarch64", False),
    ("cp313-cp313t-manylinux2014_aarch64", False),
    ("cp38-none-any", False),
    ("cp314-abi3-manylinux2014_aarch64", False),
    ("cp313-cp313-manylinux2014_x86_64", False),
    ("cp313-cp313-manylinux_2_35_aarch64", False),
    ("cp313-cp313-musllinux_1_2_aarch64", False),
    ("cp313-cp313-macosx_11_0_arm64", False),
    ("cp313-cp313-win_amd64", False),
    ("pp310-pypy310_pp73-manylinux2014_aarch64", False),
]


@pytest.mark.parametrize(("tags", "fits"), WHEELS)
def test_a_wheels_name_says_whether_it_fits(tmp_path: Path, tags: str, fits: bool) -> None:
    name = f"acme-1.0-{tags}.whl"
    path = wheel(tmp_path / name, {"acme.py": ""})
    if fits:
        assert members(tmp_path, [path]) == ["acme.py"]
    else:
        assert refused(tmp_path, [path]).startswith(
            f"worker_packages must run on python3.13 on arm64, got {name}"
        )


def test_python_3_11_runs_on_an_older_linux(tmp_path: Path) -> None:
    path = wheel(tmp_path / "acme-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", {"acme.py": ""})
    older = {"runtime": "python3.11", "architecture": "x86_64"}
    assert refused(tmp_path, [path], **older).startswith("worker_packages must run on python3.11 on x86_64")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("acme-1.0.tar.gz", b"", f"worker_packages must be {KINDS}, got "),
        ("acme.whl", b"", f"worker_packages must be {KINDS}, got "),
        ("acme-1.0-py3-none-any.whl", b"no zip", "worker_packages must be a wheel, got "),
        ("empty/notes.txt", b"", "worker_packages must hold Python files, got "),
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    folder(tmp_path, {name: content})
    path = tmp_path / name.partition("/")[0]
    assert refused(tmp_path, [str(path)]).startswith(f"{says}{str(path)!r}")


@pytest.mark.parametrize("place", ["../evil.py", "/evil.py", "acme/../../evil.py", "acme\\evil.py"])
def test_nothing_of_a_wheel_leaves_its_place(tmp_path: Path, place: str) -> None:
    path = wheel(tmp_path / "acme-1.0-py3-none-any.whl", {place: ""})
    assert refused(tmp_path, [path]).startswith(f"worker_packages must be a wheel, got {path!r} with ")


@pytest.mark.parametrize("inner", ["python", "lib/python3.13/site-packages"])
def test_of_a_layer_or_a_virtual_environment_the_folder_of_packages_is_given(
    tmp_path: Path, inner: str
) -> None:
    around = folder(tmp_path / "around", {f"{inner}/acme/__init__.py": "", "pyvenv.cfg": ""})
    packages = str(tmp_path / "around" / inner)
    assert refused(tmp_path, [around]).endswith(f"whose packages are in {packages!r}: give that")
    assert members(tmp_path, [packages]) == ["acme/__init__.py"]


def test_a_folder_that_nobody_filled_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "vendor")
    says = f"got {missing!r}, which is not there: docs/components.md says how a folder is filled"
    assert refused(tmp_path, [missing]) == f"worker_packages must be {KINDS}, {says}"


def test_a_path_may_be_a_path(tmp_path: Path) -> None:
    worker = Path(folder(tmp_path / "the-worker", {"worker.py": HANDLE}))
    vendor = Path(folder(tmp_path / "vendor", {"acme.py": ""}))
    found = deploy(lambda: make("CallbackFunction", "pay", worker=worker, worker_packages=[vendor]))
    assert "acme.py" in found.one("Function", "pay-worker").inputs["code"]


def test_two_may_bring_the_same_file_but_not_two_different_ones(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", {"google/__init__.py": "same", "google/a.py": ""})
    same = folder(tmp_path / "same", {"google/__init__.py": "same", "google/b.py": ""})
    other = folder(tmp_path / "other", {"google/__init__.py": "other"})
    assert members(tmp_path, [one, same]) == ["google/__init__.py", "google/a.py", "google/b.py"]
    assert refused(tmp_path, [one, other]) == (
        "worker and worker_packages must hold google/__init__.py once, got it from "
        f"{other!r} and as '{one}/google/__init__.py'"
    )


@pytest.mark.parametrize("place", ["worker.py", "countersign_runtime/answers.py"])
def test_nothing_takes_the_place_of_the_worker_or_of_the_runtime(tmp_path: Path, place: str) -> None:
    vendor = folder(tmp_path / "vendor", {place: "other"})
    assert refused(tmp_path, [vendor]).startswith(f"worker and worker_packages must hold {place} once, got")


def test_a_boto3_of_its_own_is_told_and_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = warnings(monkeypatch)
    files = {"boto3/__init__.py": "1", "botocore/__init__.py": "1", "botocore/x.json": b"0" * 2_600_000}
    assert members(tmp_path, [folder(tmp_path / "vendor", files)]) == sorted(files)
    (text,) = said
    assert text == (
        "pay: worker_packages bring boto3 and botocore (3 MB), which Lambda has, and starts faster: "
        "leave them out unless the worker needs this version"
    )


def test_what_changes_while_a_program_runs_is_packed_as_it_is_then(tmp_path: Path) -> None:
    """As for a program that runs Pulumi itself, again and again."""
    vendor = folder(tmp_path / "vendor", {"acme/__init__.py": ""})
    path = wheel(tmp_path / "other-1.0-py3-none-any.whl", {"other.py": ""})
    assert members(tmp_path, [vendor, path]) == ["acme/__init__.py", "other.py"]
    folder(tmp_path / "vendor", {"acme/more.py": ""})
    wheel(tmp_path / "other-1.0-py3-none-any.whl", {"another.py": ""})
    os.utime(path, ns=(0, 0))
    assert members(tmp_path, [vendor, path]) == ["acme/__init__.py", "acme/more.py", "another.py"]


def test_what_lambda_would_not_take_is_told_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice = "a layer can hold what is large: layer_arns"
    noise = bytes(range(256)) * 8_000
    vendor = folder(tmp_path / "vendor", {"acme/__init__.py": "", "acme/data": noise})
    monkeypatch.setattr(archive, "MAX_BYTES", 1_000_000)
    says = refused(tmp_path, [vendor])
    assert re.fullmatch(
        rf"worker and worker_packages must have at most 1000000 bytes, got 2\d{{6}}: {advice}", says
    )
    monkeypatch.setattr(archive, "MAX_BYTES", 10_000_000)
    monkeypatch.setattr(archive, "MAX_ZIPPED_BYTES", 10_000)
    assert re.fullmatch(
        rf"worker and worker_packages must have at most 10000 bytes when zipped, got \d{{5,6}}: {advice}",
        refused(tmp_path, [vendor]),
    )
    monkeypatch.setattr(archive, "MAX_ZIPPED_BYTES", 1_000_000)
    assert members(tmp_path, [vendor]) == ["acme/__init__.py", "acme/data"]


@pytest.mark.parametrize(
    ("page", "tool", "platform"),
    [
        ("docs/components.md", "python -m pip", r"--platform (\S+)"),
        ("docs/components.md", "uv pip", r"--python-platform (\S+)"),
        ("examples/packages/README.md", "python -m pip", r"--platform (\S+)"),
    ],
)
def test_a_documented_command_installs_for_what_functions_run_on(page: str, tool: str, platform: str) -> None:
    text = (ROOT / page).read_text()
    (command,) = re.findall(rf"^{tool} install (?:.*\\\n)?.*$", text, re.MULTILINE)
    version = DEPLOYED.runtime.removeprefix("python")
    assert f"--python-version {version} " in command
    python = f"cp{version.replace('.', '')}"
    systems = re.findall(platform, command)
    assert systems
    for system in systems:
        # uv says first what pip says last.
        named = re.sub(r"^(aarch64|x86_64)-(.*)$", r"\2_\1", system)
        assert DEPLOYED.takes_wheel(f"{python}-{python}-{named}")


def test_the_arguments_docstrings_name_what_there_is() -> None:
    text = (ROOT / "docs" / "components.md").read_text()
    assert all(f"`{name}`" in text for name in (*GLIBC, *MACHINES))
