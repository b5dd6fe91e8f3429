"""What every resource type's code gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.aws.clients import Aws
from local.aws.request import Request
from local.model import Created

Create = Callable[[Request], Created]
Delete = Callable[[Aws, Mapping[str, Any]], object]
"""Gets inputs and outputs of the resource, and its ``id``."""


@dataclass(frozen=True)
class Kind:
    """How to create a resource, and how to delete it; ``delete`` None: it goes with its parent."""

    create: Create
    delete: Delete | None = None


def by_call(service: str, operation: str, **arguments: str) -> Delete:
    """Deletes by a call whose arguments are these properties of the resource."""

    def delete(aws: Aws, properties: Mapping[str, Any]) -> None:
        given = {argument: properties[key] for argument, key in arguments.items()}
        getattr(aws.client(service), operation)(**given)

    return delete
