"""Use this one, make one, or none: the same for every thing a component can be given."""

from typing import Any

import pytest

from components import CallbackQueue, CallbackWorkflow
from tests.support.cases import COMPONENTS, make
from tests.support.engine import Deployment, arn, deploy

PLACE = "eu-west-1:123456789012"
QUEUE = {"queue_arn": f"arn:aws-test:sqs:{PLACE}:theirs", "queue_url": "https://sqs.example/1/theirs"}
TOPIC = f"arn:aws-test:sns:{PLACE}:theirs"
KEY = f"arn:aws-test:kms:{PLACE}:key/1234"
LOG = f"arn:aws-test:logs:{PLACE}:log-group:/theirs"
BOUNDARY = "arn:aws-test:iam::123456789012:policy/bounds"

with_roles = pytest.mark.parametrize("kind", sorted(set(COMPONENTS) - {"Notifier"}))


def made(kind: str, **more: Any) -> Deployment:
    return deploy(lambda: make(kind, "it", None, **more))


def of(found: Deployment, kind: str) -> list[Any]:
    return [resource for resource in found.cloud() if resource.type.endswith(f":{kind}")]


@with_roles
def test_a_permissions_boundary_bounds_every_role(kind: str) -> None:
    roles = of(made(kind, permissions_boundary_arn=BOUNDARY), "Role")
    assert roles
    assert {role.inputs.get("permissionsBoundary") for role in roles} == {BOUNDARY}
    assert not any("permissionsBoundary" in role.inputs for role in of(made(kind), "Role"))


@with_roles
@pytest.mark.parametrize("end", ["", ":*"])
def test_a_log_group_is_used_and_none_is_made(kind: str, end: str) -> None:
    found = made(kind, log_group_arn=LOG + end)
    assert of(found, "LogGroup") == []
    for function in of(found, "Function"):
        assert function.inputs["loggingConfig"]["logGroup"] == "/theirs"
    for machine in of(found, "StateMachine"):
        assert machine.inputs["loggingConfiguration"]["logDestination"] == f"{LOG}:*"


def test_a_function_may_write_to_the_log_group_it_is_given() -> None:
    found = made("CallbackFunction", log_group_arn=f"{LOG}:*")
    assert found.one("RolePolicy", "it-worker").json("policy")["Statement"][0]["Resource"] == [
        f"{LOG}:log-stream:*"
    ]


@with_roles
def test_who_brings_a_log_group_keeps_it(kind: str) -> None:
    message = "^log_retention_days must not be given with log_group_arn, whose owner decides it, got 7$"
    with pytest.raises(ValueError, match=message):
        made(kind, log_group_arn=LOG, log_retention_days=7)


@pytest.mark.parametrize("kind", COMPONENTS)
def test_a_key_encrypts_all_that_is_made(kind: str) -> None:
    found = made(kind, kms_key_arn=KEY)
    for log in of(found, "LogGroup"):
        assert log.inputs["kmsKeyId"] == KEY
    for thing in [*of(found, "Queue"), *of(found, "Topic")]:
        if thing.name != "it-test":  # a look at what was sent, which the topic's service writes
            assert thing.inputs["kmsMasterKeyId"] == KEY
            assert "sqsManagedSseEnabled" not in thing.inputs


def test_the_worker_may_decrypt_what_the_key_encrypts() -> None:
    statements = (
        made("CallbackQueue", kms_key_arn=KEY).one("RolePolicy", "it-worker").json("policy")["Statement"]
    )
    assert [s for s in statements if s["Sid"] == "DecryptMessages"] == [
        {"Sid": "DecryptMessages", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY]}
    ]


def test_the_machine_may_use_the_key_of_what_it_sends_to_and_no_more() -> None:
    def program(key: str | None) -> None:
        queue = CallbackQueue("orders", {"kms_key_arn": key})
        states = {"Ask": {**queue.wait(timeout_seconds=60), "End": True}}
        CallbackWorkflow("pay", {"definition": {"StartAt": "Ask", "States": states}, "kms_key_arn": key})

    def policy(key: str | None) -> Any:
        found = deploy(lambda: program(key)).one("RolePolicy", "pay-execution")
        return {statement["Sid"]: statement for statement in found.json("policy")["Statement"]}

    encrypted, not_encrypted = policy(KEY), policy(None)
    assert encrypted.pop("UseKeys") == {
        "Sid": "UseKeys",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [KEY],
    }
    assert encrypted == not_encrypted


def test_the_machine_may_use_the_key_of_what_a_map_reads_and_writes() -> None:
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:${AWS::Partition}:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": "in", "Key": "items.json"},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Pass",
                    "States": {"Pass": {"Type": "Pass", "End": True}},
                },
                "ResultWriter": {
                    "Resource": "arn:${AWS::Partition}:states:::s3:putObject",
                    "Parameters": {"Bucket": "out", "Prefix": "results"},
                },
                "End": True,
            }
        },
    }
    found = deploy(lambda: CallbackWorkflow("each", {"definition": definition, "kms_key_arn": KEY}))
    statements = found.one("RolePolicy", "each-execution").json("policy")["Statement"]
    assert [row for row in statements if row["Sid"].startswith("UseKeys")] == [
        {
            "Sid": "UseKeys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": [KEY],
        }
    ]


def test_a_queue_is_used_with_the_components_own_dead_letters() -> None:
    found = made("CallbackQueue", **QUEUE, max_receive_count=3)
    assert [queue.name for queue in of(found, "Queue")] == ["it-dead-letters"]
    redrive = found.one("RedrivePolicy", "it-callbacks")
    assert redrive.inputs["queueUrl"] == QUEUE["queue_url"]
    assert redrive.json("redrivePolicy") == {
        "deadLetterTargetArn": arn("aws:sqs/queue:Queue", "it-dead-letters"),
        "maxReceiveCount": 3,
    }
    assert found.one("EventSourceMapping", "it-worker").inputs["eventSourceArn"] == QUEUE["queue_arn"]
    outputs = found.one("CallbackQueue", "it").outputs
    assert outputs is not None
    assert {key: outputs[key] for key in QUEUE} == QUEUE


def test_a_topic_is_used() -> None:
    found = made("Notifier", topic_arn=TOPIC)
    assert of(found, "Topic") == []
    assert {subscription.inputs["topic"] for subscription in of(found, "TopicSubscription")} == {TOPIC}
    assert found.one("Notifier", "it").outputs is not None
    metric = found.one("MetricAlarm", "it-undelivered").inputs["metricQueries"][1]["metric"]
    assert metric["dimensions"] == {"TopicName": "theirs"}


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("CallbackQueue", {"queue_arn": QUEUE["queue_arn"]}, "queue_url must be given with queue_arn, .*"),
        ("CallbackQueue", {"queue_url": QUEUE["queue_url"]}, "queue_arn must be given with queue_url, .*"),
        (
            "Notifier",
            {"topic_arn": TOPIC, "kms_key_arn": KEY},
            "kms_key_arn must not be given with topic_arn, whose owner decides it, got '.*'",
        ),
        ("CallbackQueue", {**QUEUE, "queue_arn": "q"}, "queue_arn must be the ARN of a queue, got 'q'"),
        ("Notifier", {"topic_arn": "t"}, "topic_arn must be the ARN of a topic, got 't'"),
        ("CallbackFunction", {"kms_key_arn": "k"}, "kms_key_arn must be the ARN of a KMS key, got 'k'"),
        ("CallbackFunction", {"log_group_arn": "l"}, "log_group_arn must be the ARN of a log group, got 'l'"),
        (
            "CallbackFunction",
            {"permissions_boundary_arn": "b"},
            "permissions_boundary_arn must be the ARN of a policy, got 'b'",
        ),
    ],
)
def test_contradictions_are_refused(kind: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        made(kind, **more)


def test_none_is_as_good_as_leaving_it_out() -> None:
    nothing = dict.fromkeys((*QUEUE, "kms_key_arn", "log_group_arn", "permissions_boundary_arn"))
    assert made("CallbackQueue", **nothing).keys() == made("CallbackQueue").keys()
    assert made("Notifier", topic_arn=None).keys() == made("Notifier").keys()
