"""IAM and KMS: roles, their policies, and keys."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws.request import Request, as_list
from local.errors import LocalError
from local.model import Created

_NAME = r"[A-Za-z0-9+=,.@_-]+"
_RETURN_TOKENS = "states:sendtask"
_PUBLISH = "sns:Publish"


def _create_role(request: Request) -> Created:
    name = request.physical_name(longest=64, pattern=_NAME)
    trust = request.require("assumeRolePolicy")
    role = request.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    made = {"uniqueId": role["RoleId"], "createDate": role["CreateDate"].isoformat()}
    return Created(name, {"name": name, "arn": role["Arn"], **made})


def _create_role_policy(request: Request) -> Created:
    role, name = request.require("role"), request.physical_name(longest=128, pattern=_NAME)
    document = _document(request)
    request.call("iam", "put_role_policy", RoleName=role, PolicyName=name, PolicyDocument=document)
    return Created(f"{role}:{name}", {"name": name, "role": role})


def _create_policy(request: Request) -> Created:
    name = request.physical_name(longest=128, pattern=_NAME)
    made = request.call("iam", "create_policy", PolicyName=name, PolicyDocument=_document(request))["Policy"]
    return Created(made["Arn"], {"name": name, "arn": made["Arn"], "policyId": made["PolicyId"]})


def _document(request: Request) -> str:
    document = json.loads(request.require("policy"))
    return json.dumps(widened(document) if request.aws.auth else document)


def _create_attachments(request: Request) -> Created:
    policy, roles = request.require("policyArn"), request.get("roles", [])
    if not roles:
        raise LocalError('roles must name at least one: AWS\'s provider fails on none ("empty result")')
    for role in roles:
        request.call("iam", "attach_role_policy", RoleName=role, PolicyArn=policy)
    name = request.physical_name(longest=128, pattern=_NAME)
    return Created(name, {"name": name})


def widened(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same policy with ``states:SendTask*`` allowed on every machine, and batches by ``sns:Publish``.

    MiniStack checks the former against ``*`` only, AWS against the state machine; it wants an action of its
    own for PublishBatch, which AWS allows to whoever may publish. Nothing else is widened; the tests of the
    components assert the statements as they are deployed to AWS.
    https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html
    """
    found: list[dict[str, Any]] = []
    for statement in as_list(document.get("Statement")):
        actions = as_list(statement.get("Action"))
        allows = statement.get("Effect") == "Allow"
        if allows and _PUBLISH in actions:
            actions = [*actions, f"{_PUBLISH}Batch"]
            statement = {**statement, "Action": actions}
        answers = [action for action in actions if action.lower().startswith(_RETURN_TOKENS)]
        if not (allows and answers):
            found.append(statement)
            continue
        found.append({**statement, "Action": answers, "Resource": "*"})
        if others := [action for action in actions if action not in answers]:
            sid = {"Sid": f"{statement['Sid']}Others"} if "Sid" in statement else {}
            found.append({**statement, **sid, "Action": others})
    return {**document, "Statement": found}


def _create_key(request: Request) -> Created:
    request.skip("bypassPolicyLockoutSafetyCheck")
    key = request.call("kms", "create_key", KeySpec=request.get("customerMasterKeySpec"))["KeyMetadata"]
    return Created(key["KeyId"], {"keyId": key["KeyId"], "arn": key["Arn"]})


KINDS = {
    "aws:iam/policy:Policy": _create_policy,
    "aws:iam/policyAttachment:PolicyAttachment": _create_attachments,
    "aws:iam/role:Role": _create_role,
    "aws:iam/rolePolicy:RolePolicy": _create_role_policy,
    "aws:kms/key:Key": _create_key,
}
