"""The timeline: in order, in words, without what the messages carried."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.observe import Execution, LogLine, Message, timeline

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ARN = "arn:aws:states:r:1:execution:m:e"
TOKEN = "a-task-token-that-nobody-should-see"


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _event(number: int, seconds: float, kind: str, **details: Any) -> dict[str, Any]:
    return {"id": number, "timestamp": _at(seconds), "type": kind, "anyEventDetails": details}


EXECUTION = Execution(ARN, "FAILED", None, "E", "c", START, _at(9))
EVENTS = [
    _event(1, 0, "ExecutionStarted", input=json.dumps({"secret": "input"})),
    _event(2, 0.1, "TaskStateEntered", name="Ask", input=TOKEN),
    _event(
        3,
        0.1006,
        "TaskScheduled",
        resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        parameters=TOKEN,
    ),
    _event(4, 5, "TaskTimedOut", error="States.Timeout"),
    _event(5, 5, "TaskScheduled", resource="arn:aws:states:::sns:publish"),
    _event(6, 5.1, "TaskSucceeded", output="x" * 500),
    _event(7, 5.1, "TaskStateExited", name="Tell"),
    _event(8, 5.2, "ExecutionFailed", error="E", cause="two\nlines"),
    _event(9, 20, "TaskFailed", error="too late to matter"),
]
LOGS = [
    LogLine(
        "/aws/lambda/app-worker-0a1b2c3",
        _at(0.1),
        "",
        {"execution_arn": ARN, "outcome": "fault", "ms": 3, "deliveries": 2, "error": "boom"},
    ),
    LogLine(
        "/aws/lambda/app-worker-0a1b2c3", _at(2), "", {"execution_arn": "another", "outcome": "succeeded"}
    ),
]
NOTICES = [
    Message("m", json.dumps({"Subject": "It failed", "Message": f"see {ARN}"}), _at(5.15)),
]


def test_everything_about_one_execution_in_order() -> None:
    entries = timeline.of_execution(EXECUTION, EVENTS, LOGS, NOTICES)
    assert [" ".join(line.split()) for line in timeline.text(entries)] == [
        "0.000 s execution started",
        "0.100 s state Ask entered",
        "0.100 s message sent by sqs:sendMessage with a task token; waiting",
        "0.100 s worker app-worker fault in 3 ms (delivery 2): boom",
        "5.000 s task timed out: States.Timeout",
        "5.000 s message sent by sns:publish",
        f"5.100 s task succeeded: {'x' * 95}…",
        "5.150 s message notification received: It failed",
        "5.200 s execution FAILED: E: two lines",
    ]


def test_neither_tokens_nor_inputs_are_shown() -> None:
    shown = "\n".join(timeline.text(timeline.of_execution(EXECUTION, EVENTS, LOGS, NOTICES)))
    assert TOKEN not in shown
    assert "secret" not in shown


def test_a_notification_without_a_subject_shows_its_text() -> None:
    assert timeline.subject(Message("i", json.dumps({"Message": "the text"}), START)) == "the text"
    assert timeline.subject(Message("i", "raw\ntext", START)) == "raw text"
    assert timeline.subject(Message("i", "[1]", START)) == "[1]"
