"""IAM: roles and their policies."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs
from local.aws.resources.kinds import Kind, Request
from local.errors import LocalError
from local.model import Created

_NAME = r"[A-Za-z0-9+=,.@_-]+"
_RETURN_TOKENS = "states:sendtask"


def _create_role(request: Request) -> Created:
    inputs = request.inputs
    inputs.skip("forceDetachPolicies")
    name = physical_name(request.name, inputs, longest=64, pattern=_NAME)
    role = request.aws.iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=inputs.require("assumeRolePolicy"),
        Tags=pairs(inputs.get("tags")),
        **inputs.pascal("path", "description", "maxSessionDuration", "permissionsBoundary"),
    )["Role"]
    return Created(
        name,
        {
            "name": name,
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
        },
    )


def _delete_role(aws: Aws, name: str, _properties: Mapping[str, Any]) -> None:
    aws.iam.delete_role(RoleName=name)


def _create_role_policy(request: Request) -> Created:
    inputs = request.inputs
    role = inputs.require("role")
    name = physical_name(request.name, inputs, longest=128, pattern=_NAME)
    document = json.loads(inputs.require("policy"))
    if request.aws.auth:
        document = widen_task_answers(document)
    request.aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    return Created(f"{role}:{name}", {"name": name, "role": role})


def _delete_role_policy(aws: Aws, identifier: str, _properties: Mapping[str, Any]) -> None:
    role, name = identifier.split(":", 1)
    aws.iam.delete_role_policy(RoleName=role, PolicyName=name)


def _create_policy(request: Request) -> Created:
    inputs = request.inputs
    name = physical_name(request.name, inputs, longest=128, pattern=_NAME)
    document = json.loads(inputs.require("policy"))
    if request.aws.auth:
        document = widen_task_answers(document)
    policy = request.aws.iam.create_policy(
        PolicyName=name,
        PolicyDocument=json.dumps(document),
        Tags=pairs(inputs.get("tags")),
        **inputs.pascal("path", "description"),
    )["Policy"]
    return Created(policy["Arn"], {"name": name, "arn": policy["Arn"], "policyId": policy["PolicyId"]})


def _delete_policy(aws: Aws, arn: str, _properties: Mapping[str, Any]) -> None:
    aws.iam.delete_policy(PolicyArn=arn)


def _create_attachments(request: Request) -> Created:
    policy = request.inputs.require("policyArn")
    roles = request.inputs.get("roles", [])
    if not roles:
        raise LocalError('roles must name at least one: AWS\'s provider fails on none ("empty result")')
    for role in roles:
        request.aws.iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    name = physical_name(request.name, request.inputs, longest=128, pattern=_NAME)
    return Created(name, {"name": name})


def _delete_attachments(aws: Aws, _name: str, properties: Mapping[str, Any]) -> None:
    for role in properties["roles"]:
        aws.iam.detach_role_policy(RoleName=role, PolicyArn=properties["policyArn"])


def _create_attachment(request: Request) -> Created:
    role = request.inputs.require("role")
    policy = request.inputs.require("policyArn")
    request.aws.iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    return Created(f"{role}-{policy.rsplit('/', 1)[-1]}")


def _delete_attachment(aws: Aws, _identifier: str, properties: Mapping[str, Any]) -> None:
    aws.iam.detach_role_policy(RoleName=properties["role"], PolicyArn=properties["policyArn"])


def widen_task_answers(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same policy with ``states:SendTask*`` allowed on every state machine.

    MiniStack checks these actions against ``*`` only, AWS against the state machine. Nothing else is widened;
    the tests of the components assert the statement as it is deployed to AWS.
    """
    statements = document.get("Statement", [])
    widened: list[dict[str, Any]] = []
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        listed = actions if isinstance(actions, list) else [actions]
        answers = [action for action in listed if action.lower().startswith(_RETURN_TOKENS)]
        others = [action for action in listed if action not in answers]
        if not answers or statement.get("Effect") != "Allow":
            widened.append(statement)
            continue
        widened.append({**statement, "Action": answers, "Resource": "*"})
        if others:
            sid = {"Sid": f"{statement['Sid']}Others"} if "Sid" in statement else {}
            widened.append({**statement, **sid, "Action": others})
    return {**document, "Statement": widened}


KINDS = {
    "aws:iam/policy:Policy": Kind(_create_policy, _delete_policy),
    "aws:iam/policyAttachment:PolicyAttachment": Kind(_create_attachments, _delete_attachments),
    "aws:iam/role:Role": Kind(_create_role, _delete_role),
    "aws:iam/rolePolicy:RolePolicy": Kind(_create_role_policy, _delete_role_policy),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(_create_attachment, _delete_attachment),
}
