"""The archive of a function: its files, and the packages beside them."""

import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pulumi

import countersign_contract

from ..checks import ArgumentError
from . import packages
from .runtimes import DEPLOYED, Platform

_PACKAGE = Path(__file__).resolve().parents[2]
FUNCTIONS = next(f for f in (_PACKAGE / "lambda_src", _PACKAGE.parent / "lambda_src") if f.is_dir())
"""Where the project's own functions and the packages they share are: inside the installed package, beside the
folder in the repository."""

RUNTIME_PACKAGE = FUNCTIONS / "countersign_runtime"
CONTRACT_PACKAGE = Path(countersign_contract.__file__).resolve().parent
"""The packages every function is made with."""

APPROVALS_PACKAGE = FUNCTIONS / "approvals"
"""What the functions of an ApprovalApi share."""

PACKAGES = frozenset({RUNTIME_PACKAGE, CONTRACT_PACKAGE, APPROVALS_PACKAGE})

MAX_BYTES = 262_144_000
MAX_ZIPPED_BYTES = 52_428_800
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def archive(
    folder: Path | None,
    brought: Sequence[Path] = (),
    leaving_out: Sequence[str] = (),
    platform: Platform = DEPLOYED,
) -> pulumi.AssetArchive:
    """The function's files at the root; beside them the runtime, the contract, and the packages that it has
    `brought`, but for the folders `leaving_out`. The same files make the same archive.

    Raises ValueError for a folder without Python files, for what cannot run on `platform`, for two different
    files in the same place, for more than Lambda takes, and for a folder to leave out that is not there.
    """
    found: dict[str, Path] = {}
    if folder:
        found = packages.sources(folder)
        if not any(place.endswith(".py") for place in found):
            raise ArgumentError(f"folder must hold Python files, got {str(folder)!r}")
        packages.check("worker", folder, found, platform)
    for package in (RUNTIME_PACKAGE, CONTRACT_PACKAGE, *brought):
        members = _project_package(package) if package in PACKAGES else packages.members(package, platform)
        for place, file in members.items():
            if place in found and found[place].read_bytes() != file.read_bytes():
                raise ArgumentError(
                    f"worker and worker_packages must hold {place} once, got it from {str(package)!r} and as "
                    f"{str(found[place])!r}"
                )
            found[place] = file
    # What may be asked of people is of use beside the approvals' own code alone.
    unused = () if APPROVALS_PACKAGE in brought else (f"{CONTRACT_PACKAGE.name}/approvals",)
    for folder_out in (*unused, *leaving_out):
        inside = [place for place in found if place.startswith(f"{folder_out}/")]
        if not inside:
            raise ArgumentError(
                f"leaving_out must name folders of the function's packages, got {folder_out!r}"
            )
        for place in inside:
            del found[place]
    _check_size(found)
    return pulumi.AssetArchive({place: pulumi.FileAsset(str(file)) for place, file in sorted(found.items())})


@cache
def _project_package(package: Path) -> Mapping[str, Path]:
    """Of this project, which does not change while a program runs as a worker may."""
    return packages.members(package, DEPLOYED)


def _check_size(files: Mapping[str, Path]) -> None:
    size = sum(file.stat().st_size for file in files.values())
    rule = "worker and worker_packages must have at most"
    advice = "a layer can hold what is large: layer_arns"
    if size > MAX_BYTES:
        raise ArgumentError(f"{rule} {MAX_BYTES} bytes, got {size}: {advice}")
    if size <= MAX_ZIPPED_BYTES:
        return
    # Pulumi's zip is hardly ever smaller than this one: who compresses well never does it much better.
    zipped = sum(_zipped(file, file.stat().st_mtime_ns) for file in files.values())
    if zipped > MAX_ZIPPED_BYTES:
        raise ArgumentError(f"{rule} {MAX_ZIPPED_BYTES} bytes when zipped, got {zipped}: {advice}")


@cache
def _zipped(file: Path, _changed: int) -> int:
    """Its size. Kept, as several functions may bring the same, and ten megabytes take most of a second."""
    return len(zlib.compress(file.read_bytes()))
