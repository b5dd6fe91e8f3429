"""What components with a worker have in common: its arguments, the function made of it, and `wait`."""

import json
import os
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired

import pulumi

from countersign_contract import variables

from . import policies
from .checks import ArgumentError, checked, explained, plain, statements
from .code import imports, worker_file
from .code.archive import PACKAGES, archive
from .code.imports import Imports
from .code.packages import KINDS
from .component import Component
from .hosting import Hosting, HostingArgs
from .running import HANDLER, Function, python_function

PATH = (str, os.PathLike)
WORKER_FILE = "worker.py"
OWN_PACKAGES = {package.name for package in PACKAGES}
"""What functions are made with finds what it imports."""


class WorkerArgs(HostingArgs):
    """Arguments of every component with a worker."""

    worker_packages: NotRequired[Sequence[str] | None]
    """What to put beside the worker's files: paths of folders, modules (`.py`) or wheels (`.whl`). A folder
    with `__init__.py` is a package and keeps its name; one without is an entry of `sys.path`, as
    `pip install --target` fills it, and its members go to the root. Default: none."""
    worker_environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Environment variables of the worker, with the component's own at most 4096 bytes."""
    worker_statements: NotRequired[Sequence[Any] | None]
    """IAM statements for what the worker does besides returning tokens. Default: none."""
    metrics: NotRequired[bool | None]
    """Whether the function counts tasks that succeeded, failed or broke, and dead letters, as CloudWatch
    metrics that a Dashboard shows. Each of them that it ever writes is paid for. Default false."""


class CallbackComponent(Component):
    """A component where a state machine leaves task tokens, with the function that calls a worker."""

    callback_role_names: Sequence[pulumi.Output[str]]
    """Roles that return tokens: give them to the CallbackWorkflow whose tokens these are."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""
    function_names: Mapping[str, pulumi.Output[str]]
    """What its functions are called in AWS, each under what it is for."""
    log_group_names: Mapping[str, pulumi.Output[str]]
    """What its log groups are called in AWS, each under what writes to it."""

    def __init__(self, kind: Any, name: str, args: Any, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(kind, name, args, opts)
        options = self._options
        self._hosting = hosting = Hosting.of(options)
        self._statements = statements("worker_statements", options.get("worker_statements", ()))
        self._environment = _environment(options.get("worker_environment", {}))
        self._counting = {variables.METRICS: "true"} if options.get("metrics") else {}
        self._worker = _worker(options["worker"]) if "worker" in options else None
        imported = self._worker and worker_file.read(self._worker / WORKER_FILE, hosting.platform)
        packages = [
            Path(plain("worker_packages", one, PATH, KINDS)) for one in options.get("worker_packages", ())
        ]
        self._code = archive(self._worker and self._worker.resolve(), packages, platform=hosting.platform)
        if imported:
            self._check_imports(imported, packages)
        self._warn()

    def _function(
        self,
        name: str,
        role: str,
        statements: Sequence[policies.Statement] = (),
        environment: Mapping[str, pulumi.Input[Any]] | None = None,
    ) -> Function:
        """The function, called after its `role`, with what the component itself needs beside what the caller
        wants."""
        function = python_function(
            f"{name}-{role}",
            self._common,
            code=self._code,
            handler=HANDLER,
            statements=[*statements, *self._statements],
            environment=checked(
                pulumi.Output.all(self._environment, {**(environment or {}), **self._counting}), _variables
            ),
            hosting=self._hosting,
        )
        self.callback_role_names = [function.role_name]
        self.function_arn = function.arn
        self.function_names = {role: function.name}
        self.log_group_names = {role: function.log_group_name}
        return function

    def _check_imports(self, imported: Imports, packages: Sequence[Path]) -> None:
        """Refuse what `worker.py` would not find, and warn of what others would not, on which it depends."""
        files = {
            place: Path(asset.path)
            for place, asset in self._code.assets.items()
            if isinstance(asset, pulumi.FileAsset)
        }
        tops = {place: re.split("[./]", place, maxsplit=1)[0] for place in files}
        found = {*tops.values()}
        elsewhere = imported.anywhere - found - imports.everywhere(self._hosting.platform)
        for package in packages:
            # A namespace package has no `__init__.py`, and so is taken for a folder around packages.
            if package.is_dir() and package.name in elsewhere:
                raise ArgumentError(
                    f"worker_packages must be the folder around {package.name}, which worker.py imports, "
                    f"or a package with __init__.py, got {str(package)!r}"
                )
        given = self._environment
        if self._hosting.layer_arns or not isinstance(given, Mapping) or "PYTHONPATH" in given:
            return
        followed = {place: file for place, file in files.items() if tops[place] not in OWN_PACKAGES}
        missing = imports.missing(WORKER_FILE, imported, followed, found, self._hosting.platform)
        where = "in worker_packages, beside worker.py or in a layer (layer_arns); docs/components.md says how"
        for place, line, name in missing:
            if place == WORKER_FILE:
                file = f"{self._worker}/{place}"
                raise ArgumentError(
                    f"worker {file}, line {line}: {name} would not be found: bring it {where}"
                )
        if missing:
            names = ", ".join(f"{name} ({place}, line {line})" for place, line, name in missing)
            pulumi.log.warn(f"{names} would not be found when worker.py is imported: bring it {where}", self)

    def _warn(self) -> None:
        """Warn of what works, and hardly as it was meant."""
        if hidden := self._worker and worker_file.hidden(self._worker, self._hosting.platform):
            pulumi.log.warn(
                f"worker holds modules named like Python's own, {', '.join(hidden)}, which whatever the "
                "function imports would get instead: call them something else",
                self,
            )
        sizes = {name: _bytes_of(name, self._code) for name in ("boto3", "botocore")}
        if total := sum(sizes.values()):
            names = " and ".join(name for name, size in sizes.items() if size)
            pulumi.log.warn(
                f"worker_packages bring {names} ({total / 1e6:.0f} MB), which Lambda has, and starts faster: "
                "leave them out unless the worker needs this version",
                self,
            )

    @abstractmethod
    def _wait(self, request: Any, **options: Any) -> dict[str, Any]:
        """The state that `wait` builds."""

    @explained
    def wait(
        self,
        request: Any = None,
        *,
        timeout_seconds: int | str,
        heartbeat_seconds: int | str | None = None,
        query_language: str = "JSONPath",
    ) -> dict[str, Any]:
        """A Task state that leaves `request` and the task token here and waits for the answer.

        `request` is a path into the state's input (`$.order`) or a value whose `.$` keys are paths, by
        default the whole input; `timeout_seconds` is a number of seconds or a path to one. Add Next or End,
        Retry and Catch.
        """
        return self._wait(
            request,
            timeout_seconds=timeout_seconds,
            heartbeat_seconds=heartbeat_seconds,
            query_language=query_language,
        )


def _worker(value: Any) -> Path:
    """The folder of a worker, which holds a `worker.py`."""
    rule = f"the path of a folder that holds {WORKER_FILE}"
    folder = Path(plain("worker", value, PATH, rule))
    if not (folder / WORKER_FILE).is_file():
        raise ArgumentError(f"worker must be {rule}, got {str(folder)!r}")
    return folder


def _bytes_of(package: str, code: pulumi.AssetArchive) -> int:
    return sum(
        Path(asset.path).stat().st_size
        for place, asset in code.assets.items()
        if place.startswith(f"{package}/") and isinstance(asset, pulumi.FileAsset)
    )


MAX_ENVIRONMENT_BYTES = 4_096
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


OWN_VARIABLES = frozenset(
    {variables.DEAD_LETTER_QUEUE_ARN, variables.MAX_RECEIVE_COUNT, variables.METRICS}
    | {"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
    | {"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"}
    | {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION"}
    | {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"}
    | {"_HANDLER", "_X_AMZN_TRACE_ID"}
)
"""Variables that the component sets, or Lambda, which takes no other value for its own:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""


def _environment(value: pulumi.Input[Any]) -> pulumi.Input[Any]:
    """The caller's variables, checked as far as they are known."""

    def check(given: Any) -> Any:
        if not isinstance(given, Mapping):
            kind = type(given).__name__  # Its value may be a secret.
            raise ArgumentError(f"worker_environment must be a dict of variables, got a {kind}")
        if taken := sorted(OWN_VARIABLES & given.keys()):
            raise ArgumentError(
                f"worker_environment must not set {taken[0]}, which Lambda or the component sets"
            )
        return _fitting(given)

    return checked(value, check)


def _variables(both: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The caller's variables and the component's, all known."""
    return _fitting({**both[0], **{name: str(value) for name, value in both[1].items()}})


def _fitting(given: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Lambda takes texts alone, and of a number Pulumi makes what it likes: of 0.5 a 0."""
    for name, value in given.items():
        # https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html
        if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z]\w+", name, re.ASCII):
            raise ArgumentError(
                "worker_environment must have names of letters, digits and _, at least two and a letter "
                f"first, got {name!r}"
            )
        if not isinstance(value, str | pulumi.Output):
            number = isinstance(value, int | float)
            got = f"{value!r}: write {json.dumps(value)!r}" if number else f"a {type(value).__name__}"
            raise ArgumentError(f"worker_environment[{name!r}] must be a text, got {got}")
    # Lambda measures them as JSON, which its error shows.
    known = {name: value for name, value in given.items() if isinstance(value, str)}
    if (
        size := len(json.dumps(known, separators=(",", ":"), ensure_ascii=False).encode())
    ) > MAX_ENVIRONMENT_BYTES:
        raise ArgumentError(
            f"worker_environment must have at most {MAX_ENVIRONMENT_BYTES} bytes as JSON, with the "
            f"component's own variables, got {size}"
        )
    return given
