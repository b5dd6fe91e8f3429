"""What a Task state's Resource means: which service and action it calls, and in which of the three patterns.

The optimised integrations stand in `optimised.csv`: their patterns, the arguments that they cannot do
without, the one that takes a message, the SDK integration with the same arguments, and those of their own.
https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html lists services and patterns; the
arguments come from each service's page there. An action that is not in it is unknown, not wrong.

`aws-sdk:*` comes from `aws_services.zip`, which is generated from botocore's service models and AWS's Service
Authorization Reference (`tools/generate/services.py`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from ..tables import rows
from . import archives

REQUEST_RESPONSE: Final = "request_response"
SYNC: Final = "sync"
SYNC_2: Final = "sync:2"
WAIT: Final = "waitForTaskToken"
SUFFIXES: Final = ("", f".{SYNC}", f".{SYNC_2}", f".{WAIT}")

OWN_WAIT: Final = "countersign:wait"
"""What a CallbackWorkflow replaces by one of its components' waits; AWS never sees it."""

PARTITION: Final = r"(?:aws(?:-[a-z0-9-]+)?|\$\{[^{}]+\})"
"""Other tools have placeholders of their own for it; what is behind it can be told all the same."""

PLACE: Final = r"(?:\$\{[^{}]+\}|[^:$]|\$(?!\{))+"
"""A region or an account, as it is or as a placeholder."""

_OWN_PLACE = r"(?:[a-z0-9-]+|\$\{AWS::Region\}):(?:\d{12}|\$\{AWS::AccountId\})"
_RESOURCE: Final = re.compile(
    rf"arn:{PARTITION}:states:(?:{PLACE})?:(?:{PLACE})?:(?!(?:activity|stateMachine|execution|express|mapRun):)"
    r"(?P<name>(?P<sdk>aws-sdk:)?(?!aws-sdk:)(?P<service>[A-Za-z0-9-]+):(?P<action>[A-Za-z0-9]+))"
    r"(?P<suffix>.*)"
)
ACTIVITY: Final = re.compile(rf"arn:{PARTITION}:states:{PLACE}:{PLACE}:activity:.+")
_OWN_RESOURCE: Final = re.compile(
    rf"^arn:{PARTITION}:(?:(?P<activity>states:{_OWN_PLACE}:activity)|lambda:{_OWN_PLACE}:function):(?P<name>.+)$"
)
_ARCHIVE: Final = "aws_services.zip"
_SDK_FIELDS: Final = {"dynamodb:putItem": "Item", "s3:putObject": "Body"}


@dataclass(frozen=True, slots=True, eq=False)
class Integration:
    """What is known of one Resource."""

    service: str
    action: str
    kind: str
    """optimized, sdk, activity or lambda (a function's own ARN as Resource)."""
    pattern: str = REQUEST_RESPONSE
    """request_response, sync, sync:2 or waitForTaskToken: how this Resource is called."""
    known: bool = True
    patterns: frozenset[str] = frozenset({REQUEST_RESPONSE})
    """The patterns the action supports."""
    required: frozenset[str] = frozenset()
    """Arguments the action cannot be called without, as Step Functions spells them."""
    optional: frozenset[str] = frozenset()
    """Arguments that are Step Functions' own."""
    sdk: str | None = None
    """The SDK integration (`sqs:sendMessage`) that takes the same arguments, if there is one."""
    token_field: str = ""
    """The argument that carries a message, and so the token, when the caller does not say where, if any."""

    @property
    def is_call(self) -> bool:
        """Whether it calls an API that is known, so that its arguments are known too."""
        return self.known and self.kind in ("optimized", "sdk")

    @property
    def is_supported(self) -> bool:
        """Whether it calls an API that is known, in a pattern that it has."""
        return self.is_call and self.pattern in self.patterns


OPTIMIZED: Final[Mapping[str, Integration]] = {
    row["integration"]: Integration(
        service=row["integration"].partition(":")[0],
        action=row["integration"].partition(":")[2],
        kind="optimized",
        patterns=frozenset({REQUEST_RESPONSE, *row["patterns"].split()}),
        required=frozenset(row["required"].split()),
        optional=frozenset(row["own"].split()),
        sdk=row["sdk"] or None,
        token_field=row["message"],
    )
    for row in rows(__file__, "optimised.csv")
}
"""Every optimised integration by its name, as it is called without a pattern."""

SDK_SERVICES: Final[Mapping[str, str]] = {
    one.service: one.sdk.partition(":")[0]
    for one in reversed([*OPTIMIZED.values()])
    if one.sdk and one.sdk.endswith(f":{one.action}")
}
"""Optimised service → the SDK integration that calls the same API with the same arguments."""


@dataclass(frozen=True, slots=True)
class SdkAction:
    """One action of an AWS SDK integration, as AWS's API model and authorization reference have it."""

    iam_service: str | None
    """The prefix of its IAM actions; None when the reference does not have the service."""
    iam_action: str | None
    """`sqs:SendMessage`; None when no IAM action has the name of this API action."""
    page: str
    required: frozenset[str]
    optional: frozenset[str]
    resources: tuple[str, ...]
    """What the action is authorised on: the form of each ARN."""
    passes_role: bool
    has_arguments: bool


def hands_out_token(resource: Any) -> bool:
    """Whether a Task with this Resource hands out its token, and waits for the answer."""
    return isinstance(resource, str) and (resource.endswith(SUFFIXES[-1]) or resource == OWN_WAIT)


def waits(resource: Any) -> bool:
    """Whether a Task with this Resource waits: for an answer to its token, or for an activity."""
    if hands_out_token(resource):
        return True
    return isinstance(resource, str) and ":activity:" in resource and bool(ACTIVITY.fullmatch(resource))


def parse(resource: str) -> re.Match[str] | None:
    """The `name` of what is called (with `sdk`, `service`, `action`), and the `suffix` behind it.

    AWS takes the ARN with a region and an account too.
    """
    return _RESOURCE.fullmatch(resource)


@lru_cache(maxsize=4096)
def lookup(resource: str) -> Integration | None:
    """The integration that a Resource names, in any partition (or a placeholder for it), or None."""
    found = parse(resource)
    if found is None:
        own = _OWN_RESOURCE.match(resource)
        if own is None:
            return None
        service, kind = ("states", "activity") if own["activity"] else ("lambda", "lambda")
        return Integration(service, own["name"], kind)
    service, action, pattern = found["service"], found["action"], found["suffix"].removeprefix(".")
    if found["suffix"] not in SUFFIXES:
        return None
    unknown = Integration(service, action, "optimized", known=False)
    integration = _sdk(service, action) if found["sdk"] else OPTIMIZED.get(f"{service}:{action}", unknown)
    return replace(integration, pattern=pattern or REQUEST_RESPONSE)


def _sdk(service: str, action: str) -> Integration:
    found = sdk_action(service, action)
    # What takes no arguments cannot be given a token.
    takes_token = found is None or found.has_arguments
    return Integration(
        service,
        action,
        "sdk",
        known=found is not None,
        patterns=frozenset({REQUEST_RESPONSE, WAIT} if takes_token else {REQUEST_RESPONSE}),
        required=found.required if found else frozenset(),
        sdk=f"{service}:{action}",
        token_field=_SDK_FIELDS.get(f"{service}:{action}", ""),
    )


@lru_cache(maxsize=4096)
def arguments(integration: Integration) -> frozenset[str] | None:
    """Every argument that an integration takes, as Step Functions spells it; None when it is not known."""
    if integration.sdk is None:
        return integration.required | integration.optional if integration.known else None
    known = sdk_action(*integration.sdk.split(":"))
    return known.required | known.optional | integration.optional if known else None


def sdk_action(service: str, action: str) -> SdkAction | None:
    """An action of an SDK service by the names a Resource uses (`dynamodb`, `putItem`); None when unknown."""
    data = archives.read(_ARCHIVE, service)
    if data is None or action not in data["actions"]:
        return None
    required, optional, types, flags = data["actions"][action]
    names = [kind.removeprefix("=") for kind in types or () if kind.startswith("=")]
    name = None if types is None else next(iter(names), action[0].upper() + action[1:])
    return SdkAction(
        iam_service=data["iam"],
        iam_action=f"{data['iam']}:{name}" if name else None,
        page=f"https://docs.aws.amazon.com/service-authorization/latest/reference/{data['page']}",
        required=frozenset(required.split()),
        optional=frozenset(optional.split()),
        resources=tuple(data["resources"][kind.removeprefix("!")] for kind in types or () if kind[0] != "="),
        passes_role="r" in flags,
        has_arguments="n" not in flags,
    )


def sdk_services() -> frozenset[str]:
    """The names of all services that an SDK integration can call, as a Resource has them."""
    return archives.names(_ARCHIVE)


def sdk_actions(service: str) -> Collection[str]:
    """The names of all actions of an SDK service; none when the service is not known."""
    data = archives.read(_ARCHIVE, service)
    return data["actions"].keys() if data else ()
