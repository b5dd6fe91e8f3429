"""What a Task state's Resource means: which service and action it calls, and in which of the three patterns.

Optimised integrations are in the table below; `aws-sdk:*` comes from `aws_services.zip`, which is generated
from botocore's service models and AWS's Service Authorization Reference (`tools/generate/services.py`).
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from .optimized import OPTIMIZED, REQUEST_RESPONSE, SYNC, SYNC_2, WAIT

__all__ = [
    "REQUEST_RESPONSE",
    "SYNC",
    "SYNC_2",
    "WAIT",
    "Integration",
    "SdkAction",
    "lookup",
    "sdk_action",
    "sdk_actions",
    "sdk_services",
]

_RESOURCE: Final = re.compile(
    r"^arn:(?:[a-z][a-z0-9-]*|\$\{AWS::Partition\}):states:::"
    r"(?P<sdk>aws-sdk:)?(?P<service>[A-Za-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
    r"(?:\.(?P<pattern>sync(?::2)?|waitForTaskToken))?$"
)
_ACTIVITY: Final = re.compile(
    r"^arn:(?:[a-z][a-z0-9-]*|\$\{AWS::Partition\}):states:(?:[a-z0-9-]+|\$\{AWS::Region\}):"
    r"(?:\d{12}|\$\{AWS::AccountId\}):activity:(?P<name>.+)$"
)
_FUNCTION: Final = re.compile(
    r"^arn:(?:[a-z][a-z0-9-]*|\$\{AWS::Partition\}):lambda:(?:[a-z0-9-]+|\$\{AWS::Region\}):"
    r"(?:\d{12}|\$\{AWS::AccountId\}):function:(?P<name>.+)$"
)
_ARCHIVE: Final = Path(__file__).with_name("aws_services.zip")
_ALL: Final = frozenset({REQUEST_RESPONSE, SYNC, SYNC_2, WAIT})


@dataclass(frozen=True, slots=True)
class Integration:
    """What is known of one Resource."""

    service: str
    action: str
    pattern: str
    """request_response, sync, sync:2 or waitForTaskToken: how this Resource is called."""
    kind: str
    """optimized, sdk, activity or lambda (a function's own ARN as Resource)."""
    callback: bool | None
    """Whether the action can wait for a task token; None when the action is not known here."""
    known: bool
    patterns: frozenset[str]
    """The patterns the action supports."""
    required: frozenset[str]
    """Arguments the action cannot be called without, as Step Functions spells them."""
    token_fields: tuple[str, ...]
    """The argument that carries the wait message when the caller does not say where."""
    message_form: str
    """object, text, or attributes (of a DynamoDB item)."""


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
    resources: tuple[tuple[str, str, bool], ...]
    """Resource types that the action is authorised on: name, format of its ARN, whether it always applies."""
    passes_role: bool
    has_arguments: bool


@lru_cache(maxsize=4096)
def lookup(resource: str) -> Integration | None:
    """The integration that a Resource names, in any partition (or `${AWS::Partition}`), or None."""
    found = _RESOURCE.match(resource)
    if found is None:
        return _own_resource(resource)
    service, action = found["service"], found["action"]
    pattern = found["pattern"] or REQUEST_RESPONSE
    if found["sdk"]:
        return _sdk(service, action, pattern)
    row = OPTIMIZED.get(f"{service}:{action}")
    if row is None:
        return Integration(
            service, action, pattern, "optimized", None, False, _ALL, frozenset(), (), "object"
        )
    return Integration(
        service=service,
        action=action,
        pattern=pattern,
        kind="optimized",
        callback=WAIT in row.patterns,
        known=True,
        patterns=row.patterns,
        required=row.required,
        token_fields=row.token_fields,
        message_form="object",
    )


@lru_cache(maxsize=4096)
def arguments(integration: Integration) -> frozenset[str] | None:
    """Every argument that an integration takes, as Step Functions spells it; None when it is not known."""
    row = OPTIMIZED.get(f"{integration.service}:{integration.action}")
    if integration.kind != "optimized":
        own, sdk = frozenset[str](), f"{integration.service}:{integration.action}"
    elif row is None:
        return None
    elif row.sdk is None:
        return row.required | row.optional
    else:
        own, sdk = row.optional, row.sdk
    known = sdk_action(*sdk.split(":"))
    return known.required | known.optional | own if known else None


def sdk_action(service: str, action: str) -> SdkAction | None:
    """An action of an SDK service by the names a Resource uses (`dynamodb`, `putItem`); None when unknown."""
    data = _service(service)
    row = data["actions"].get(action) if data else None
    if data is None or row is None:
        return None
    required, optional, types, flags = row
    api_name = action[0].upper() + action[1:]
    name = None
    if types is not None:
        name = next((kind.removeprefix("=") for kind in types if kind.startswith("=")), api_name)
        types = [kind for kind in types if not kind.startswith("=")]
    return SdkAction(
        iam_service=data["iam"],
        iam_action=f"{data['iam']}:{name}" if name else None,
        page=f"https://docs.aws.amazon.com/service-authorization/latest/reference/{data['page']}",
        required=frozenset(required.split()),
        optional=frozenset(optional.split()),
        resources=tuple(
            (kind.removeprefix("!"), data["resources"][kind.removeprefix("!")], kind.startswith("!"))
            for kind in types or ()
        ),
        passes_role="r" in flags,
        has_arguments="n" not in flags,
    )


_SDK_FIELDS: Final = {
    ("dynamodb", "putItem"): (("Item",), "attributes"),
    ("s3", "putObject"): (("Body",), "object"),
}


def _sdk(service: str, action: str, pattern: str) -> Integration:
    found = sdk_action(service, action)
    fields, form = _SDK_FIELDS.get((service, action), ((), "text"))
    return Integration(
        service=service,
        action=action,
        pattern=pattern,
        kind="sdk",
        callback=found.has_arguments if found else None,
        known=found is not None,
        patterns=frozenset({REQUEST_RESPONSE, WAIT}),
        required=found.required if found else frozenset(),
        token_fields=fields,
        message_form=form,
    )


def _own_resource(resource: str) -> Integration | None:
    """An activity or a function whose own ARN is the Resource."""
    activity = _ACTIVITY.match(resource)
    if activity is not None:
        return _direct("states", activity["name"], "activity", callback=True)
    function = _FUNCTION.match(resource)
    if function is not None:
        return _direct("lambda", function["name"], "lambda", callback=False)
    return None


def _direct(service: str, name: str, kind: str, *, callback: bool) -> Integration:
    only = frozenset({REQUEST_RESPONSE})
    return Integration(service, name, REQUEST_RESPONSE, kind, callback, True, only, frozenset(), (), "object")


@cache
def sdk_services() -> frozenset[str]:
    """The names of all services that an SDK integration can call, as a Resource has them."""
    import zipfile

    with zipfile.ZipFile(_ARCHIVE) as archive:
        return frozenset(name.removesuffix(".json") for name in archive.namelist())


def sdk_actions(service: str) -> Collection[str]:
    """The names of all actions of an SDK service; none when the service is not known."""
    data = _service(service)
    return data["actions"].keys() if data else ()


@cache
def _service(name: str) -> dict[str, Any] | None:
    """One service's data; the archive is only opened when a definition uses an SDK integration."""
    import zipfile

    if name not in sdk_services():
        return None
    with zipfile.ZipFile(_ARCHIVE) as archive:
        data: dict[str, Any] = json.loads(archive.read(f"{name}.json"))
        return data
