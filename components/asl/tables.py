"""Tables of data, which stand beside the modules that read them."""

import csv
from collections.abc import Iterator
from pathlib import Path


def rows(module: str, name: str) -> Iterator[dict[str, str]]:
    """Each row of the table `name` beside a module (its `__file__`), as column → what stands there."""
    with Path(module).with_name(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
