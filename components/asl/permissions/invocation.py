"""One service call of a definition, as the permission tables see it: what is certain of its arguments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..language.jsonata import beginning
from ..language.query import is_expression
from ..report.display import Unknown, dotted, show


class CannotTell(Exception):
    """Why a resource cannot be told from the arguments."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call: what is called with which arguments, and where.

    name: `sqs:sendMessage`, `aws-sdk:s3:putObject`. pattern: how, as `Integration.pattern` has it.
    arguments: as they are written, an object or an expression.
    """

    state: str
    name: str
    pattern: str
    arguments: Any
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

    def arn_of(self, name: str, service: str, kind: str, account: str | None = None) -> str:
        """The ARN of what an argument names: by its ARN, or by its name in this stack's place."""
        by_name = self.arn(service, f"{kind}{escape(name)}", account=account)
        return one(name) if name.startswith("arn:") else by_name

    def named(self, service: str, kind: str, *path: str | int) -> str:
        """The ARN of what stands at a place, an ARN or a name."""
        return self.arn_of(self.text(*path), service, kind)

    def get(self, *path: str | int) -> Any:
        """The value at a place in the arguments, None when there is none; CannotTell when it is computed.

        path: names and indexes on the way to it; a name may be several (`A.B`).
        """
        node: Any = self.arguments
        for step in _steps(path):
            node = _plain(node)
            if isinstance(node, Mapping) and isinstance(step, str):
                if f"{step}.$" in node:
                    raise CannotTell(f"{step} is only known at run time ({node[f'{step}.$']})")
                node = node.get(step)
            elif isinstance(node, (list, tuple)) and isinstance(step, int) and step < len(node):
                node = node[step]
            elif is_expression(node) or isinstance(node, Unknown):
                break
            else:
                return None
        node = _plain(node)
        if isinstance(node, Unknown):
            raise CannotTell(f"{dotted(path)} is {show(node)}")
        if is_expression(node):
            raise CannotTell(f"{dotted(path)} is only known at run time ({node})")
        return node

    def text(self, *path: str | int, default: str | None = None) -> str:
        """The string at a place; CannotTell when it is computed, or missing and without a default."""
        value = self.get(*path)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise CannotTell(f"{dotted(path)} is not given")
        return value

    def items(self, *path: str | int) -> list[tuple[str | int, ...]]:
        """The places of the items of a list; CannotTell when there are none."""
        value = self.get(*path)
        if not isinstance(value, (list, tuple)) or not value:
            raise CannotTell(f"{dotted(path)} is not a list, or empty")
        return [(*path, index) for index in range(len(value))]

    def texts(self, name: str) -> list[str]:
        """The strings of an argument that is one string or a list of them; CannotTell when there are none."""
        value = self.get(name)
        if isinstance(value, (list, tuple)):
            if not value:
                raise CannotTell(f"{name} is empty")
            return [self.text(name, index) for index in range(len(value))]
        return [self.text(name)]

    def has(self, *path: str | int) -> bool:
        """Whether something that is not empty is given at a place, known or computed."""
        try:
            return bool(self.get(*path))
        except CannotTell:
            return True

    def beginning(self, *path: str | int, default: str | None = None) -> tuple[str, bool]:
        """What a string certainly begins with, and whether that is all; CannotTell when it may be anything.

        `States.Format('orders/{}.json', $.id)` and `{% 'orders/' & $states.input.id %}` begin with `orders/`.
        """
        if default is not None and not self.has(*path):
            return default, False
        try:
            return self.text(*path), True
        except CannotTell:
            *outer, name = _steps(path)
            parent = self.get(*outer) if outer else self.arguments
            found = _beginning(parent, str(name)) if isinstance(parent, Mapping) else ""
            if not found:
                raise
            return found, False

    def prefix(self, *path: str | int) -> str:
        """A string for an ARN, or what it certainly begins with and `*`; CannotTell when it may be anything.

        What stands in the string is taken literally, also a `*`.
        """
        text, whole = self.beginning(*path)
        return escape(text) if whole else f"{escape(text)}*"


def _steps(path: tuple[str | int, ...]) -> list[str | int]:
    steps = [one for step in path for one in (step.split(".") if isinstance(step, str) else (step,))]
    return [int(one) if isinstance(one, str) and one.isdigit() else one for one in steps]


def _plain(node: Any) -> Any:
    """A value; the string itself where it is an expression that is nothing but a string, or a placeholder."""
    if isinstance(node, Unknown) and not node.is_output:
        return node.written
    found = beginning(node[2:-2]) if is_expression(node) else None
    return found[0] if found and found[1] else node


def _beginning(arguments: Mapping[str, Any], name: str) -> str:
    """What the computed string of an argument certainly begins with."""
    path, expression = arguments.get(f"{name}.$"), arguments.get(name)
    if isinstance(path, str):
        formatted = _FORMAT.match(path)
        return formatted[1] if formatted else ""
    found = beginning(expression[2:-2]) if expression and is_expression(expression) else None
    return found[0] if found else ""


_FORMAT: Final = re.compile(r"^States\.Format\(\s*'([^'\\{}]+)")
_ARN: Final = re.compile(r"^arn:[^:]+:[^:]+:[^:]*:[^:]*:.")


def escape(name: str) -> str:
    """A name as it stands in an ARN of a policy, where `*`, `?` and `$` mean something.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
    """
    return re.sub(r"[*?]|\$(?=\{)", lambda found: f"${{{found[0]}}}", name)


def one(arn: str) -> str:
    """An ARN that stands in an argument: of one resource, or of nothing that could be called."""
    if not _ARN.match(arn) or "*" in arn or "?" in arn or "${" in arn:
        raise CannotTell(f"{arn} is not the ARN of one resource")
    return arn
