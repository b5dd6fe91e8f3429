"""The roles of the deployed stack: what they may do, how to take a statement away, and the functions behind them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.observe import LogLine
from tests.support.embedded import Embedded

FUNCTION = "aws:lambda/function:Function"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
POLICY = "aws:iam/rolePolicy:RolePolicy"
QUEUE = "aws:sqs/queue:Queue"
ROLE = "aws:iam/role:Role"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


@dataclass(frozen=True)
class Statement:
    """One IAM statement as the program wrote it. `role` is the role's physical name, `owner` its logical one."""

    owner: str
    role: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.owner}: {self.sid}"


@dataclass(frozen=True)
class DeployedFunction:
    """A function and the ways to it: queues by URL, topics by ARN; neither for one that is called directly."""

    name: str
    arn: str
    role: str
    log_group: str
    queue_urls: tuple[str, ...]
    dead_letter_queue_urls: tuple[str, ...]
    topic_arns: tuple[str, ...]

    def logs(self, stack: Embedded) -> list[LogLine]:
        """What it has logged."""
        return stack.logs(self.log_group)


def resources(stack: Embedded, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Logical name, inputs and outputs of every resource of a type."""
    for resource, created in stack.stack.deployment.resources:
        if resource.type == kind:
            yield resource.name, {**resource.inputs, **created.outputs}


def statements(stack: Embedded) -> list[Statement]:
    """Every statement of every role's policies."""
    owners = {role["name"]: name for name, role in resources(stack, ROLE)}
    return [
        Statement(
            owners[policy["role"]],
            policy["role"],
            statement["Sid"],
            tuple(statement["Action"]),
            tuple(statement["Resource"]),
        )
        for _, policy in resources(stack, POLICY)
        for statement in json.loads(policy["policy"])["Statement"]
    ]


def functions(stack: Embedded) -> list[DeployedFunction]:
    """Every function of the stack."""
    roles = {role["arn"]: role["name"] for _, role in resources(stack, ROLE)}
    queues = {queue["arn"]: queue for _, queue in resources(stack, QUEUE)}
    sources = [(found["functionName"], found["eventSourceArn"]) for _, found in resources(stack, MAPPING)]
    subscribed = [(found["endpoint"], found["topic"]) for _, found in resources(stack, SUBSCRIPTION)]
    made = []
    for name, function in resources(stack, FUNCTION):
        arn = function["arn"]
        read = [queues[source] for target, source in sources if target == arn]
        made.append(
            DeployedFunction(
                name=name,
                arn=arn,
                role=roles[function["role"]],
                log_group=function["loggingConfig"]["logGroup"],
                queue_urls=tuple(queue["url"] for queue in read if "redrivePolicy" in queue),
                dead_letter_queue_urls=tuple(queue["url"] for queue in read if "redrivePolicy" not in queue),
                topic_arns=tuple(topic for target, topic in subscribed if target == arn),
            )
        )
    return made


@contextmanager
def without(stack: Embedded, statement: Statement) -> Iterator[None]:
    """The role lacks this one statement meanwhile; all its others stay."""
    iam, role = stack.aws.iam, statement.role
    before: dict[str, str] = {}
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        kept = [each for each in document["Statement"] if each["Sid"] != statement.sid]
        if len(kept) == len(document["Statement"]):
            continue
        before[name] = json.dumps(document)
        if kept:
            left = json.dumps({**document, "Statement": kept})
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=left)
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    assert before, f"{statement} is not there"
    try:
        yield
    finally:
        for name, text in before.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
