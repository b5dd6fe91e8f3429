"""Which roles a call of an `aws-sdk:*` integration hands to the service that it calls.

The Service Authorization Reference says it of some actions only. Every action that changes something and is
given a role passes it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from ..language.query import is_expression
from ..services.integrations import SdkAction
from .grants import Call, Grant, Unknown, escape, grant, one

_READS: Final = re.compile(r"(?:get|list|describe|batchGet|search|query)(?![a-z])")
_NO_SERVICE_ROLES: Final = frozenset({"iam", "inspector2", "securityhub", "sts"})
"""Services whose role arguments are what a call is about, and are not handed to anybody."""
_BY_NAME: Final = frozenset({"glue", "ssm"})
"""Services that take a role's name, although the reference does not say that they are passed one."""
_OF_PEOPLE: Final = frozenset(
    {
        *("bedrockagent", "bedrockagentcore", "bedrockagentruntime", "bedrockruntime", "chime"),
        *("chimesdkmediapipelines", "connect", "connecthealth", "grafana", "identitystore", "quicksight"),
        *("repostspace", "transcribe"),
    }
)
"""Services in which a `Role` without `Arn` is also what somebody is in a conversation or a team."""
_NOTIFYING: Final = frozenset({"rekognition", "textract"})
"""Services that take a role to say that they are done, which the reference does not say either."""

_ARN_KEY: Final = re.compile(r"rolearns?(\.\$)?$", re.IGNORECASE)
_ROLE_KEY: Final = re.compile(r"roles?(\.\$)?$|iamrolename(\.\$)?$", re.IGNORECASE)
_PROFILE_KEY: Final = re.compile(r"instanceprofile(name|arn)?(\.\$)?$", re.IGNORECASE)
_TEMPLATE_KEY: Final = re.compile(r"launchtemplate(specification|configs)?(\.\$)?$", re.IGNORECASE)
_HOLDS_ROLES: Final = re.compile(r"(targets?|notificationchannel|config(uration)?)$", re.IGNORECASE)
"""Arguments in which there often is a role."""


def role_grants(service: str, action: str, known: SdkAction) -> tuple[Grant, ...]:
    """The permission to pass the roles that are among the arguments of an action, if it can pass any."""
    passes = not _READS.match(action) and service not in _NO_SERVICE_ROLES
    if not known.passes_role and not passes:
        return ()
    return (grant("PassRoles", "iam:PassRole", partial(_roles, service, known.passes_role), known.page),)


def _roles(service: str, flagged: bool, call: Call) -> list[str]:
    roles = [] if service in _NO_SERVICE_ROLES else list(_among(call.arguments, service, flagged))
    for key, value in call.arguments.items() if flagged or service in _NOTIFYING else ():
        if _HOLDS_ROLES.search(_bare(key)) and (str(key).endswith(".$") or is_expression(value)):
            raise Unknown(f"{_bare(key)}, in which a role may be, is only known at run time ({value})")
    # A launch template says what is passed when it is used, and passes nothing itself.
    if service != "iam" and ":createLaunchTemplate" not in call.name:
        _refuse_hidden(call.arguments, flagged)
    elif flagged and call.has("RoleName"):
        raise Unknown("RoleName does not say the path of the role's ARN")
    return [
        one(role) if role.startswith("arn:") else call.arn("iam", f"role/{escape(role)}", region="")
        for role in roles
    ]


def _among(node: Any, service: str, flagged: bool) -> Iterator[str]:
    """The roles of the arguments, by ARN or by name."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _among(item, service, flagged)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            arn = _ARN_KEY.search(str(key)) is not None
            if not arn and not _ROLE_KEY.search(str(key)):
                yield from _among(value, service, flagged)
                continue
            for computed, role in _texts(key, value):
                if ":instance-profile/" in role or (key == "InstanceRole" and not role.startswith("arn:")):
                    raise Unknown(f"the role of the instance profile {role} is not among the arguments")
                if computed:
                    if arn or flagged or service not in _OF_PEOPLE:
                        raise Unknown(f"{key} is only known at run time ({role})")
                elif arn or flagged or service in _BY_NAME or ":role/" in role:
                    yield role


def _bare(key: object) -> str:
    return str(key).removesuffix(".$")


def _texts(key: object, value: Any) -> Iterator[tuple[bool, str]]:
    """Every string of a role argument, and whether it is computed."""
    if isinstance(value, str):
        yield str(key).endswith(".$") or is_expression(value), value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(name, item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts("", item)


def _refuse_hidden(node: Any, flagged: bool) -> None:
    """Raise Unknown for what stands for a role that is not among the arguments."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if _PROFILE_KEY.search(str(key)) or (flagged and _TEMPLATE_KEY.search(str(key))):
                raise Unknown(f"the role of {_bare(key)} is not among the arguments")
            _refuse_hidden(value, flagged)
    elif isinstance(node, (list, tuple)):
        for item in node:
            _refuse_hidden(item, flagged)
