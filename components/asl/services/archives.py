"""What is generated of many services: archives with one JSON document for each, opened when one is needed."""

import json
from functools import cache
from pathlib import Path
from typing import Any


def _open(archive: str) -> Any:
    import zipfile

    return zipfile.ZipFile(Path(__file__).with_name(archive))


@cache
def names(archive: str) -> frozenset[str]:
    """The services in an archive."""
    with _open(archive) as opened:
        return frozenset(name.removesuffix(".json") for name in opened.namelist())


@cache
def read(archive: str, service: str) -> dict[str, Any] | None:
    """What an archive has of a service, or None."""
    if service not in names(archive):
        return None
    with _open(archive) as opened:
        data: dict[str, Any] = json.loads(opened.read(f"{service}.json"))
        return data
