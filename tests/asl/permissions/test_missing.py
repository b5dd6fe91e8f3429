"""What cannot be derived is an error that says what to add by hand."""

from typing import Any

import pytest

from components.asl import UnresolvedPermission, wait
from tests.asl.places import QUEUE, QUEUE_ARN, TOPIC, derived, missing, task


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(UnresolvedPermission) as raised:
        derived(
            task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}),
            task("sns:publish", {"TopicArn": TOPIC}),
            task("ecs:runTask", {"TaskDefinition": "t"}),
        )
    assert str(raised.value).count("\n") == 1
    assert raised.value.actions == ("iam:PassRole", "sqs:SendMessage")


@pytest.mark.parametrize(
    "action", ["sqs:SendMessage", "sqs:*", "SQS:sendmessage", ["sns:Publish", "sqs:Send*"], "*"]
)
def test_what_is_allowed_by_hand_is_accepted_and_not_repeated(action: Any) -> None:
    extra = [{"Sid": "Mine", "Effect": "Allow", "Action": action, "Resource": "arn:x"}]
    assert derived(task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), extra_statements=extra) == []


@pytest.mark.parametrize(
    "statement",
    [{"Effect": "Deny", "Action": "sqs:*"}, {"Action": "sqs:ReceiveMessage"}, {"NotAction": "sns:*"}, {}],
)
def test_what_is_not_allowed_by_hand_is_still_missing(statement: dict[str, Any]) -> None:
    assert missing(task("sqs:sendMessage", {"QueueUrl.$": "$.queue"}), extra_statements=[statement])


def test_a_resource_that_is_known_is_derived_although_its_action_is_allowed_by_hand() -> None:
    extra = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:x"}]
    assert derived(wait.sqs(QUEUE, timeout_seconds=60), extra_statements=extra)[0]["Resource"] == [QUEUE_ARN]
