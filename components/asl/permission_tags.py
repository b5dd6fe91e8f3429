"""What it needs to create something in EC2 with tags on it."""

from collections.abc import Mapping
from typing import Any, Final

from .grants import Call, Grant, Unknown, escape, grant
from .integrations import SdkAction

_PAGE: Final = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"
_ARGUMENT: Final = "TagSpecifications"
_OF_NO_ACCOUNT: Final = frozenset({"image", "snapshot"})


def created_tags(known: SdkAction) -> tuple[Grant, ...]:
    """Rows for an action that may tag what it creates: only what this very action creates, of those types."""
    if not known.iam_action or known.iam_service != "ec2" or _ARGUMENT not in known.optional | known.required:
        return ()
    name = known.iam_action.partition(":")[2]

    def created(_call: Call) -> Mapping[str, Any]:
        return {"StringEquals": {"ec2:CreateAction": name}}

    return (grant("TagResources", "ec2:CreateTags", _tagged, _PAGE, created),)


def _tagged(call: Call) -> list[str]:
    """All things of the types that get tags: their ids are only known later."""
    given = call.get(_ARGUMENT)
    if given is not None and not isinstance(given, (list, tuple)):
        raise Unknown(f"{_ARGUMENT} is not a list")
    return [_every(call, call.text(_ARGUMENT, index, "ResourceType")) for index in range(len(given or ()))]


def _every(call: Call, kind: str) -> str:
    return call.arn(
        "ec2",
        f"{escape(kind)}/*",
        region="" if kind.startswith("ipam") else None,
        account="" if kind in _OF_NO_ACCOUNT else None,
    )
