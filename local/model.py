"""What the monitor and a provider say to each other. Neither knows the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Resource:
    """One custom resource as the program registered it: plain inputs, secrets unwrapped, everything known."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    provider: Mapping[str, Any] = field(default_factory=dict)  # The inputs of an explicit provider.


@dataclass(frozen=True)
class Created:
    """A resource that exists: its physical id, and the outputs that are computed or differ from inputs."""

    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asset:
    """One file of an archive: ``path`` (relative to the program's folder) or ``text``."""

    path: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Archive:
    """A folder or zip file at ``path``, or members by name."""

    path: str | None = None
    members: "Mapping[str, Asset | Archive] | None" = None


class Provider(Protocol):
    """Makes resources real and answers data sources. May raise anything: its text is the reason shown."""

    def create(self, resource: Resource, folder: Path) -> Created:
        """Create ``resource``; ``folder`` is where relative paths of assets start."""

    def invoke(
        self, token: str, arguments: Mapping[str, Any], provider: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Answer the data source ``token``; ``provider`` holds the inputs of an explicit provider."""
