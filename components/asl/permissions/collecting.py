"""Permissions as they are found, and what could not be found."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ..language.query import is_expression
from ..report.display import leaves
from ..report.findings import Mistake
from ..tables import rows
from .grants import Grant
from .invocation import CannotTell, Invocation

_KEY_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/"


class UnresolvedPermission(Mistake):
    """A permission that a definition needs and does not name; the message holds the statement to add by hand.

    `actions` are the IAM actions that the statement added by hand must allow.
    """

    def __init__(self, message: str, actions: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.actions = tuple(actions)


class Collected:
    """What the calls of a definition need.

    key: of every queue, topic, bucket, table and secret in it; None: keys that ask for nothing.
    by_hand: the IAM actions that are allowed by hand.
    keys: what an argument names → its key, where that is another one.
    """

    def __init__(
        self, key: str | None, by_hand: Sequence[str], keys: Mapping[str, str] | None = None
    ) -> None:
        self._key = key
        self._keys = keys or {}
        self._by_hand = by_hand
        self._allowed: set[tuple[str, str, str, str]] = set()
        """Sid, action, resource, condition as JSON."""
        self._missing: dict[str, tuple[str, ...]] = {}
        """Line of the message → actions."""

    def take(self, call: Invocation, grants: Iterable[Grant]) -> None:
        """Take in what a call needs."""
        for grant in grants:
            try:
                if is_expression(call.arguments):
                    raise CannotTell(f"its arguments are only known at run time ({call.arguments})")
                if grant.applies(call):
                    self._add(call, grant)
            except CannotTell as reason:
                if grant.when != "sync" or grant.applies(call):
                    self._miss(call, grant.actions, reason, grant.page, grant.examples())

    def _add(self, call: Invocation, grant: Grant) -> None:
        resources = grant.resources(call)
        condition = json.dumps(grant.conditions(call), sort_keys=True) if resources else "{}"
        for action in grant.actions:
            for resource in resources:
                keys = self._keys_of(call, resource)
                self._allowed.add((grant.sid, action, resource, condition))
                if not keys:
                    continue
                try:
                    on_key = _on_key(action, resource)
                except CannotTell as reason:
                    self._miss(call, ("kms:*",), reason, _KEY_PAGE, ["<ARN of the key>"])
                else:
                    self._allowed.update(("UseKeys", one, key, "{}") for one in on_key for key in keys)

    def _keys_of(self, call: Invocation, resource: str) -> Sequence[str]:
        """The keys of a resource of a call: of what the call names so, or else the definition's. What else it
        names, as in a message, has nothing to do with it."""
        named = [leaf for _, leaf in leaves(call.arguments) if isinstance(leaf, str)] if self._keys else []
        keys = [self._keys[name] for name in named if name in self._keys and _is_called(resource, name)]
        return keys or ([self._key] if self._key else [])

    def _miss(
        self, call: Invocation, actions: Sequence[str], reason: CannotTell, page: str, resources: list[str]
    ) -> None:
        """Take in that somebody has to allow actions by hand, unless somebody did."""
        missing = tuple(action for action in actions if not _covered(action, self._by_hand))
        if missing:
            named = [f"the IAM actions of {call.name}" if one.endswith(":*") else one for one in missing]
            written = [f"{one[:-1]}<Action>" if one.endswith(":*") else one for one in missing]
            statement = {"Effect": "Allow", "Action": written, "Resource": resources}
            advice = f"add an extra statement that allows {', '.join(named)}, as in {json.dumps(statement)}"
            self._missing[f"{call.state}: {reason}: {advice} ({page})"] = missing

    def statements(self) -> list[dict[str, Any]]:
        """One statement for all actions of a purpose that are allowed on the same resources."""
        if self._missing:
            actions = {action for missing in self._missing.values() for action in missing}
            raise UnresolvedPermission("\n".join(self._missing), sorted(actions))
        purposes: dict[tuple[str, str, str], str] = {}
        for sid, action, resource, condition in sorted(self._allowed):
            purposes.setdefault((action, resource, condition), sid)
        resources: dict[tuple[str, str, str], list[str]] = {}
        for (action, resource, condition), sid in purposes.items():
            resources.setdefault((sid, action, condition), []).append(resource)
        grouped: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
        for (sid, action, condition), arns in resources.items():
            grouped.setdefault((sid, condition, tuple(arns)), []).append(action)
        counts = Counter[str]()
        merged = []
        for (sid, condition, names), of_sid in sorted(grouped.items()):
            counts[sid] += 1
            name = sid if counts[sid] == 1 else f"{sid}{counts[sid]}"
            conditions = {} if condition == "{}" else {"Condition": json.loads(condition)}
            what = {"Action": of_sid, "Resource": list(names)}
            merged.append({"Sid": name, "Effect": "Allow", **what, **conditions})
        return merged


def allowed_by_hand(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    """The IAM actions, and patterns of actions, that statements allow."""
    allowed = [one.get("Action") for one in statements if one.get("Effect", "Allow") == "Allow"]
    return [str(action) for _, action in leaves(allowed) if action]


@cache
def _needs_on_key() -> Mapping[str, tuple[str, ...]]:
    """IAM action, or a pattern of those that no row above names → what it needs on the key of an encrypted
    queue, topic, bucket, table or secret: nothing for names, settings and tags, which are not encrypted."""
    return {row["actions"]: tuple(row["on the key"].split()) for row in rows(__file__, "keys.csv")}


def _on_key(action: str, resource: str) -> Sequence[str]:
    """The KMS actions that an action needs on the key of its resource; CannotTell if they are not known."""
    service = f"{action.partition(':')[0]}:"
    if resource == "*" or not any(known.startswith(service) for known in _needs_on_key()):
        return ()
    for known, on_key in _needs_on_key().items():
        if fnmatchcase(action, known):
            return on_key
    raise CannotTell(f"what {action} needs on the key of {resource} is not known")


def _is_called(resource: str, name: str) -> bool:
    """Whether a URL, an ARN or a name may be of what the ARN `resource` is, or is in."""
    return re.split("[:/]", name)[-1] in re.split("[:/]", resource)[5:]


def _covered(action: str, by_hand: Sequence[str]) -> bool:
    """Whether what is allowed by hand covers an action; of `service:*`, any action of the service will do."""
    if action.endswith(":*"):
        return any(given == "*" or given.lower().startswith(action[:-1].lower()) for given in by_hand)
    return any(fnmatchcase(action.lower(), given.lower()) for given in by_hand)
