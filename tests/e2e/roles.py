"""The roles of the deployed stack, their statements, and the functions behind them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import boto3

from local.observe import LogLine
from tests.support.embedded import Embedded

ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
BUCKET_NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
FUNCTION = "aws:lambda/function:Function"
MANAGED_POLICY = "aws:iam/policy:Policy"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
POLICY = "aws:iam/rolePolicy:RolePolicy"
QUEUE = "aws:sqs/queue:Queue"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
ROLE = "aws:iam/role:Role"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TABLE = "aws:dynamodb/table:Table"
_SESSION = boto3.Session()
"""One for all roles: it reads the description of a service once."""


@dataclass(frozen=True)
class Statement:
    """One IAM statement as the program wrote it. `role` is the role's physical name, `owner` its logical."""

    owner: str
    role: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.owner}: {self.sid}"


@dataclass(frozen=True)
class DeployedFunction:
    """A function and the ways to it: queues by URL, topics by ARN, tables and buckets by name, and calls."""

    name: str
    arn: str
    role: str
    log_group: str
    queue_urls: tuple[str, ...]
    dead_letter_queue_urls: tuple[str, ...]
    topic_arns: tuple[str, ...]
    tables: tuple[str, ...]
    buckets: tuple[str, ...]
    called: bool
    """Whether a state machine may call it."""

    @property
    def ways(self) -> tuple[bool, ...]:
        """Which of the ways there are."""
        ways = (self.queue_urls, self.dead_letter_queue_urls, self.topic_arns, self.tables, self.buckets)
        return (*map(bool, ways), self.called)

    def logs(self, stack: Embedded) -> list[LogLine]:
        """What it has logged."""
        return stack.logs(self.log_group)


def resources(stack: Embedded, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Logical name, inputs and outputs of every resource of a type."""
    return stack.stack.deployment.of_type(kind)


def statements(stack: Embedded) -> list[Statement]:
    """Every statement of every role's policies: its own, and those attached to it."""
    owners = {role["name"]: name for name, role in resources(stack, ROLE)}
    documents = [(policy["role"], policy["policy"]) for _, policy in resources(stack, POLICY)]
    managed = {policy["arn"]: policy["policy"] for _, policy in resources(stack, MANAGED_POLICY)}
    for _, attachment in resources(stack, ATTACHMENT):
        documents += [(role, managed[attachment["policyArn"]]) for role in attachment["roles"]]
    return [
        Statement(
            owners[role],
            role,
            statement["Sid"],
            tuple(statement["Action"]),
            tuple(statement["Resource"]),
        )
        for role, document in documents
        for statement in json.loads(document)["Statement"]
    ]


def functions(stack: Embedded) -> list[DeployedFunction]:
    """Every function of the stack."""
    roles = {role["arn"]: role["name"] for _, role in resources(stack, ROLE)}
    queues = {queue["arn"]: queue for _, queue in resources(stack, QUEUE)}
    redriven = {policy["queueUrl"] for _, policy in resources(stack, REDRIVE)}
    streams = {table["streamArn"]: table["name"] for _, table in resources(stack, TABLE)}
    notified = [
        (target["lambdaFunctionArn"], found["bucket"])
        for _, found in resources(stack, BUCKET_NOTIFICATION)
        for target in found["lambdaFunctions"]
    ]
    sources = [(found["functionName"], found["eventSourceArn"]) for _, found in resources(stack, MAPPING)]
    subscribed = [(found["endpoint"], found["topic"]) for _, found in resources(stack, SUBSCRIPTION)]
    called = {
        arn
        for statement in statements(stack)
        if "lambda:InvokeFunction" in statement.actions
        for arn in statement.resources
    }
    made = []
    for name, function in resources(stack, FUNCTION):
        arn = function["arn"]
        own = [source for target, source in sources if target == arn]
        read = [queues[source] for source in own if source in queues]
        made.append(
            DeployedFunction(
                name=name,
                arn=arn,
                role=roles[function["role"]],
                log_group=function["loggingConfig"]["logGroup"],
                queue_urls=tuple(queue["url"] for queue in read if queue["url"] in redriven),
                dead_letter_queue_urls=tuple(queue["url"] for queue in read if queue["url"] not in redriven),
                topic_arns=tuple(topic for target, topic in subscribed if target == arn),
                tables=tuple(streams[source] for source in own if source in streams),
                buckets=tuple(bucket for target, bucket in notified if target == arn),
                called=arn in called,
            )
        )
    return made


@contextmanager
def without(stack: Embedded, statement: Statement) -> Iterator[None]:
    """The role lacks this one statement meanwhile; all its others stay."""
    iam, role = stack.aws.iam, statement.role
    with ExitStack() as afterwards:
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            kept = _kept(document, statement)
            if len(kept) == len(document["Statement"]):
                continue
            put = partial(iam.put_role_policy, RoleName=role, PolicyName=name)
            afterwards.callback(put, PolicyDocument=json.dumps(document))
            if kept:
                put(PolicyDocument=json.dumps({**document, "Statement": kept}))
            else:
                iam.delete_role_policy(RoleName=role, PolicyName=name)
        for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
            if kept := _kept(document, statement):
                assert len(kept) == len(document["Statement"]), "an attached policy is taken away whole"
                continue
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
            afterwards.callback(iam.attach_role_policy, RoleName=role, PolicyArn=arn)
        yield


def _kept(document: Mapping[str, Any], statement: Statement) -> list[Any]:
    return [each for each in document["Statement"] if each["Sid"] != statement.sid]


def clients_of(stack: Embedded, role: str) -> Callable[[str], Any]:
    """What makes clients, by service, with the credentials of a role. IAM is enforced for what they call.

    The role trusts one service only. It is made to trust the account for as long as it takes to assume it.
    """
    iam = stack.aws.iam
    found = iam.get_role(RoleName=role)["Role"]
    trust: Any = found["AssumeRolePolicyDocument"]
    account = {"Effect": "Allow", "Principal": {"AWS": stack.aws.account}, "Action": "sts:AssumeRole"}
    both = {**trust, "Statement": [*trust["Statement"], account]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(both))
    try:
        assumed = stack.aws.client("sts").assume_role(RoleArn=found["Arn"], RoleSessionName="test")
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    lent = assumed["Credentials"]

    @cache
    def client(service: str) -> Any:
        return _SESSION.client(
            service,  # type: ignore[call-overload]
            endpoint_url=stack.endpoint,
            region_name=stack.aws.region,
            aws_access_key_id=lent["AccessKeyId"],
            aws_secret_access_key=lent["SecretAccessKey"],
            aws_session_token=lent["SessionToken"],
        )

    return client
