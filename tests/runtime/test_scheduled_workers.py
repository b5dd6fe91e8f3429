"""The functions of the workflow scheduled_approval: what they make of their input, and what they refuse."""

from typing import Any

import pytest
from countersign_runtime import TaskFailed
from countersign_runtime.message import parse

from tests.support.functions import load_function

generate = load_function("scheduled_generate")
process = load_function("scheduled_process")
TASK, _ = parse({"TaskToken": "t" * 40, "ExecutionArn": "arn:execution"})


def test_the_task_is_described_for_people_and_the_same_for_the_same_message() -> None:
    made = generate.handle({"job": " clean-up ", "items": 40, "requester": "dan"}, TASK)
    assert made == {
        "title": "clean-up: process 40 items",
        "requester": "dan",
        "task": {"id": TASK.id[:12], "job": "clean-up", "items": 40},
    }
    assert generate.handle({}, TASK)["title"] == "nightly-clean-up: process 1 items"


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ([], "the input must be an object, got list"),
        ({"job": " "}, "job must be a name, got ' '"),
        ({"items": 0}, "items must be at least 1, got 0"),
        ({"items": True}, "items must be at least 1, got True"),
        ({"requester": 7}, "requester must be a name, got 7"),
    ],
)
def test_a_wrong_input_fails_in_words(wrong: Any, cause: str) -> None:
    with pytest.raises(TaskFailed) as failed:
        generate.handle(wrong, TASK)
    assert (failed.value.error, failed.value.cause) == ("InvalidInput", cause)


def approved(**fields: Any) -> dict[str, Any]:
    decisions = [{"approver": "ann@example.com"}]
    return {
        "task": {"id": "x", "job": "clean-up", "items": 40},
        "approval": {"outcome": "approved", "fields": fields, "decisions": decisions},
    }


@pytest.mark.parametrize(
    ("fields", "processed"), [({}, 40), ({"batchPercent": 50}, 20), ({"batchPercent": 1}, 1)]
)
def test_what_was_approved_is_processed(fields: dict[str, Any], processed: int) -> None:
    done = process.handle(approved(**fields), TASK)
    assert (done["status"], done["processed"], done["of"]) == ("PROCESSED", processed, 40)
    assert done["approvedBy"] == ["ann@example.com"]


@pytest.mark.parametrize("request_", [{}, {"approval": {}}, {"approval": {"outcome": "rejected"}}])
def test_nothing_runs_without_an_approval(request_: dict[str, Any]) -> None:
    with pytest.raises(TaskFailed) as failed:
        process.handle(request_, TASK)
    assert failed.value.error == "NotApproved"
