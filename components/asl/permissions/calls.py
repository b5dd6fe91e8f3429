"""What a state calls, and what the tables say that it needs for it.

Calls of AWS SDK integrations that no table has are for a person to allow: what they are about, only who wrote
them knows. The action and the form of its resources come from the Service Authorization Reference.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..document.definition import State
from ..language.query import JSONATA
from ..report.display import leaves
from ..services import integrations
from .grants import Grant, optimised_grants, table
from .invocation import Invocation

_REFERENCE: Final = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/"
    "reference_policies_actions-resources-contextkeys.html"
)
_INTEGRATIONS: Final = "https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html"
_ROLE: Final = re.compile(r"role(arn)?(\.\$)?$", re.IGNORECASE)

Needs = tuple[Invocation, tuple[Grant, ...]]
"""A call, and what it needs."""


def calls(of: State, place: Sequence[str]) -> Iterator[Needs]:
    """What a state calls, in a place that is a partition, a region and an account."""

    def call(name: str, arguments: Any, grants: tuple[Grant, ...], pattern: str = "") -> Needs:
        return Invocation(of.name, name, pattern, arguments, *place), grants

    state, field = of.fields, "Arguments" if of.query_language == JSONATA else "Parameters"
    if state.get("Type") == "Map":
        reader, writer = state.get("ItemReader"), state.get("ResultWriter")
        if isinstance(reader, Mapping):
            yield call("s3:read", reader.get(field), _reader_grants(reader))
        if isinstance(writer, Mapping) and writer.get(field):
            yield call("s3:write", writer.get(field), optimised_grants("map:putObject"))
        return
    resource = state.get("Resource")
    if state.get("Type") != "Task" or not isinstance(resource, str):
        return
    credentials = state.get("Credentials")
    if credentials:
        # The Task acts as that role: the execution role must be allowed to assume it, no more.
        yield call("sts:assumeRole", credentials, optimised_grants("sts:assumeRole"))
        return
    found = integrations.lookup(resource)
    if found is None or (found.kind == "optimized" and not found.known):
        why = f"by hand: {resource} is an integration that is not known here"
        action = f"{found.service if found else 'unknown'}:*"
        yield call(resource, {}, (Grant("CallService", (action,), why, "", "", _INTEGRATIONS),))
    elif found.kind == "lambda":
        yield call("lambda:invoke", {"FunctionName": resource}, optimised_grants("lambda:invoke"))
    elif found.kind == "sdk":
        grants = table("sdk.csv").get(f"{found.service}:{found.action}")
        if grants is None:
            grants = tuple(_by_hand(found.service, found.action, state.get(field)))
        yield call(f"aws-sdk:{found.service}:{found.action}", state.get(field), grants, found.pattern)
    elif found.kind != "activity":  # a worker polls an activity: nothing is called
        name = f"{found.service}:{found.action}"
        yield call(name, state.get(field), optimised_grants(name), found.pattern)


def _reader_grants(reader: Mapping[str, Any]) -> tuple[Grant, ...]:
    """What the ItemReader of a Distributed Map needs.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    action, config = str(reader.get("Resource")).rpartition(":s3:")[2], reader.get("ReaderConfig")
    settings = config if isinstance(config, Mapping) else {}
    more: tuple[Grant, ...] = ()
    if action == "listObjectsV2" and settings.get("Transformation") == "LOAD_AND_FLATTEN":
        more = optimised_grants("map:flatten")
    if action == "getObject" and settings.get("InputType") == "MANIFEST":
        more = optimised_grants("map:manifest")
    return optimised_grants(f"map:{action}") + more if action in ("getObject", "listObjectsV2") else ()


def _by_hand(service: str, action: str, arguments: Any) -> Iterator[Grant]:
    """What a person has to allow for a call that no table has."""
    known = integrations.sdk_action(service, action)
    prefix = known.iam_service if known and known.iam_service else service
    iam_action = known.iam_action if known and known.iam_action else f"{prefix}:*"
    page = known.page if known else _REFERENCE
    # `arn:<Partition>:kms:…`: IAM would take `${…}` for variables of its own.
    forms = tuple(re.sub(r"\$\{(\w+)\}", r"<\1>", arn) for arn in known.resources) if known else ()
    if known and known.iam_action and not known.resources:
        forms = ("*",)  # The action has no resource type, says its page.
    why = f"by hand: what {service}:{action} may be done to is not derived"
    yield Grant("CallService", (iam_action,), why, "", "", page, forms)
    keys = {str(key) for place, _ in leaves(arguments) for key in place}
    if known and known.passes_role and any(map(_ROLE.search, keys)):
        why = f"by hand: which roles {service}:{action} may pass is not derived"
        form = "arn:<Partition>:iam::<Account>:role/<Role>"
        yield Grant("PassRoles", ("iam:PassRole",), why, "", "", page, (form,))
