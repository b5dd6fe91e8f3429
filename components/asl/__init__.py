"""Amazon States Language from Python dicts: builders, checks, permissions, diagram.

| room | what it is for | which rooms it may import |
|---|---|---|
| `report` | what a rule and a finding are | none |
| `services` | which services a Resource can name, and how they are called | none |
| `language` | the languages inside: paths, intrinsic functions, context object, JSONata | report |
| `document` | a definition: copied, walked, resolved, rendered, drawn | report, services |
| `checks` | what is wrong with a definition | report, services, language, document |
| `build` | how a wait state is made | report, services, language |
| `permissions` | what the execution role needs | report, services, language, document |

`make lint` holds the last column. Others import this package, not its rooms. It knows nothing of AWS clients,
and of Pulumi at most Output (in `document.definition`).
"""

from .build import wait
from .checks.run import check, check_text, require_valid
from .document import diagram
from .document.definition import Definition
from .language.query import JSONATA, is_path
from .permissions.policy import (
    UnresolvedPermission,
    has_waits,
    needs_own_statements,
    own_statements,
    require_statements,
    statements,
)
from .report.findings import DefinitionError, Finding, Severity
from .services import integrations

__all__ = [
    "JSONATA",
    "Definition",
    "DefinitionError",
    "Finding",
    "Severity",
    "UnresolvedPermission",
    "check",
    "check_text",
    "diagram",
    "has_waits",
    "integrations",
    "is_path",
    "needs_own_statements",
    "own_statements",
    "require_statements",
    "require_valid",
    "statements",
    "wait",
]
