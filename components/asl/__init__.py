"""Amazon States Language from Python dicts: builders, checks, permissions, diagram.

| room | what it is for | which rooms it may import |
|---|---|---|
| `report` | what a rule and a finding are, and how values are shown in them | none |
| `services` | which services a Resource can name, and how they are called | none |
| `language` | the languages inside: paths, intrinsic functions, context object, JSONata | report |
| `document` | a definition: copied, walked, resolved, rendered, drawn | report, services |
| `checks` | what is wrong with a definition | report, services, language, document |
| `build` | how a wait state is made | report, services, language |
| `permissions` | what the execution role needs | report, services, language, document |

`make lint` holds the last column, and that others import this package, not its rooms (`tools.generate` may).
`tables` reads the tables of a room. It knows nothing of AWS clients, and of Pulumi at most Output.
"""

from .build import wait as wait
from .checks.run import check as check
from .checks.run import check_text as check_text
from .checks.run import require_valid as require_valid
from .document import diagram as diagram
from .document.definition import Definition as Definition
from .language.query import JSONATA as JSONATA
from .language.query import JSONPATH as JSONPATH
from .language.query import is_expression as is_expression
from .language.query import is_path as is_path
from .permissions.collecting import UnresolvedPermission as UnresolvedPermission
from .permissions.policy import calls_elsewhere as calls_elsewhere
from .permissions.policy import has_waits as has_waits
from .permissions.policy import needs_own_statements as needs_own_statements
from .permissions.policy import own_statements as own_statements
from .permissions.policy import require_statements as require_statements
from .permissions.policy import statements as statements
from .report.findings import DefinitionError as DefinitionError
from .report.findings import Finding as Finding
from .report.findings import Mistake as Mistake
from .report.findings import Severity as Severity
from .services import integrations as integrations
from .services import subjects as subjects
