"""What every resource type's code gets and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws.clients import Aws
from local.aws.inputs import Inputs
from local.model import Created


@dataclass(frozen=True)
class Request:
    """One resource to create: where, its logical name, its inputs, and where relative file paths start."""

    aws: Aws
    name: str
    inputs: Inputs
    folder: Path


Create = Callable[[Request], Created]
Delete = Callable[[Aws, str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    """How to create a resource, and how to delete it; ``delete`` None: it goes with its parent."""

    create: Create
    delete: Delete | None = None
