"""IAM documents as JSON text: trust policies that name who may come from where, and lists of statements."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from .place import Place

Statement = Mapping[str, Any]
"""An IAM statement with IAM's own keys (Sid, Effect, Action, Resource, Condition); values may be Outputs."""


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy document made of these statements."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], **more: Any) -> Statement:
    """One Allow statement. `sid` says what it is for; `more` may hold a Condition."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def trust(service: str, place: Place, source_arn: str | None = None) -> pulumi.Output[str]:
    """A trust policy: `service` may take the role on behalf of this account only.

    `source_arn` narrows it to resources of a kind: the part of an ARN behind the account id,
    such as `stateMachine:*`.
    """
    service_name = service.split(".", 1)[0]

    def text(where: list[str]) -> str:
        partition, region, account_id = where
        condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account_id}}
        if source_arn:
            arn = f"arn:{partition}:{service_name}:{region}:{account_id}:{source_arn}"
            condition["ArnLike"] = {"aws:SourceArn": arn}
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "AssumedByTheService",
                        "Effect": "Allow",
                        "Principal": {"Service": service},
                        "Action": "sts:AssumeRole",
                        "Condition": condition,
                    }
                ],
            }
        )

    return pulumi.Output.all(place.partition, place.region, place.account_id).apply(text)
