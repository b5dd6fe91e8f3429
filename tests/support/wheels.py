"""Real wheels without a network: made again of what is installed here, file by file."""

import platform
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

from components.common.code.runtimes import GLIBC, MACHINES

HERE = {
    "runtime": f"python3.{sys.version_info.minor}",
    "architecture": {"aarch64": "arm64"}.get(platform.machine(), platform.machine()),
}
"""The platform of Lambda's that is this machine's, if it is one at all."""
ELSEWHERE = {"runtime": "python3.13", "architecture": "arm64"}
"""Another one: what functions run on of which nobody said otherwise."""
if HERE == ELSEWHERE:
    ELSEWHERE = {"runtime": "python3.12", "architecture": "x86_64"}
PYDANTIC = ("pydantic", "pydantic-core", "annotated-types", "typing-extensions", "typing-inspection")
"""What pydantic needs, of which a part is compiled."""
_ELF_MACHINES = {"arm64": 183, "x86_64": 62}


def is_here() -> bool:
    """Whether functions can run on this machine's platform when they are deployed."""
    return sys.platform == "linux" and HERE["runtime"] in GLIBC and HERE["architecture"] in MACHINES


def installed_files(name: str) -> Iterator[tuple[str, bytes]]:
    """Place in the wheel → content, of a distribution that is installed here."""
    for file in distribution(name).files or ():
        place = PurePosixPath(file.as_posix())
        if not {"..", "__pycache__", "INSTALLER", "REQUESTED", "RECORD", "direct_url.json"} & set(
            place.parts
        ):
            yield str(place), Path(str(file.locate())).read_bytes()


def tags(name: str) -> str:
    """The tags of the wheel that it was installed from, as that wheel's name has them."""
    every = re.findall(r"^Tag: (\S+)-(\S+)-(\S+)$", distribution(name).read_text("WHEEL") or "", re.MULTILINE)
    return "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*every, strict=True))


def wheel(name: str, folder: Path, *, elsewhere: bool = False) -> Path:
    """A wheel of what is installed here; `elsewhere` makes it one for that platform: its name, its tags, and
    what its extensions say of themselves. These cannot be told from real ones without being run."""
    content = dict(installed_files(name))
    tag = tags(name)
    if elsewhere:
        content = {_renamed(place): _for_elsewhere(place, data) for place, data in content.items()}
        tag = _renamed(tag)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}-{distribution(name).version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for place, data in content.items():
            opened.writestr(place, data)
    return path


def _renamed(text: str) -> str:
    python = ELSEWHERE["runtime"].removeprefix("python3.")
    text = re.sub(r"\b(cp|cpython-)3\d+", rf"\g<1>3{python}", text)
    return re.sub("x86_64|aarch64", MACHINES[ELSEWHERE["architecture"]], text)


def _for_elsewhere(place: str, data: bytes) -> bytes:
    if place.endswith(".so"):
        return data[:18] + _ELF_MACHINES[ELSEWHERE["architecture"]].to_bytes(2, "little") + data[20:]
    return _renamed(data.decode()).encode() if place.endswith("/WHEEL") else data


def target(names: Iterable[str], folder: Path) -> Path:
    """What an installer puts into its target folder."""
    for name in names:
        for place, data in installed_files(name):
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(data)
    return folder
