"""IAM documents as JSON text: trust policies that name who may come from where, and lists of statements."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi

from .documents import json_text


class Place(NamedTuple):
    """Partition (`aws`, `aws-cn`, ...), region and account id, read off a resource's own ARN.

    A component needs no look-up of its own for them, and always gets those of the provider its resources went
    to.
    """

    partition: str
    region: str
    account_id: str

    @classmethod
    def of(cls, arn: str) -> "Place":
        """The place of the regional resource with this ARN.

        Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        """
        _, partition, _, region, account_id, _ = arn.split(":", 5)
        return cls(partition, region, account_id)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of another resource there."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"


def last_part(arn: str) -> str:
    """What a queue, a topic or a function is called, from its ARN."""
    return arn.rpartition(":")[2]


Statement = Mapping[str, Any]
"""An IAM statement with IAM's own keys (Sid, Effect, Action, Resource, Condition); values may be Outputs."""


OF_MACHINE = "kms:EncryptionContext:aws:states:stateMachineArn"
"""Condition key: whose data Step Functions encrypts or decrypts.
https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""


def document(*statements: Statement) -> pulumi.Input[str]:
    """The policy document made of these statements."""
    return json_text({"Version": "2012-10-17", "Statement": statements})


def allow(sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]], **more: Any) -> Statement:
    """One Allow statement. `sid` says what it is for; `more` may hold a Condition or a Principal."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def use_key(
    sid: str, key_arn: pulumi.Input[str] | None, actions: Sequence[str] = ("kms:Decrypt",), **more: Any
) -> list[Statement]:
    """Leave to use the key, if there is one; `more` as for `allow`."""
    return [allow(sid, actions, [key_arn], **more)] if key_arn is not None else []


def trust(service: str, neighbour_arn: pulumi.Output[str], source: str | None = None) -> pulumi.Output[str]:
    """A trust policy: `service` may take the role on behalf of one account only, that of `neighbour_arn`.

    `source` narrows it to resources of one kind: the end of their ARN, such as `stateMachine:*`.
    """

    def text(arn: str) -> pulumi.Input[str]:
        place = Place.of(arn)
        condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": place.account_id}}
        if source:
            condition["ArnLike"] = {"aws:SourceArn": place.arn(service.split(".", 1)[0], source)}
        return document(
            {
                "Sid": "AssumedByTheService",
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": condition,
            }
        )

    return neighbour_arn.apply(text)
