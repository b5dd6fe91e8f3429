"""What runs in AWS: its log group, its role, and the Lambda function in Python that has both."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from . import places, policies
from .arguments import Common
from .hosting import Hosting

HANDLER = "countersign_runtime.processing.worker.handler"
"""What answers the messages of every function that gets task tokens."""


class LogGroup(NamedTuple):
    """A log group, made here or not."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


class Role(NamedTuple):
    """A role, and its policy, which must be attached before anything takes the role."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy


def log_group(name: str, common: Common, prefix: str, of: str) -> LogGroup:
    """The log group that exists, or one for `of`, whose name starts with `prefix`, project, stack and `of`.

    A suffix follows, so that no two instances meet in one group.
    """
    if common.log_group_arn is not None:
        # Some of AWS's own answers end a log group's ARN with `:*`.
        return _brought(
            pulumi.Output.from_input(common.log_group_arn).apply(lambda text: text.removesuffix(":*"))
        )
    made = aws.cloudwatch.LogGroup(
        name,
        name_prefix=f"{prefix}/{pulumi.get_project()}-{pulumi.get_stack()}-{of}-",
        retention_in_days=common.log_retention_days,
        kms_key_id=common.kms_key_arn,
        tags=common.tags,
        opts=common.child(),
    )
    return LogGroup(made.arn, made.name)


def _brought(arn: pulumi.Output[str]) -> LogGroup:
    return LogGroup(arn, arn.apply(lambda text: text.split(":", 6)[6]))


def log_of(log: LogGroup, common: Common, role_arn: pulumi.Output[str]) -> LogGroup:
    """The log group for what takes this role, in whose account it must be, or its name may be another's."""
    if common.log_group_arn is None:
        return log
    return _brought(places.beside("log_group_arn", log.arn, role_arn))


def role(name: str, common: Common, trust: pulumi.Input[str], policy: pulumi.Input[str]) -> Role:
    """A role that may do what `policy` says, for whom `trust` names: two policy documents."""
    made = aws.iam.Role(
        name,
        assume_role_policy=trust,
        permissions_boundary=common.permissions_boundary_arn,
        tags=common.tags,
        opts=common.child(),
    )
    return Role(made, aws.iam.RolePolicy(name, role=made.name, policy=policy, opts=common.child()))


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
    code: pulumi.Archive,
    statements: Sequence[policies.Statement],
    handler: str = "handler.handler",
    environment: pulumi.Input[Mapping[str, pulumi.Input[str]]],
    hosting: Hosting,
) -> Function:
    """Make the function. `statements` are what it may do besides writing its own log and being where
    `hosting` wants it."""
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
        policies.document(write, *hosting.statements(log.arn), *statements),
    )
    function = aws.lambda_.Function(
        name,
        **hosting.inputs(),
        handler=handler,
        code=code,
        role=own_role.arn,
        environment={"variables": environment},
        kms_key_arn=common.kms_key_arn,
        logging_config={
            "log_format": "JSON",
            "log_group": log_of(log, common, own_role.arn).name,
            "application_log_level": "INFO",
            "system_log_level": "WARN",
        },
        tags=common.tags,
        # Lambda looks at once whether the role may bring it into a network, and needs it to leave it again.
        opts=common.child(*([policy] if hosting.subnet_ids else [])),
    )
    return Function(function.arn, function.name, own_role.name, log.name, policy)
