"""The resource types that exist locally: one small function each, from inputs to AWS calls."""

from local.aws.resources import (
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
from local.aws.resources.kinds import Kind, Request

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
