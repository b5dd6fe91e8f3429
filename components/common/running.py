"""What everything that runs in AWS needs: a log group and a role."""

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from . import places
from .arguments import Common


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
