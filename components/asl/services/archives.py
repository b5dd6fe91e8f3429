"""What is generated of many services: archives with one JSON document for each, opened when one is needed.

zipimport reads them, which Python has loaded anyway: zipfile takes longer to load than a definition to check.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any
from zipimport import zipimporter


@cache
def _open(archive: str) -> zipimporter:
    return zipimporter(str(Path(__file__).with_name(archive)))


@cache
def names(archive: str) -> frozenset[str]:
    """The services in an archive."""
    from zipfile import ZipFile

    with ZipFile(_open(archive).archive) as opened:
        return frozenset(name.removesuffix(".json") for name in opened.namelist())


@cache
def read(archive: str, service: str) -> dict[str, Any] | None:
    """What an archive has of a service, or None."""
    opened = _open(archive)
    try:
        text = opened.get_data(f"{opened.archive}/{service}.json")
    except OSError:
        return None
    data: dict[str, Any] = json.loads(text)
    return data
