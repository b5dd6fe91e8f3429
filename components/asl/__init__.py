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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .build import wait
    from .checks.run import check, check_text, require_valid
    from .document import diagram
    from .document.definition import Definition
    from .language.query import JSONATA, is_expression, is_path
    from .permissions.policy import (
        UnresolvedPermission,
        has_waits,
        needs_own_statements,
        own_statements,
        require_statements,
        statements,
    )
    from .report.findings import DefinitionError, Finding, Severity
    from .report.mistake import Mistake
    from .services import integrations

_MODULES = {
    ".build": ("wait",),
    ".checks.run": ("check", "check_text", "require_valid"),
    ".document": ("diagram",),
    ".document.definition": ("Definition",),
    ".language.query": ("JSONATA", "is_expression", "is_path"),
    ".permissions.policy": (
        "UnresolvedPermission",
        "has_waits",
        "needs_own_statements",
        "own_statements",
        "require_statements",
        "statements",
    ),
    ".report.findings": ("DefinitionError", "Finding", "Severity"),
    ".report.mistake": ("Mistake",),
    ".services": ("integrations",),
}
"""What this package hands out, by the module that has it: the command line needs only some of them."""

__all__ = [
    "JSONATA",
    "Definition",
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
    "is_expression",
    "is_path",
    "needs_own_statements",
    "own_statements",
    "require_statements",
    "require_valid",
    "statements",
    "wait",
]


def __getattr__(name: str) -> Any:
    """What is handed out, a module of a room included, loaded when it is first asked for."""
    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    loaded = import_module(module, __name__)
    return getattr(loaded, name, None) or import_module(f"{module}.{name}", __name__)
