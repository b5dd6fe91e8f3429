"""Every policy of the program's workflows, whole, beside what their definitions and functions need.

The embedded AWS enforces only a part of them (tests/e2e/test_least_privilege.py says which). What is expected
is written here by hand: from the definition one sees what it calls, and nothing else may be allowed.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.program.test_program import ROOT, run, stack_config
from tests.support.engine import ACCOUNT, PARTITION, REGION, Deployment, arn

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION = "aws:lambda/function:Function"
MACHINE = "aws:sfn/stateMachine:StateMachine"
POLICY = "aws:iam/policy:Policy"
BUCKET = "aws:s3/bucket:Bucket"
TABLE = "aws:dynamodb/table:Table"
WORKFLOWS = ["order_payment", "callback_chain", "stored_tokens"]
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"

STREAM = f"{arn(TABLE, 'stored-items-callbacks')}/stream/2026-01-01T00:00:00.000"
WAITS = f"{arn(BUCKET, 'stored-objects-callbacks')}/waits/*"

Statement = Mapping[str, Any]


@pytest.fixture(scope="module")
def program() -> Deployment:
    """The program with these workflows and all their steps, in a partition of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        choice = {"workflows": WORKFLOWS, "storedTokensThrough": ["table", "bucket"]}
        return run({**stack_config("local"), **{key: json.dumps(value) for key, value in choice.items()}})


def allow(sid: str, actions: list[str], *resources: str, **more: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources), **more}


def document(*statements: Statement) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def own_log(name: str) -> Statement:
    streams = f"{arn(LOG_GROUP, name)}:log-stream:*"
    return allow("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], streams)


def receive(sid: str, queue: str, *more: str) -> Statement:
    """What Lambda needs to read a queue for a function.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *more]
    return allow(sid, actions, arn(QUEUE, queue))


def worker(name: str) -> Mapping[str, Any]:
    """What the function of a queue may do besides returning tokens."""
    return document(
        own_log(f"{name}-worker"),
        receive("ReceiveDeadLetters", f"{name}-dead-letters"),
        receive("ReceiveCallbacks", f"{name}-callbacks", "sqs:ChangeMessageVisibility"),
    )


# Neither has a resource type: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
MACHINES_OWN = (
    allow(
        "DeliverLogs",
        [
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        "*",
    ),
    allow(
        "WriteTraces",
        [
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ],
        "*",
    ),
)


def test_every_role_may_do_exactly_this_by_its_own_policy(program: Deployment) -> None:
    found = {
        policy.inputs["role"]: policy.json("policy")
        for policy in program.resources
        if policy.type == "aws:iam/rolePolicy:RolePolicy"
    }
    assert found == {
        "order-payment-worker": worker("order-payment"),
        "chain-worker": worker("chain"),
        "chain-direct-worker": document(own_log("chain-direct-worker")),
        "chain-subscriber-worker": document(own_log("chain-subscriber-worker")),
        # An event says where a message is: they take it, and delete it once it is answered.
        "stored-items-worker": document(
            own_log("stored-items-worker"),
            # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
            allow(
                "ReadStream",
                [
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                    "dynamodb:ListStreams",
                ],
                STREAM,
            ),
            allow(
                "TakeAndDeleteItems",
                ["dynamodb:UpdateItem", "dynamodb:DeleteItem"],
                arn(TABLE, "stored-items-callbacks"),
            ),
        ),
        "stored-objects-worker": document(
            own_log("stored-objects-worker"),
            allow("TakeAndDeleteObjects", ["s3:GetObject", "s3:DeleteObject"], WAITS),
            allow("KnowWhatIsGone", ["s3:ListBucket"], arn(BUCKET, "stored-objects-callbacks")),
        ),
        "stored-execution": document(
            allow("PutItems", ["dynamodb:PutItem"], arn(TABLE, "stored-items-callbacks")),
            allow("PutObjects", ["s3:PutObject"], WAITS),
            *MACHINES_OWN,
        ),
        # It leaves a message on its queue, publishes how it went, and reports what it could not publish.
        "order-payment-execution": document(
            allow("PublishMessages", ["sns:Publish"], arn(TOPIC, "notices-notices")),
            # A metric has no ARN: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
            allow(
                "PutMetrics",
                ["cloudwatch:PutMetricData"],
                "*",
                Condition={"StringEquals": {"cloudwatch:namespace": "Countersign"}},
            ),
            allow("SendMessages", ["sqs:SendMessage"], arn(QUEUE, "order-payment-callbacks")),
            *MACHINES_OWN,
        ),
        # One wait for each integration.
        "chain-execution": document(
            allow("InvokeFunctions", ["lambda:InvokeFunction"], arn(FUNCTION, "chain-direct-worker")),
            allow("PublishMessages", ["sns:Publish"], arn(TOPIC, "chain-notices")),
            allow("SendMessages", ["sqs:SendMessage"], arn(QUEUE, "chain-callbacks")),
            *MACHINES_OWN,
        ),
    }


def test_every_function_may_return_the_tokens_of_its_own_state_machine_only(program: Deployment) -> None:
    documents = {
        arn(POLICY, policy.name): policy.json("policy")
        for policy in program.resources
        if policy.type == POLICY
    }
    attached = [r for r in program.resources if r.type == "aws:iam/policyAttachment:PolicyAttachment"]
    found = {
        role: documents[attachment.inputs["policyArn"]]
        for attachment in attached
        for role in attachment.inputs["roles"]
    }
    assert len(attached) == len(documents) == len(WORKFLOWS)
    assert sum(len(attachment.inputs["roles"]) for attachment in attached) == len(found)
    actions = ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"]

    def answers(machine: str) -> Mapping[str, Any]:
        return document(allow("ReturnTaskTokens", actions, arn(MACHINE, machine)))

    assert found == {
        "order-payment-worker": answers("order-payment-workflow"),
        "chain-worker": answers("chain-workflow"),
        "chain-direct-worker": answers("chain-workflow"),
        "chain-subscriber-worker": answers("chain-workflow"),
        "stored-items-worker": answers("stored-workflow"),
        "stored-objects-worker": answers("stored-workflow"),
    }


def test_every_role_is_for_one_service_on_behalf_of_this_account(program: Deployment) -> None:
    found = {
        role.name: role.json("assumeRolePolicy")
        for role in program.resources
        if role.type == "aws:iam/role:Role"
    }

    def trust(service: str, **more: Any) -> Mapping[str, Any]:
        return document(
            {
                "Sid": "AssumedByTheService",
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, **more},
            }
        )

    machines = f"arn:{PARTITION}:states:{REGION}:{ACCOUNT}:stateMachine:*"
    execution = trust("states", ArnLike={"aws:SourceArn": machines})
    assert found == {
        "order-payment-worker": trust("lambda"),
        "chain-worker": trust("lambda"),
        "chain-direct-worker": trust("lambda"),
        "chain-subscriber-worker": trust("lambda"),
        "stored-items-worker": trust("lambda"),
        "stored-objects-worker": trust("lambda"),
        "order-payment-execution": execution,
        "chain-execution": execution,
        "stored-execution": execution,
    }


def test_every_event_source_is_one_that_its_functions_role_may_read(program: Deployment) -> None:
    mappings = [
        (mapping.inputs["eventSourceArn"], mapping.inputs["functionName"])
        for mapping in program.resources
        if mapping.type == "aws:lambda/eventSourceMapping:EventSourceMapping"
    ]
    queues = [
        (arn(QUEUE, f"{name}-{end}"), arn(FUNCTION, f"{name}-worker"))
        for name in ("order-payment", "chain")
        for end in ("callbacks", "dead-letters")
    ]
    assert sorted(mappings) == sorted([*queues, (STREAM, arn(FUNCTION, "stored-items-worker"))])
    roles = {f.name: f.inputs["role"] for f in program.resources if f.type == FUNCTION}
    assert roles == {name: arn("aws:iam/role:Role", name) for name in roles}


def test_resource_policies_let_in_one_service_on_behalf_of_one_resource(program: Deployment) -> None:
    kinds = ("QueuePolicy", "Permission", "TopicPolicy", "BucketPolicy", "KeyPolicy")
    found = {
        (resource.type.rsplit(":", 1)[1], resource.name): resource
        for resource in program.resources
        if resource.type.endswith(kinds)
    }
    assert set(found) == {
        ("QueuePolicy", "notices-test"),
        ("Permission", "chain-function-1"),
        ("Permission", "stored-objects-worker"),
        ("BucketPolicy", "stored-objects-callbacks"),
    }
    assert found["QueuePolicy", "notices-test"].json("policy") == document(
        allow(
            "ReceiveNotices",
            ["sqs:SendMessage"],
            arn(QUEUE, "notices-test"),
            Principal={"Service": "sns.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": arn(TOPIC, "notices-notices")}},
        )
    )
    assert found["Permission", "chain-function-1"].inputs == {
        "action": "lambda:InvokeFunction",
        "function": arn(FUNCTION, "chain-subscriber-worker"),
        "statementIdPrefix": "chain-",
        "principal": "sns.amazonaws.com",
        "sourceArn": arn(TOPIC, "chain-notices"),
    }

    # A bucket's ARN has no account, so the account is named too.
    assert found["Permission", "stored-objects-worker"].inputs == {
        "action": "lambda:InvokeFunction",
        "function": arn(FUNCTION, "stored-objects-worker"),
        "principal": "s3.amazonaws.com",
        "sourceArn": arn(BUCKET, "stored-objects-callbacks"),
        "sourceAccount": ACCOUNT,
    }
    bucket = arn(BUCKET, "stored-objects-callbacks")
    assert found["BucketPolicy", "stored-objects-callbacks"].json("policy") == document(
        {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, f"{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def test_nothing_else_gives_rights(program: Deployment) -> None:
    kinds = {r.type for r in program.resources if r.type.startswith("aws:iam/")}
    assert kinds == {
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/policy:Policy",
        "aws:iam/policyAttachment:PolicyAttachment",
    }
    roles = [r for r in program.resources if r.type == "aws:iam/role:Role"]
    assert all(set(role.inputs) <= {"assumeRolePolicy", "tags"} for role in roles)
