"""Amazon States Language from Python dicts: builders, checks, permissions, diagram.

| modules | what they know |
|---|---|
| `wait`, `message` | how a wait state is built |
| `check`, `check_*`, `findings`, `rule*`, `data_size` | what is wrong with a definition, and why |
| `permissions`, `permission_*`, `grants` | what the execution role needs |
| `integrations`, `integration_table`, `aws_services.zip` | which services can be called, and how |
| `paths`, `intrinsics`, `intrinsic_types`, `jsonata*`, `context` | the languages inside of the language |
| `resolve`, `diagram` | a definition as AWS gets it, and as a picture |

Knows nothing of AWS clients, and of Pulumi at most Output (in `resolve`).
"""

from . import diagram, integrations, permissions, wait
from .check import check, check_text, require_valid
from .findings import DefinitionError, Finding, Mistake, Severity
from .permissions import (
    UnresolvedPermission,
    has_waits,
    needs_own_statements,
    own_statements,
    require_statements,
    statements,
)
from .resolve import render, resolve

__all__ = [
    "DefinitionError",
    "Finding",
    "Mistake",
    "Severity",
    "UnresolvedPermission",
    "check",
    "check_text",
    "diagram",
    "has_waits",
    "integrations",
    "needs_own_statements",
    "own_statements",
    "permissions",
    "render",
    "require_statements",
    "require_valid",
    "resolve",
    "statements",
    "wait",
]
