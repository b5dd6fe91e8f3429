"""The building block for a Lambda function in Python: role, log group, archive and function."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

import countersign_contract

from . import policies
from .arguments import Common
from .checks import ArgumentError
from .running import log_group, role

RUNTIME = "python3.13"
_PACKAGE = Path(__file__).resolve().parents[1]
FUNCTIONS = next(f for f in (_PACKAGE / "lambda_src", _PACKAGE.parent / "lambda_src") if f.is_dir())
"""Where the project's own functions and the packages they share are: inside the installed package, beside the
folder in the repository."""

RUNTIME_PACKAGE = FUNCTIONS / "countersign_runtime"
CONTRACT_PACKAGE = Path(countersign_contract.__file__).resolve().parent
"""The packages every function is made with."""

APPROVALS_PACKAGE = FUNCTIONS / "approvals"
"""What the functions of an ApprovalApi share."""

HANDLER = "countersign_runtime.processing.worker.handler"
"""What answers the messages of every function that gets task tokens."""


class Function(NamedTuple):
    """A function, whose `policy` is attached before anything may start it."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    role_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    policy: aws.iam.RolePolicy

    def called_by(
        self, name: str, common: Common, service: str, source_arn: pulumi.Input[str], **more: Any
    ) -> pulumi.ResourceOptions:
        """Let `service` call it on behalf of `source_arn`. Returned are the options of what has it called."""
        allowed = aws.lambda_.Permission(
            name,
            function=self.name,
            action="lambda:InvokeFunction",
            principal=f"{service}.amazonaws.com",
            source_arn=source_arn,
            opts=common.child(),
            **more,
        )
        return common.child(allowed, self.policy)

    def takes_from(
        self, name: str, common: Common, source_arn: pulumi.Input[str], *after: pulumi.Resource, **how: Any
    ) -> None:
        """Have Lambda bring it what is in a queue or a stream, of which it says what failed."""
        aws.lambda_.EventSourceMapping(
            name,
            event_source_arn=source_arn,
            function_name=self.arn,
            function_response_types=["ReportBatchItemFailures"],
            tags=common.tags,
            opts=common.child(self.policy, *after),
            **how,
        )


def python_function(
    name: str,
    common: Common,
    *,
    folder: Path | None,
    statements: Sequence[policies.Statement],
    handler: str = "handler.handler",
    packages: Sequence[Path] = (),
    leaving_out: Sequence[str] = (),
    environment: pulumi.Input[Mapping[str, pulumi.Input[str]]],
    timeout_seconds: pulumi.Input[int] = 30,
    memory_mb: pulumi.Input[int] = 256,
    reserved_concurrency: pulumi.Input[int] | None = None,
) -> Function:
    """Make the function: `folder`'s files if any, and beside them the runtime and `packages`, but for the
    folders of these that it never imports: `leaving_out`.

    `statements` are what the function may do besides writing its own log.
    """
    log = log_group(name, common, "/aws/lambda", of=name)
    write = policies.allow(
        "WriteOwnLog",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [log.arn.apply(lambda arn: f"{arn}:log-stream:*")],
    )
    own_role, policy = role(
        name,
        common,
        policies.trust("lambda.amazonaws.com", log.arn),
        policies.document(write, *statements),
    )
    function = aws.lambda_.Function(
        name,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=handler,
        code=archive(folder, tuple(packages), tuple(leaving_out)),
        role=own_role.arn,
        timeout=timeout_seconds,
        memory_size=memory_mb,
        reserved_concurrent_executions=reserved_concurrency,
        environment={"variables": environment},
        logging_config={
            "log_format": "JSON",
            "log_group": log.name,
            "application_log_level": "INFO",
            "system_log_level": "WARN",
        },
        tags=common.tags,
        opts=common.child(),
    )
    return Function(function.arn, function.name, own_role.name, log.name, policy)


@cache
def archive(
    folder: Path | None, packages: tuple[Path, ...], leaving_out: tuple[str, ...] = ()
) -> pulumi.AssetArchive:
    """The function's files at the root; beside them the folders of the runtime, of the contract, and of each
    package, but for folders `leaving_out`.

    Lists source files one by one, so that caches and editor files never change a function that did not
    change. Raises ValueError for a folder without Python files, for two files in the same place, and for a
    folder to leave out that is not there.
    """
    members = _sources(folder) if folder else {}
    for package in (RUNTIME_PACKAGE, CONTRACT_PACKAGE, *packages):
        for path, file in _sources(package).items():
            place = f"{package.name}/{path}"
            if place in members:
                raise ArgumentError(
                    f"folder must not hold {place}, which {package.name} brings: {str(folder)!r}"
                )
            members[place] = file
    # What may be asked of people is of use beside the approvals' own code alone.
    unused = () if APPROVALS_PACKAGE in packages else (f"{CONTRACT_PACKAGE.name}/approvals",)
    for folder_out in (*unused, *leaving_out):
        inside = [place for place in members if place.startswith(f"{folder_out}/")]
        if not inside:
            raise ArgumentError(
                f"leaving_out must name folders of the function's packages, got {folder_out!r}"
            )
        for place in inside:
            del members[place]
    return pulumi.AssetArchive({path: pulumi.FileAsset(str(file)) for path, file in sorted(members.items())})


def _sources(folder: Path) -> dict[str, Path]:
    sources = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not any(_ignored(part) for part in path.relative_to(folder).parts)
    }
    if not any(path.endswith(".py") for path in sources):
        raise ArgumentError(f"folder must hold Python files, got {str(folder)!r}")
    return sources


def _ignored(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__" or part.endswith((".pyc", "~"))
