"""What one call of a service needs: the vocabulary in which the permission tables are written.

A `Grant` is a row: actions, the function that finds the resources in the call's own arguments, the purpose
(it becomes the statement's Sid) and AWS's page. A `Call` is one Task state as the tables see it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .integration_table import SYNC, SYNC_2
from .message import is_expression

JOBS: Final = frozenset({SYNC, SYNC_2})
"""The patterns that follow a job to its end."""


class UnresolvedPermission(ValueError):
    """A permission that a definition needs and does not name; the message says what to add by hand.

    `actions` are the IAM actions that the statement added by hand must allow.
    """

    def __init__(self, message: str, actions: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.actions = tuple(actions)


class Unknown(Exception):
    """Why a resource cannot be told from the arguments."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what is called with which arguments, and where."""

    state: str
    name: str
    """`sqs:sendMessage`, `aws-sdk:s3:putObject`."""
    pattern: str
    arguments: Mapping[str, Any]
    partition: str
    region: str
    account_id: str

    def arn(
        self, service: str, resource: str, *, region: str | None = None, account: str | None = None
    ) -> str:
        """An ARN in this stack's partition, and in its region and account unless said otherwise."""
        where = self.region if region is None else region
        owner = self.account_id if account is None else account
        return f"arn:{self.partition}:{service}:{where}:{owner}:{resource}"

    def get(self, *path: str | int) -> Any:
        """The value at a place in the arguments, None when there is none; Unknown when it is computed."""
        node: Any = self.arguments
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str):
                if f"{step}.$" in node:
                    raise Unknown(f"{step} is only known at run time ({node[f'{step}.$']})")
                node = node.get(step)
            elif isinstance(node, (list, tuple)) and isinstance(step, int) and step < len(node):
                node = node[step]
            elif is_expression(node):
                break
            else:
                return None
        if is_expression(node):
            raise Unknown(f"{_name(path)} is only known at run time ({node})")
        return node

    def text(self, *path: str | int, default: str | None = None) -> str:
        """The string at a place; Unknown when it is computed, or missing and without a default."""
        value = self.get(*path)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise Unknown(f"{_name(path)} is not given")
        return value

    def has(self, *path: str | int) -> bool:
        """Whether something is given at a place, known or computed."""
        try:
            return self.get(*path) is not None
        except Unknown:
            return True

    def prefix(self, *path: str | int) -> str:
        """A string for an ARN, or what it certainly begins with and `*`; Unknown when it may be anything.

        `States.Format('orders/{}.json', $.id)` and `{% 'orders/' & $states.input.id %}` begin with `orders/`.
        What stands in the string is taken literally, also a `*`.
        """
        try:
            return escape(self.text(*path))
        except Unknown:
            parent = self.get(*path[:-1]) if len(path) > 1 else self.arguments
            computed = None
            if isinstance(parent, Mapping):
                computed = parent.get(f"{path[-1]}.$", parent.get(str(path[-1])))
            found = _BEGINNING.match(computed) if isinstance(computed, str) else None
            if found is None:
                raise
            return f"{escape(found['format'] or found['single'] or found['double'])}*"


def escape(name: str) -> str:
    """A name as it stands in an ARN of a policy, where `*`, `?` and `$` mean something.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
    """
    return re.sub(r"[*?]|\$(?=\{)", lambda found: f"${{{found[0]}}}", name)


_BEGINNING: Final = re.compile(
    r"^States\.Format\(\s*'(?P<format>[^'\\{}]+)"
    r"|^\{%\s*(?:'(?P<single>[^'\\]+)'|\"(?P<double>[^\"\\]+)\")\s*&"
)


def one(arn: str) -> str:
    """An ARN that stands in an argument: of one resource, or of nothing that could be called."""
    if "*" in arn or "?" in arn or "${" in arn:
        raise Unknown(f"{arn} is not the ARN of one resource")
    return arn


Resources = Callable[[Call], list[str]]
Condition = Callable[[Call], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Grant:
    """A row of a permission table: these actions on what `resources` finds.

    `resources` may find nothing (an optional argument that is not given): then the row asks for nothing.
    """

    purpose: str
    actions: tuple[str, ...]
    resources: Resources
    page: str
    condition: Condition | None = None
    patterns: frozenset[str] | None = None
    """The patterns that need it. None: all."""


def grant(
    purpose: str, actions: str, resources: Resources, page: str, condition: Condition | None = None
) -> Grant:
    """A row that every pattern needs; `actions` are separated by blanks."""
    return Grant(purpose, tuple(actions.split()), resources, page, condition)


def follow(purpose: str, actions: str, resources: Resources, page: str) -> Grant:
    """A row that only the patterns which wait for a job's end need."""
    return Grant(purpose, tuple(actions.split()), resources, page, patterns=JOBS)


def passes_role(service: str, page: str, *path: str, optional: bool = False) -> Grant:
    """The permission to hand the role at `path` to a service, and to no other one."""

    def role(call: Call) -> list[str]:
        if optional and not call.has(*path):
            return []
        name = call.text(*path)
        return [one(name) if name.startswith("arn:") else call.arn("iam", f"role/{escape(name)}", region="")]

    def passed_to(_call: Call) -> Mapping[str, Any]:
        return {"StringEquals": {"iam:PassedToService": service}}

    return Grant("PassRoles", ("iam:PassRole",), role, page, passed_to)


def managed_rule(name: str, page: str) -> Grant:
    """The EventBridge rule, named by AWS, through which Step Functions hears that a job has ended."""

    def rule(call: Call) -> list[str]:
        return [call.arn("events", f"rule/{name}")]

    return follow("FollowJobs", "events:DescribeRule events:PutRule events:PutTargets", rule, page)


def _name(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)
