"""`redrive`: dead letters are counted, never read, and moved back by SQS."""

import pytest

from tests.approvals.world import World

from .fakes import Aws, Fault, hangs, lost, refusal
from .operator import Operator


def dead(messages: int = 3) -> Aws:
    """So many dead letters, one of which is in the hands of a function."""
    aws = Aws(World())
    letters = aws.queues["release-dead"]
    letters.messages, letters.hidden, letters.age = messages, 1, 7_300
    return aws


@pytest.fixture(autouse=True)
def at_once(operator: Operator) -> None:
    operator.meanwhile(lambda _: None)


def test_a_look_changes_nothing_and_receives_nothing(operator: Operator) -> None:
    aws = dead()
    said = [line.split() for line in operator.run(aws, "redrive", "--look").splitlines()]
    assert said == [
        ["Queue", "Messages", "In", "hand", "Oldest"],
        ["release", "3", "1", "2h", "1m"],
        ["orders", "0", "0"],
    ]
    assert operator.json(aws, "redrive", "--look", "--queue", "release") == [
        {"kind": "dead-letters", "queue": "release", "messages": 3, "inHand": 1, "oldestSeconds": 7_300}
    ]
    assert set(aws.calls) == {"sqs:GetQueueAttributes", "cloudwatch:GetMetricStatistics"}


def test_they_are_moved_back_once_confirmed(operator: Operator) -> None:
    aws = dead()
    said = operator.run(aws, "redrive", code=4)
    assert "say --yes" in said
    operator.says("n", "y")
    said = operator.run(aws, "redrive", code=4)
    assert "release" in said
    assert "Workers get them again, and may do work a second time." in said
    assert "sqs:StartMessageMoveTask" not in aws.calls
    assert "release: 3 moved back" in operator.run(aws, "redrive")
    assert aws.calls["sqs:StartMessageMoveTask"] == 1, "what is empty is left alone"
    assert "no dead letter can be moved now" in operator.run(aws, "redrive", "--yes")


def test_a_fifo_queue_too_and_only_one_of_them(operator: Operator) -> None:
    aws = dead()
    aws.queues["orders-dead.fifo"].messages = 2
    told = operator.json(aws, "redrive", "--queue", "orders", "--yes")
    assert told[-1] == {"kind": "move", "queue": "orders", "moved": 2}
    assert aws.queues["release-dead"].messages == 3
    said = operator.run(aws, "redrive", "--queue", "else", code=2)
    assert said == "--queue must be one of release, orders, got else\n"


def test_a_move_that_somebody_else_has_begun_is_watched(operator: Operator) -> None:
    aws = dead()
    aws.start_message_move_task(SourceArn="arn:aws-test:sqs:eu-test-1:123456789012:release-dead")
    assert "release: 3 moved back" in operator.run(aws, "redrive", "--yes")
    assert "sqs:StartMessageMoveTask" not in aws.calls


def test_a_move_whose_reply_was_lost_is_watched(operator: Operator) -> None:
    aws = dead()
    aws.faults["sqs:StartMessageMoveTask"] = [lost]
    assert "release: 3 moved back" in operator.run(aws, "redrive", "--yes")
    assert len(aws.queues["release-dead"].moves) == 1


@pytest.mark.parametrize(
    ("ends", "code", "says"),
    [("FAILED", 3, "3 moved back, and then it failed"), ("CANCELLED", 1, "and then somebody cancelled it")],
)
def test_a_move_that_does_not_end_well(operator: Operator, ends: str, code: int, says: str) -> None:
    aws = dead()
    aws.queues["release-dead"].ends = ends
    assert says in operator.run(aws, "redrive", "--yes", code=code)


def test_one_of_the_past_is_not_taken_for_this_one(operator: Operator) -> None:
    """SQS lists a new move only after a moment."""
    aws, looks = dead(), []
    letters = aws.queues["release-dead"]
    letters.moves = [{"Status": "COMPLETED", "StartedTimestamp": 0, "ApproximateNumberOfMessagesMoved": 9}]
    old, begun = [dict(letters.moves[0])], letters.moves

    def lags(call: Fault) -> object:
        looks.append(call)
        return {"Results": old} if len(looks) < 4 else call()  # type: ignore[call-arg]

    aws.faults["sqs:ListMessageMoveTasks"] = [lags] * 4  # type: ignore[list-item]
    assert "release: 3 moved back" in operator.run(aws, "redrive", "--yes")
    assert len(begun) == 2
    letters.messages, looks[:] = 1, []
    old[:] = [dict(letters.moves[0])]
    aws.faults["sqs:ListMessageMoveTasks"] = [lambda _: {"Results": old}] * 40
    assert "does not say how far it is" in operator.run(aws, "redrive", "--yes", code=3)


def test_without_the_age_the_rest_is_told(operator: Operator) -> None:
    aws = dead()
    aws.faults["cloudwatch:GetMetricStatistics"] = [refusal("AccessDenied", "not you"), hangs]
    said = operator.run(aws, "redrive", "--look")
    assert "AWS denied cloudwatch:GetMetricStatistics on the age of messages on release-dead" in said
    assert "release" in said


def test_what_is_denied_is_told_with_the_action(operator: Operator) -> None:
    aws = dead()
    aws.faults["sqs:StartMessageMoveTask"] = [refusal("AccessDenied", "not you", status=403)]
    said = operator.run(aws, "redrive", "--yes", code=3)
    assert "AWS denied sqs:StartMessageMoveTask on the queue release-dead: AccessDenied: not you" in said
