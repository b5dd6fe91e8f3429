"""The permission tables: `optimised.csv` and `sdk.csv` beside this module, which are data.

One row is one thing that a call needs; a call has several rows, and one without actions needs nothing.

| column | what stands there |
|---|---|
| integration | the call, as in a Resource; `map:` for what an ItemReader or ResultWriter does |
| sid | what the permission is for; it becomes the statement's Sid |
| actions | IAM actions, separated by blanks |
| resource | an ARN without its beginning, as `dynamodb:table/{TableName}`, where the stack is |
| when | empty, `sync` (also `.sync:2`), `with A B=value` (one of them is given) or `without A` |
| condition | operator, key and value; several are separated by `;` |
| page | the AWS page that says so |

In a resource `{A.B=default}` is the argument A.B; `,lower` writes it in lower case, `,name` takes the name at
the end of an ARN, `,beginning` what it certainly begins with. `{A[].B}` is one resource for each item of A,
and `{A[].B?}` for each that has a B. An argument at the end may be an ARN itself, and `{Arn}` alone always is
one. `*` is for actions that have no resource type. A word is the function of that name in `finders` or
`storage`, with its arguments. `by hand: …` says why no argument names it.
In a condition `{A?}` leaves the condition out where there is no A.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import isfunction
from typing import Any, Final

from ..services.integrations import SYNC, SYNC_2
from ..tables import rows
from . import finders, storage
from .invocation import CannotTell, Invocation, escape, one

FINDERS: Final[Mapping[str, Callable[..., list[str]]]] = {
    name.replace("_", "-"): function
    for module in (finders, storage)
    for name, function in vars(module).items()
    if isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
}
"""Word of a table → the function that finds what it means."""

_PART: Final = re.compile(
    r"\{(?P<path>[\w.[\]]+)(?P<optional>\?)?(?:=(?P<default>[^},]*))?(?:,(?P<how>lower|name|beginning))?\}"
)
_EACH: Final = re.compile(r"\{([\w.]+)\[\]")
_BY_HAND: Final = "by hand: "
_CHINESE: Final = frozenset({"ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"})
"""Services that have a name of their own in China: https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html"""


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of a table, as it is written there. `forms`: ARNs as an example, if the resource is none."""

    sid: str
    actions: tuple[str, ...]
    resource: str
    when: str
    condition: str
    page: str
    forms: tuple[str, ...] = ()

    def applies(self, call: Invocation) -> bool:
        """Whether a call needs it."""
        if not self.when:
            return True
        kind, *arguments = self.when.split()
        if kind == "sync":
            return call.pattern in (SYNC, SYNC_2)
        given = (argument.partition("=") for argument in arguments)
        found = any(call.has(name) and (not value or call.text(name) == value) for name, _, value in given)
        return found == (kind == "with")

    def resources(self, call: Invocation) -> list[str]:
        """The ARNs that a call's arguments name; CannotTell when they do not."""
        if self.resource in ("", "*"):
            return self.resource.split()
        if self.resource.startswith(_BY_HAND):
            raise CannotTell(self.resource.removeprefix(_BY_HAND))
        word, *arguments = self.resource.split()
        return FINDERS[word](call, *arguments) if word in FINDERS else [*_filled(self.resource, call)]

    def conditions(self, call: Invocation) -> Mapping[str, Any]:
        """The Condition of the statement, empty when there is none."""
        if self.condition == "state-machine-qualifier":
            return _state_machine_qualifier(call)
        found: dict[str, dict[str, str]] = {}
        for part in filter(None, self.condition.split("; ")):
            operator, key, value = part.split()
            argument = value.strip("{}?")
            if value.startswith("{"):
                if value.endswith("?}") and not call.has(argument):
                    continue
                value = call.prefix(argument) if operator == "StringLike" else call.text(argument)
            elif call.partition == "aws-cn" and value in _CHINESE:
                value = f"{value}.cn"
            found.setdefault(operator, {})[key] = value
        return found

    def examples(self) -> list[str]:
        """What the resources look like, for a person to fill in."""
        service, colon, resource = self.resource.partition(":")
        if self.forms or not colon or self.resource.startswith(_BY_HAND):
            return [*self.forms] or ["<ARN>"]
        region = "" if service == "iam" else "<Region>"
        written = _PART.sub(lambda found: f"<{found['path']}>", resource)
        return [f"arn:<Partition>:{service}:{region}:<Account>:{written}"]


def _state_machine_qualifier(call: Invocation) -> Mapping[str, Any]:
    """Versions and aliases are authorised on the state machine, with the qualifier as a condition.

    https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    """
    qualifier = finders.started_machine(call)["qualifier"]
    return {"ForAnyValue:StringEquals": {"states:StateMachineQualifier": [qualifier]}} if qualifier else {}


def _filled(resource: str, call: Invocation) -> Iterator[str]:
    """The ARNs of a resource as the table has it: one, or one for each item of a list."""
    each = _EACH.search(resource)
    if each is None:
        yield _arn(resource, call)
        return
    for place in call.items(each[1]):
        of_item = resource.replace(f"{each[1]}[]", ".".join(map(str, place)))
        part = _PART.search(of_item)
        if part is None or not part["optional"] or call.has(part["path"]):
            yield _arn(of_item, call)


def _arn(resource: str, call: Invocation) -> str:
    service, _, name = resource.rpartition(":") if resource.startswith("{") else resource.partition(":")

    def value(found: re.Match[str]) -> str:
        path, default = found["path"], found["default"]
        number = call.get(path) if default is None else None
        text = str(number) if type(number) is int else call.text(path, default=default)
        if found["how"] == "name":
            text = text.rpartition("/")[2]
        return text.lower() if found["how"] == "lower" else text

    def written(found: re.Match[str]) -> str:
        return call.prefix(found["path"]) if found["how"] == "beginning" else escape(value(found))

    last = next((found for found in _PART.finditer(name) if found.end() == len(name)), None)
    if last is not None and last["how"] != "beginning" and (given := value(last)).startswith("arn:"):
        return one(given)
    if not service:
        raise CannotTell(f"{value(last) if last else name} is not the ARN of one resource")
    return call.arn(service, _PART.sub(written, name), region="" if service == "iam" else None)


@cache
def table(name: str) -> Mapping[str, tuple[Grant, ...]]:
    """A table: integration → its rows."""
    found: dict[str, list[Grant]] = {}
    for row in rows(__file__, name):
        integration, sid, actions, resource, when, condition, page = row.values()
        grant = Grant(sid, tuple(actions.split()), resource, when, condition, page)
        found.setdefault(integration, []).append(grant)
    return {integration: tuple(grants) for integration, grants in found.items()}


def optimised_grants(name: str) -> tuple[Grant, ...]:
    """What an optimised integration needs, by its name in a Resource."""
    return table("optimised.csv")[name]
