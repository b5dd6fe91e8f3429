"""The resource types that exist locally: one small function each, from inputs to calls of AWS."""

from local.aws.request import Create
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

_SERVICES = (events, functions, http_api, identity, messaging, observability, storage, tables, workflows)
KINDS: dict[str, Create] = {kind: create for service in _SERVICES for kind, create in service.KINDS.items()}
