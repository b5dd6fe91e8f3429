"""What roles that somebody else made may do: policies that are attached to them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from ..common import policies
from ..common.arguments import Common
from ..common.checks import ArgumentError, checked, text
from ..common.program import this_program

Roles = pulumi.Input[Sequence[pulumi.Input[str]]]

BY_DEFAULT, AT_MOST = 10, 20
"""How many policies may be attached to a role, and how many after a request for more.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def roles(argument: str, options: Mapping[str, Any]) -> Roles:
    """The names of roles in this argument, if it is given. Raises ArgumentError for what is no name, and for
    a role that has too many policies already."""
    given_roles = options.get(argument, ())

    def check(names: Any) -> Sequence[pulumi.Input[str]]:
        if not isinstance(names, list | tuple):
            raise ArgumentError(f"{argument} must be a list of roles, got {names!r}")
        if not names and isinstance(given_roles, pulumi.Output):
            # The policy is registered before anybody knows, and IAM's attachments to nobody are an error of
            # AWS's provider ("empty result").
            raise ArgumentError(
                f"{argument} must hold at least one role where it is an Output, got {names!r}"
            )
        if any(isinstance(each, list | tuple) for each in names):
            raise ArgumentError(
                f"{argument} must be names of roles; a component's are added with *, as in "
                f"[*orders.{argument}, *approvals.{argument}], got a list in the list"
            )
        return [
            text(f"{argument} must be names of roles, not ARNs", each, r"[\w+=,.@-]{1,64}") for each in names
        ]

    checked_roles = checked(given_roles, check)
    _count(argument, [given_roles] if isinstance(given_roles, pulumi.Output) else given_roles)
    return checked_roles


def _count(argument: str, role_names: Sequence[pulumi.Input[Any]]) -> None:
    """Count one more policy for each role, as far as the program shows that a role is the same."""
    counts = this_program().attached
    counts.update(set(role_names))
    most, role = max(((counts[name], name) for name in role_names), default=(0, ""), key=lambda each: each[0])
    which = "a role" if isinstance(role, pulumi.Output) else repr(role)
    if most > AT_MOST:
        raise ArgumentError(
            f"{argument} must leave each role at most {AT_MOST} attached policies, got {most} for {which}"
        )
    if most == BY_DEFAULT + 1:
        pulumi.log.warn(
            f"{argument}: {which} has {most} attached policies, of which IAM takes {BY_DEFAULT}, unless you "
            f"have asked for up to {AT_MOST}"
        )


def let(name: str, role_names: Roles, statements: Sequence[policies.Statement], common: Common) -> None:
    """Let the roles, if any, do what the statements say, with one policy attached to all of them.

    How many roles there are need not be known, as it is not when the list comes from another stack or
    language: a preview registers what an update does.
    """
    if not isinstance(role_names, pulumi.Output) and not role_names:
        return
    document = policies.document(*statements)
    policy = aws.iam.Policy(name, policy=document, tags=common.tags, opts=common.child())
    aws.iam.PolicyAttachment(name, policy_arn=policy.arn, roles=role_names, opts=common.child())
