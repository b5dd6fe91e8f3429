"""`docs/components.md`, from the components' docstrings, their signatures and the examples."""

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pulumi.provider.experimental.analyzer import Analyzer

import components
from components.common import arguments as common
from components.common import waits
from components.common.names import TIGHTEST, longest_name
from components.plugin import BASES, NAME
from components.plugin import components as exported

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "components.md"
COMPONENTS = {kind.__name__: kind for kind in exported()}

ORDER = (
    "CallbackQueue",
    "CallbackFunction",
    "CallbackTable",
    "CallbackBucket",
    "ApprovalApi",
    "Notifier",
    "CallbackWorkflow",
    "Dashboard",
)

HEAD = """\
<!-- Written by `python -m tools.generate`. Change the docstrings, not this page. -->
# Components

What other stacks import. Which one you need depends on who answers:

| the execution waits for | take |
|---|---|
| people who approve | `ApprovalApi` with a `Notifier` for its mails |
| a worker of yours, or a legacy system that polls | `CallbackQueue` |
| a worker that is called directly, or through a topic | `CallbackFunction` |
| a worker that reads tokens from a table or a bucket | `CallbackTable`, `CallbackBucket` |
| and in each case | `CallbackWorkflow`, which is the state machine |

## Ten lines

In Python, with `countersign @ git+<address of the repository>@<commit>` (or a wheel) in the requirements:

```python
{python}```

In TypeScript, after `pulumi package add <address of the repository>/components@<commit>`:

```typescript
{typescript}```

The same command is for Go, C# and Java. YAML needs no generated code; a whole stack is in
[examples/yaml](../examples/yaml/Pulumi.yaml).

## From other languages

- Arguments and outputs are in camelCase (`timeout_seconds` is `timeoutSeconds`; Go and C# capitalise it).
  Error messages name them as Python does: `timeout_seconds must be between 1 and 900, got 0`.
- `logRetentionDays` is an enum, since CloudWatch Logs knows only some numbers.
- `callbackRoleNames` is passed on as it is, or joined with others by `apply`: nobody needs to know how many
  roles there are.
- `definition` must be an object in the program itself; its leaves may be outputs; its keys stay as they are.
- A folder such as `worker` is relative to the program, and holds Python, whatever language the program is in.

### Wait states as data

{waits}
## The worker

A folder with a `worker.py`, whatever language the program is written in. It runs on Python 3.13 (arm64), or
on the `runtime` and `architecture` that you say, with boto3 and whatever is in `worker_packages`. The file is
read when the component is constructed, and never imported: an error in its syntax, or no
`handle(request, task)`, is told with file and line. The tasks of a batch are handled at the same time, each
in a thread; with `batch_size` 1, one after another.

```python
# Not a whole program: keep and charge are yours.
from countersign_runtime import PENDING, Task, TaskClosed, TaskFailed


{runtime}
```

| of `task` | |
|---|---|
{task}

A test needs no AWS: with `lambda_src` of the installed package (or of this repository) and boto3 on the path,
`worker.handle(request, Task(id="1", token="t"))` is a call like any other.

### Its packages

Nothing is installed for a worker. This fills a folder for the function's platform, whatever machine you are
on, and `"worker_packages": ["workers/vendor"]` packs it:

```sh
python -m pip install --target workers/vendor --only-binary :all: --python-version 3.13 \\
  --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64 -r workers/requirements.txt
```

For `x86_64`, write that in the place of `aarch64`. Python 3.11 runs on an older Linux, without
`manylinux_2_28`. Run it again into an empty folder: pip replaces nothing there. The same with uv, which also
finds what is built for other versions of Linux that fit:

```sh
uv pip install --target workers/vendor --only-binary :all: --python-version 3.13 \\
  --python-platform aarch64-manylinux_2_34 -r workers/requirements.txt
```

[examples/packages](../examples/packages) is a whole stack with such a worker.

- A folder with `__init__.py` is a package and keeps its name. A folder without one is an entry of
  `sys.path`: its members go to the root. So a namespace package is given as the folder around it.
- What is built for another Python or processor is refused when the component is constructed, by its name:
  an extension, a shared library, or a distribution whose wheel was for another platform. The machine that
  deploys makes no difference.
- A wheel or a package brings nothing but itself: give what it needs too, or a folder that pip has filled.
- A `worker.py` that begins by importing what is not there is refused, since no message would ever be
  answered. What is not there of what that imports in turn is warned of. Not looked at: imports in functions,
  `try` or `if`; anything with `layer_arns`, with a `PYTHONPATH` in `worker_environment`, or once `worker.py`
  changes `sys.path`, `sys.modules` or the like. If a file that it imports does, nothing is warned of.
- Left out: byte code, hidden files, the programs in `bin`, and of a wheel's `.data` all but Python
  packages. Two packages that bring different files for the same place are refused.
- Lambda takes 50 MB zipped and 250 MB unzipped. What is larger goes into a layer (`layer_arns`).
- boto3 is there already. Your own copy is packed with a warning, since the function starts more slowly with
  it.
- The embedded AWS runs functions on this machine's Python and processor, so a worker with extensions for
  another platform fails its tasks there, and `python -m local up` says so in a note. For a stack that runs
  here, install for this machine, and give `runtime` and `architecture` to match.

### In a VPC

With `subnet_ids` and `security_group_ids` the function reaches only what can be reached from there. Its
role gets what Lambda needs to bring it there, and the worker's own code is refused that. Lambda itself
reads queues and streams, and writes logs. Without a NAT gateway, the function needs these endpoints, whose
security groups let in port 443 from the function's:

| component | endpoints |
|---|---|
| each of them | `states` |
| `CallbackQueue` | and `sqs` |
| `CallbackTable` | and `dynamodb` |
| `CallbackBucket` | and `s3` |

And those of whatever else the worker calls. If the function cannot reach `states`, no task is answered, and
each ends with its timeout. Subnets need an address for each network interface: [Lambda's
page](https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).

## Bring your own

Every component does this in the same way: it uses yours, makes one, or goes without. Arguments that
contradict each other are refused.

{common}
## Names

A component's children are named after it, and Pulumi adds a hyphen and seven characters to their names in
AWS. So a component's name has limits too. A name outside them is refused before anything is made:

| component | characters | of | because in AWS it has |
|---|---|---|---|
{names}
"""


HANDLE = """\
def handle(request, task: Task):
    task.heartbeat()  # restarts HeartbeatSeconds; raises TaskClosed if nobody waits any more
    if request["amount"] <= 0:
        raise TaskFailed("InvalidOrder", "amount must be positive")  # fails the task with this error
    if request["slow"]:
        keep(task.token)  # encrypted: it is the right to answer
        return PENDING  # somebody else will
    return charge(request, key=task.id)  # the task's result; any other exception: docs/operations.md"""


def content() -> str:
    """The whole page."""
    head = HEAD
    for place, text in (
        ("{python}", (ROOT / "examples" / "python" / "minimal.py").read_text()),
        ("{typescript}", (ROOT / "examples" / "typescript" / "minimal.ts").read_text()),
        ("{waits}", _after_first_line(waits.__doc__)),
        ("{common}", _after_first_line(common.__doc__)),
        ("{runtime}", HANDLE),
        ("{task}", "\n".join(_task())),
        ("{names}", "\n".join(_names())),
    ):
        head = head.replace(place, text)
    return (
        "\n".join(
            [
                head.rstrip(),
                *(line for kind in sorted(COMPONENTS, key=ORDER.index) for line in _component(kind)),
            ]
        )
        + "\n"
    )


def _names() -> Iterator[str]:
    """The longest name of each component, and why."""
    for component, (kind, ending) in TIGHTEST.items():
        because = f"a {kind.what} `name-{ending}-0123456`, with at most {kind.longest}"
        yield f"| {component} | 1 to {longest_name(component)} | {kind.characters} | {because} |"


def _task() -> Iterator[str]:
    """What a worker is told of its task, from the source."""
    source = ast.parse((ROOT / "lambda_src" / "countersign_runtime" / "message.py").read_text())
    (task,) = (one for one in source.body if isinstance(one, ast.ClassDef) and one.name == "Task")
    for line, after in pairwise([*task.body, ast.Pass()]):
        name, text = "", ""
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            said = after.value if isinstance(after, ast.Expr) else None
            name, text = line.target.id, str(said.value) if isinstance(said, ast.Constant) else ""
        elif isinstance(line, ast.FunctionDef):
            name, text = line.name if line.decorator_list else f"{line.name}()", ast.get_docstring(line) or ""
        if name:
            yield f"| `{name}` | {_line(text.partition(chr(10) * 2)[0])} |"


def _component(kind: str) -> Iterator[str]:
    component, arguments = COMPONENTS[kind], getattr(components, f"{kind}Args")
    analyzer = Analyzer(NAME)
    schema = analyzer.analyze_component(component)
    yield from ("", f"## {kind}", "", inspect.cleandoc(component.__doc__ or ""))
    yield from ("", "| argument | type | |", "|---|---|---|")
    own = [name for name in arguments.__annotations__ if name not in common.RunningArgs.__annotations__]
    shared = [name for name in arguments.__annotations__ if name in common.RunningArgs.__annotations__]
    names = {python: name for name, python in schema.inputs_mapping.items()}
    for name in (*own, *shared):
        described = schema.inputs[names[name]]
        required = "" if described.optional else " (required)"
        said = described.description or _inherited(analyzer, name)
        yield f"| `{name}`{required} | {_type(described)} | {_line(said)} |"
    yield from ("", "| output | |", "|---|---|")
    for name, python in schema.outputs_mapping.items():
        yield f"| `{python}` | {_line(schema.outputs[name].description or _inherited(analyzer, python))} |"
    for name, method in inspect.getmembers(component, inspect.isfunction):
        if not name.startswith("_") and method.__module__.startswith("components."):
            yield from ("", f"**`{name}{_signature(method)}`**", "", inspect.cleandoc(method.__doc__ or ""))


def _inherited(analyzer: Analyzer, name: str) -> str:
    return next(filter(None, (analyzer.get_docstring(base, name) for base in BASES)))


def _type(described: Any) -> str:
    if described.ref:
        return "anything"
    if described.items:
        return f"list of {_type(described.items)}"
    if described.additional_properties:
        return f"map of {_type(described.additional_properties)}"
    return str(described.type.value)


def _signature(method: Any) -> str:
    signature = inspect.signature(method)
    shown = [parameter for parameter in signature.parameters.values() if parameter.name != "self"]
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in shown]
    return str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def _after_first_line(text: str | None) -> str:
    return inspect.cleandoc(text or "").partition("\n\n")[2] + "\n"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")
