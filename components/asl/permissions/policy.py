"""The execution role's policy, derived from the definition: exact actions on exact resources.

Every Task state is looked up in the permission tables, which find the resources in the state's own
arguments. What cannot be found there is an error that says what to add by hand, never a `*`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from ..document.resolving import fill_known
from ..language.query import JSONATA, JSONPATH, is_expression
from ..report.values import Unknown as Later
from ..report.values import is_output
from ..services import integrations
from . import map as maps
from .grants import Call, Grant, Unknown, UnresolvedPermission, grant
from .keys import Keys
from .resources import function
from .sdk import sdk_grants
from .table import ASSUME_ROLE, OPTIMIZED_GRANTS

__all__ = [
    "UnresolvedPermission",
    "has_waits",
    "needs_own_statements",
    "own_statements",
    "require_statements",
    "statements",
]


def statements(
    definition: Mapping[str, Any],
    *,
    partition: str,
    region: str,
    account_id: str,
    kms_keys: Mapping[str, str] | None = None,
    kms_key: str | None = None,
    extra_statements: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """IAM statements for a resolved definition, merged and sorted: the same definition, the same policy.

    - `kms_keys`: ARN of an encrypted queue, topic, bucket, table or secret → ARN of its KMS key.
    - `kms_key`: ARN of the KMS key of every other queue, topic, bucket, table and secret of the definition.
    - `extra_statements`: what is allowed by hand. A permission that cannot be derived is accepted when they
      allow its actions; they are not part of what is returned.

    Raises UnresolvedPermission with one line for each permission that is missing. What a Distributed Map may
    do with its own state machine is not here, because that has no ARN yet: see `own_statements`.
    """
    collected = _Collected(Keys(kms_keys or {}, kms_key), extra_statements)
    for name, state, query_language in _states(definition):
        for needed in _calls(state, query_language):
            collected.take(needed, name, partition, region, account_id)
    return collected.statements()


def require_statements(
    definition: Mapping[str, Any], *, extra_statements: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Raise UnresolvedPermission for what is missing whatever the Outputs of a definition turn out to be.

    It says before anything is registered what `statements` would say when they are known. What depends on an
    Output, among the arguments or in `extra_statements`, is left to that.
    """
    if _has_output(extra_statements):
        return
    collected = _Collected(Keys({}, None), extra_statements)
    for name, state, query_language in _states(fill_known(definition)):
        for needed in _calls(state, query_language):
            if not _has_output(needed[2]):
                collected.take(needed, name, "aws", "us-east-1", "123456789012")
    collected.statements()


def _has_output(node: Any) -> bool:
    if isinstance(node, Mapping):
        return any(_has_output(item) for item in node.values())
    if isinstance(node, (list, tuple)):
        return any(_has_output(item) for item in node)
    return node is Later.OUTPUT or is_output(node)


def needs_own_statements(definition: Mapping[str, Any]) -> bool:
    """Whether a definition, resolved or not, has a Distributed Map, which starts its own state machine."""
    return any(maps.is_distributed(state) for _name, state, _language in _states(definition))


def has_waits(definition: Mapping[str, Any]) -> bool:
    """Whether some state of a definition, resolved or not, waits for a task token."""
    resources = (state.get("Resource") for _name, state, _language in _states(definition))
    return any(isinstance(one, str) and one.endswith(".waitForTaskToken") for one in resources)


def own_statements(definition: Mapping[str, Any], *, state_machine_arn: str) -> list[dict[str, Any]]:
    """IAM statements about the state machine itself, for a policy that is made after it; often none."""
    resources: dict[str, set[str]] = {}
    for _name, state, _language in _states(definition):
        if maps.is_distributed(state):
            label = state.get("Label")
            machine, executions, runs = maps.own_resources(
                state_machine_arn, label if isinstance(label, str) else None
            )
            for action, resource in (
                ("StartExecution", machine),
                ("DescribeExecution", executions),
                ("RedriveExecution", runs),
            ):
                resources.setdefault(f"states:{action}", set()).add(resource)
    return [
        {
            "Sid": f"Items{action.partition(':')[2]}",
            "Effect": "Allow",
            "Action": [action],
            "Resource": sorted(arns),
        }
        for action, arns in sorted(resources.items())
    ]


def _states(
    definition: Mapping[str, Any], inherited: str | None = None
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Every state with its name and query language, however deeply nested in Map and Parallel."""
    language = definition.get("QueryLanguage") or inherited or JSONPATH
    states = definition.get("States")
    for name, state in states.items() if isinstance(states, Mapping) else ():
        if not isinstance(state, Mapping):
            continue
        yield str(name), state, str(state.get("QueryLanguage") or language)
        for machine in (state.get("ItemProcessor"), state.get("Iterator"), *_items(state.get("Branches"))):
            if isinstance(machine, Mapping):
                yield from _states(machine, str(language))


_Needed = tuple[str, str, Any, tuple[Grant, ...]]
"""What a state calls: name, pattern, arguments, and the rows of the tables for it."""


def _calls(state: Mapping[str, Any], query_language: str) -> Iterator[_Needed]:
    field = "Arguments" if query_language == JSONATA else "Parameters"
    if state.get("Type") == "Map":
        reader, writer = state.get("ItemReader"), state.get("ResultWriter")
        if isinstance(reader, Mapping):
            yield "s3:read", "", reader.get(field), maps.reader_grants(reader)
        if isinstance(writer, Mapping) and writer.get(field):
            yield "s3:write", "", writer.get(field), (maps.WRITE,)
        return
    resource = state.get("Resource")
    if state.get("Type") != "Task" or not isinstance(resource, str):
        return
    credentials = state.get("Credentials")
    if credentials:
        yield "sts:assumeRole", "", credentials, (ASSUME_ROLE,)
        return
    called = integrations.lookup(resource)
    if called is None or (called.kind == "optimized" and not called.known):
        yield resource, "", {}, (_unknown(resource),)
    elif called.kind == "lambda":
        yield "lambda:invoke", "", {"FunctionName": resource}, (_OWN_FUNCTION,)
    elif called.kind != "activity":  # a worker polls an activity: nothing is called
        arguments = state.get(field)
        if called.kind == "sdk":
            name = f"aws-sdk:{called.service}:{called.action}"
            yield name, called.pattern, arguments, sdk_grants(called.service, called.action)
        else:
            name = f"{called.service}:{called.action}"
            yield name, called.pattern, arguments, OPTIMIZED_GRANTS[name]


_GUIDE: Final = "https://docs.aws.amazon.com/step-functions/latest/dg"
_OWN_FUNCTION: Final = grant(
    "InvokeFunctions", "lambda:InvokeFunction", function, f"{_GUIDE}/connect-lambda.html"
)


def _unknown(resource: str) -> Grant:
    def find(_call: Call) -> list[str]:
        raise Unknown(f"{resource} is an integration that is not known here")

    found = integrations.lookup(resource)
    service = found.service if found else "unknown"
    return grant("CallService", f"{service}:*", find, f"{_GUIDE}/integrate-optimized.html")


class _Collected:
    """Permissions as they are found, and what could not be found."""

    def __init__(self, keys: Keys, extra: Sequence[Mapping[str, Any]]) -> None:
        self._keys = keys
        self._by_hand = [
            action
            for statement in extra
            if statement.get("Effect", "Allow") == "Allow"
            for action in _listed(statement.get("Action"))
        ]
        self._allowed: set[tuple[str, str, str, str]] = set()
        """Purpose, action, resource, condition as JSON."""
        self._missing: dict[str, tuple[str, ...]] = {}
        """Line of the message → actions."""

    def take(self, needed: _Needed, state: str, partition: str, region: str, account_id: str) -> None:
        """Take in what a state's call needs."""
        name, pattern, arguments, rows = needed
        call = Call(state, name, pattern, _mapping(arguments), partition, region, account_id)
        for row in rows:
            if row.patterns is not None and pattern not in row.patterns:
                continue
            if is_expression(arguments):
                reason = f"its arguments are only known at run time ({arguments})"
                self._miss(call, row.actions, reason, row.page)
            else:
                self._add(call, row)

    def _add(self, call: Call, row: Grant) -> None:
        """Take in what one row allows for one call."""
        try:
            resources = row.resources(call)
            condition = (
                json.dumps(row.condition(call), sort_keys=True) if row.condition and resources else "{}"
            )
        except Unknown as reason:
            self._miss(call, row.actions, str(reason), row.page)
            return
        for action in row.actions:
            for resource in resources:
                self._allowed.add((row.purpose, action, resource, condition))
                self._add_key(call, action, resource)

    def _add_key(self, call: Call, action: str, resource: str) -> None:
        try:
            self._allowed |= {
                ("UseKeys", kms_action, key, "{}") for kms_action, key in self._keys.needed(action, resource)
            }
        except Unknown as reason:
            page = "https://docs.aws.amazon.com/kms/latest/developerguide/"
            self._miss(call, ("kms:*",), str(reason), page)

    def _miss(self, call: Call, actions: tuple[str, ...], reason: str, page: str) -> None:
        missing = [action for action in actions if not _covered(action, self._by_hand)]
        if missing:
            named = [f"the IAM actions of {call.name}" if one.endswith(":*") else one for one in missing]
            line = f"{call.state}: {reason}: add an extra statement that allows {', '.join(named)} ({page})"
            self._missing[line] = tuple(missing)

    def statements(self) -> list[dict[str, Any]]:
        """One statement for all actions of a purpose that are allowed on the same resources."""
        if self._missing:
            actions = [action for missing in self._missing.values() for action in missing]
            raise UnresolvedPermission("\n".join(self._missing), sorted(set(actions)))
        resources: dict[tuple[str, str, str], list[str]] = {}
        seen: set[tuple[str, str, str]] = set()
        for purpose, action, resource, condition in sorted(self._allowed):
            if (action, resource, condition) not in seen:
                seen.add((action, resource, condition))
                resources.setdefault((purpose, action, condition), []).append(resource)
        grouped: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for (purpose, action, condition), names in resources.items():
            grouped.setdefault((purpose, condition, tuple(names)), []).append(action)
        counts: dict[str, int] = {}
        merged = []
        for (purpose, condition, arns), actions in sorted(grouped.items()):
            counts[purpose] = counts.get(purpose, 0) + 1
            sid = purpose if counts[purpose] == 1 else f"{purpose}{counts[purpose]}"
            statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(arns)}
            if condition != "{}":
                statement["Condition"] = json.loads(condition)
            merged.append(statement)
        return merged


def _covered(action: str, by_hand: Sequence[str]) -> bool:
    """Whether what is allowed by hand covers an action; of `service:*`, any action of the service will do."""
    if action.endswith(":*"):
        return any(given == "*" or given.lower().startswith(action[:-1].lower()) for given in by_hand)
    return any(fnmatchcase(action.lower(), given.lower()) for given in by_hand)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in _items(value)]
