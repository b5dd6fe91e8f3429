"""Use this one, make one, or none: the same for every thing a component can be given."""

from typing import Any

import pulumi
import pytest

from components import Notifier
from tests.support.cases import (
    BOUNDARY,
    COMPONENTS,
    KEY,
    OTHERS_QUEUE,
    as_it_is,
    every,
    make,
    takes,
    with_common,
)
from tests.support.engine import Deployment, Registration, arn, deploy

PLACE = "eu-west-1:123456789012"
QUEUE: Any = {
    "queue_arn": f"arn:aws-test:sqs:{PLACE}:theirs",
    "queue_url": "https://sqs.example/123456789012/theirs",
}
TOPIC = f"arn:aws-test:sns:{PLACE}:theirs"
LOG = f"arn:aws-test:logs:{PLACE}:log-group:/theirs"


def of(found: Deployment, kind: str) -> list[Registration]:
    return [resource for resource in found.cloud() if resource.type.endswith(f":{kind}")]


def granted(found: Deployment, sid: str) -> list[Any]:
    """The statements that are called so, of all roles: what may be done, with what."""
    policies = [policy.json("policy")["Statement"] for policy in of(found, "RolePolicy")]
    return [(s["Action"], s["Resource"]) for statements in policies for s in statements if s["Sid"] == sid]


def test_a_permissions_boundary_bounds_every_role() -> None:
    roles = of(with_common(), "Role")
    assert len(roles) == len(of(as_it_is(), "Role")) > len(COMPONENTS)
    assert {role.inputs.get("permissionsBoundary") for role in roles} == {BOUNDARY}
    assert not any("permissionsBoundary" in role.inputs for role in of(as_it_is(), "Role"))


def test_a_log_group_is_used_and_none_is_made() -> None:
    """Some of AWS's own answers end its ARN with `:*`."""
    found = deploy(lambda: make("CallbackFunction", "it", log_group_arn=LOG))
    assert granted(found, "WriteOwnLog")[0][1] == [f"{LOG}:log-stream:*"]
    found = every(log_group_arn=f"{LOG}:*")
    assert of(found, "LogGroup") == []
    for function in of(found, "Function"):
        assert function.inputs["loggingConfig"]["logGroup"] == "/theirs"
    for machine in of(found, "StateMachine"):
        assert machine.inputs["loggingConfiguration"]["logDestination"] == f"{LOG}:*"
    write = (["logs:CreateLogStream", "logs:PutLogEvents"], [f"{LOG}:log-stream:*"])
    assert granted(found, "WriteOwnLog") == [write] * len(of(found, "Function"))


def test_a_key_encrypts_all_that_is_made_and_its_roles_may_use_it() -> None:
    found = with_common()
    for log in of(found, "LogGroup"):
        assert log.inputs["kmsKeyId"] == KEY
    for thing in [*of(found, "Queue"), *of(found, "Topic")]:
        if thing.name != "it-test":  # a look at what was sent, which the topic's service writes
            assert thing.inputs["kmsMasterKeyId"] == KEY
            assert "sqsManagedSseEnabled" not in thing.inputs
    for table in of(found, "Table"):
        assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    (bucket,) = of(found, "BucketServerSideEncryptionConfiguration")
    encryption = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert bucket.inputs["rules"] == [
        {"applyServerSideEncryptionByDefault": encryption, "bucketKeyEnabled": True}
    ]
    decrypt = (["kms:Decrypt"], [KEY])
    assert granted(found, "DecryptMessages") == [decrypt] * 2  # of the CallbackQueue, and of the intake
    assert granted(found, "DecryptItems") == granted(found, "DecryptObjects") == [decrypt]
    assert [keys for _, keys in granted(found, "UseTheKey")] == [
        [KEY]
    ] * 4  # intake, follow-up, page and operator


def test_a_queue_is_used_with_the_components_own_dead_letters() -> None:
    found = deploy(lambda: make("CallbackQueue", "it", **OTHERS_QUEUE, **QUEUE, max_receive_count=3))
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
    found = deploy(lambda: make("Notifier", "it", topic_arn=TOPIC))
    assert of(found, "Topic") == []
    assert {subscription.inputs["topic"] for subscription in of(found, "TopicSubscription")} == {TOPIC}
    metric = found.one("MetricAlarm", "it-undelivered").inputs["metricQueries"][1]["metric"]
    assert metric["dimensions"] == {"TopicName": "theirs"}


def test_the_key_of_a_topic_may_be_used_by_those_who_send() -> None:
    key = KEY.replace("key/1234", "key/of-the-topic")
    found = deploy(lambda: make("ApprovalApi", "it", topic_kms_key_arn=key, kms_key_arn=KEY))
    used = (["kms:Decrypt", "kms:GenerateDataKey"], [key])
    assert granted(found, "UseTopicKey") == [used] * 2  # the intake and the follow-up
    page = found.one("RolePolicy", "it-page").json("policy")["Statement"]
    assert not any(statement["Resource"] == [key] for statement in page)
    assert granted(deploy(lambda: make("ApprovalApi", "it", kms_key_arn=KEY)), "UseTopicKey") == []


@pytest.mark.parametrize("later", [False, True])
def test_who_sends_to_a_notifiers_topic_may_use_its_key(later: bool) -> None:
    """Nobody has to say it again: without it no mail would be sent."""
    others = KEY.replace("key/1234", "key/other")

    def program() -> None:
        mails = Notifier("mails", {"kms_key_arn": pulumi.Output.from_input(KEY) if later else KEY})
        make("ApprovalApi", "it", topic_arn=mails.topic_arn, kms_key_arn=others)

    used = (["kms:Decrypt", "kms:GenerateDataKey"], [KEY])
    assert granted(deploy(program), "UseTopicKey") == [used] * 2  # the intake and the follow-up


def test_who_brings_something_decides_what_it_is_like() -> None:
    """Said of every component that can be given a log group, and of the topic."""

    def program() -> None:
        for kind in [kind for kind in COMPONENTS if takes(kind, "log_group_arn")]:
            message = "log_retention_days must not be given with log_group_arn, whose owner decides it, got 7"
            with pytest.raises(ValueError, match=f": {message}$"):
                make(kind, "it", log_group_arn=LOG, log_retention_days=7)
        message = f"kms_key_arn must not be given with topic_arn, whose owner decides it, got '{KEY}'"
        with pytest.raises(ValueError, match=f": {message}$"):
            make("Notifier", "it", topic_arn=TOPIC, kms_key_arn=KEY)

    assert deploy(program).cloud() == []
