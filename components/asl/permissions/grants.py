"""What one call of a service needs: the vocabulary in which the permission tables are written.

A `Grant` is a row: actions, the function that finds the resources in the call's own arguments, the purpose
(it becomes the statement's Sid) and AWS's page. A `Call` is one Task state as the tables see it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..language.jsonata import beginning
from ..language.query import is_expression
from ..services.optimized import SYNC, SYNC_2

JOBS: Final = frozenset({SYNC, SYNC_2})
"""The patterns that follow a job to its end."""


Path = tuple[str | int, ...]
"""A place in the arguments."""


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
            node = _plain(node)
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
        node = _plain(node)
        if is_expression(node):
            raise Unknown(f"{dotted(path)} is only known at run time ({node})")
        return node

    def text(self, *path: str | int, default: str | None = None) -> str:
        """The string at a place; Unknown when it is computed, or missing and without a default."""
        value = self.get(*path)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise Unknown(f"{dotted(path)} is not given")
        return value

    def has(self, *path: str | int) -> bool:
        """Whether something is given at a place, known or computed."""
        try:
            return self.get(*path) is not None
        except Unknown:
            return True

    def given(self, *path: str | int) -> bool:
        """Whether something that is not empty is given at a place, known or computed."""
        try:
            return bool(self.get(*path))
        except Unknown:
            return True

    def parts(self) -> Iterator[tuple[Path, Any]]:
        """The arguments and everything in them, each with its place."""
        return _parts(self.arguments, ())

    def beginning(self, *path: str | int) -> tuple[str, bool]:
        """What a string certainly begins with, and whether that is all; Unknown when it may be anything.

        `States.Format('orders/{}.json', $.id)` and `{% 'orders/' & $states.input.id %}` begin with `orders/`.
        """
        try:
            return self.text(*path), True
        except Unknown:
            parent = self.get(*path[:-1]) if len(path) > 1 else self.arguments
            found = _beginning(parent, str(path[-1])) if isinstance(parent, Mapping) else None
            if found is None:
                raise
            return found, False

    def prefix(self, *path: str | int) -> str:
        """A string for an ARN, or what it certainly begins with and `*`; Unknown when it may be anything.

        What stands in the string is taken literally, also a `*`.
        """
        text, whole = self.beginning(*path)
        return escape(text) if whole else f"{escape(text)}*"


def _parts(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, node
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _parts(value, (*path, str(key)))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _parts(value, (*path, index))


def _plain(node: Any) -> Any:
    """A value; the string itself where it is an expression that is nothing but a string."""
    found = beginning(node[2:-2]) if is_expression(node) else None
    return found[0] if found and found[1] else node


def _beginning(arguments: Mapping[str, Any], name: str) -> str | None:
    """What the computed string of an argument begins with."""
    path = arguments.get(f"{name}.$")
    if isinstance(path, str):
        formatted = _FORMAT.match(path)
        return formatted[1] if formatted else None
    expression = arguments.get(name)
    found = beginning(expression[2:-2]) if isinstance(expression, str) and is_expression(expression) else None
    return (found[0] or None) if found else None


def escape(name: str) -> str:
    """A name as it stands in an ARN of a policy, where `*`, `?` and `$` mean something.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
    """
    return re.sub(r"[*?]|\$(?=\{)", lambda found: f"${{{found[0]}}}", name)


_FORMAT: Final = re.compile(r"^States\.Format\(\s*'([^'\\{}]+)")
_ARN: Final = re.compile(r"^arn:[^:]+:[^:]+:[^:]*:[^:]*:.")


def one(arn: str) -> str:
    """An ARN that stands in an argument: of one resource, or of nothing that could be called."""
    if not _ARN.match(arn) or "*" in arn or "?" in arn or "${" in arn:
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

    def passed_to(call: Call) -> Mapping[str, Any]:
        return {"StringEquals": {"iam:PassedToService": principal(call, service)}}

    return Grant("PassRoles", ("iam:PassRole",), role, page, passed_to)


_CHINESE: Final = frozenset({"ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"})
"""Services that have a name of their own in China: https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html"""


def principal(call: Call, service: str) -> str:
    """A service's name in IAM, where the call is made."""
    return f"{service}.cn" if call.partition == "aws-cn" and service in _CHINESE else service


def managed_rule(name: str, page: str) -> Grant:
    """The EventBridge rule, named by AWS, through which Step Functions hears that a job has ended."""

    def rule(call: Call) -> list[str]:
        return [call.arn("events", f"rule/{name}")]

    return follow("FollowJobs", "events:DescribeRule events:PutRule events:PutTargets", rule, page)


def dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)
