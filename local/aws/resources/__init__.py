"""The resource types that exist locally: one small function each, from inputs to calls of AWS."""

from local.aws.resources import (
    events,
    functions,
    http_api,
    identity,
    messaging,
    observability,
    storage,
    tables,
    workflows,
)
from local.aws.resources.kinds import Kind

__all__ = ["KINDS", "Kind"]

KINDS: dict[str, Kind] = {
    **messaging.KINDS,
    **identity.KINDS,
    **functions.KINDS,
    **observability.KINDS,
    **events.KINDS,
    **workflows.KINDS,
    **tables.KINDS,
    **http_api.KINDS,
    **storage.KINDS,
}
