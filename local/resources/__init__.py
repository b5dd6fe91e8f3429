"""The resource types that exist locally: one small function each, from inputs to AWS calls."""

from . import (
    events,
    functions,
    http_api,
    identity,
    keys,
    observability,
    queues,
    storage,
    tables,
    topics,
    workflows,
)
from .kinds import Kind, Request

__all__ = ["KINDS", "Kind", "Request"]

KINDS: dict[str, Kind] = {
    kind: entry
    for module in (
        queues,
        topics,
        identity,
        functions,
        observability,
        events,
        workflows,
        tables,
        keys,
        http_api,
        storage,
    )
    for kind, entry in module.KINDS.items()
}
