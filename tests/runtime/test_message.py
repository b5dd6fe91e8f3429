"""The wait message: only the token decides whether it can be used, and the token never shows."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from countersign_runtime import Task, TaskClosed, UnusableMessage
from countersign_runtime.message import parse
from countersign_runtime.processing.events import read
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.events import (
    EXECUTION_ARN,
    MACHINE_ARN,
    batch,
    enveloped,
    notification,
    record,
    wait_message,
)
from tests.support.anything import json_values
from tests.support.step_functions import Fault, StepFunctions

TOKEN = "AQ+/" * 511 + "end="


def test_reads_every_field_of_the_wait_message() -> None:
    message = wait_message(TOKEN, {"orderId": "1"}, EnteredTime="2026-03-01T10:00:00.5Z", TimeoutSeconds=60)
    task, request = parse(json.dumps(message))
    assert len(TOKEN) == 2048
    assert request == {"orderId": "1"}
    assert task == Task(
        id=task.id,
        token=TOKEN,
        execution_arn=EXECUTION_ARN,
        state_machine_arn=MACHINE_ARN,
        state_name="Pay",
        entered_time=datetime(2026, 3, 1, 10, 0, 0, 500_000, UTC),
        retry_count=0,
        timeout_seconds=60,
    )
    assert task.deadline == datetime(2026, 3, 1, 10, 1, 0, 500_000, UTC)

    text = json.dumps(message)
    assert parse(message) == parse(text.encode()) == (task, request)


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def on_a_queue(body: Any, **attributes: dict[str, Any]) -> dict[str, Any]:
    return batch({**record("m", body), "messageAttributes": attributes})


@pytest.mark.parametrize(
    "event",
    [
        on_a_queue(wait_message(TOKEN), traceparent={"stringValue": TRACE, "dataType": "String"}),
        on_a_queue(enveloped(wait_message(TOKEN), traceparent=TRACE)),
        notification(wait_message(TOKEN), attributes={"traceparent": {"Type": "String", "Value": TRACE}}),
    ],
)
def test_attributes_that_came_with_a_message_are_handed_on(event: Any) -> None:
    (item,) = read(event)[1]
    task, _ = parse(item.body, item.sent_time, item.attributes)
    assert task.attributes == {"traceparent": TRACE}
    assert TRACE not in repr(task), "nobody knows what they hold"


def test_of_what_is_no_text_nothing_is_handed_on_and_of_sqs_own_the_trace() -> None:
    odd: Any = {"binary": {"binaryValue": "AA==", "dataType": "Binary"}, "odd": "x", "empty": {}}
    body = enveloped(wait_message(TOKEN))
    body["MessageAttributes"]["binary"] = {"Type": "Binary", "Value": "AA=="}
    sent = {**record("m", body, AWSTraceHeader="Root=1-5759e988"), "messageAttributes": odd}
    (item,) = read(batch(sent))[1]
    assert parse(item.body, None, item.attributes)[0].attributes == {"AWSTraceHeader": "Root=1-5759e988"}


def test_the_id_follows_from_the_token_alone_and_no_text_of_a_task_has_the_token() -> None:
    first, _ = parse(wait_message(TOKEN, "a", RetryCount=0))
    second, _ = parse(wait_message(TOKEN, "b", RetryCount=3))
    other, _ = parse(wait_message(TOKEN[::-1], "a"))
    assert first.id == second.id != other.id
    assert re.fullmatch("[0-9a-f]{32}", first.id)
    for text in (str(first), repr({"task": first})):
        assert TOKEN not in text
        assert first.id in text


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "not JSON"),
        ('{"TaskToken": "abc"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        ("null", "not a JSON object"),
        ("[]", "not a JSON object"),
        (None, "not a JSON object"),
        ({"tasktoken": "abc"}, "no TaskToken"),
        ({"TaskToken": None}, "no TaskToken"),
        ({"TaskToken": 7}, "TaskToken must be a string, got int"),
        ({"TaskToken": ""}, "between 1 and 2048 characters, got 0"),
        ({"TaskToken": "a" * 2049}, "between 1 and 2048 characters, got 2049"),
        ('{"TaskToken": "abcdefghijklmnopqr\\ud800"}', "TaskToken is not Unicode text"),
    ],
)
def test_a_message_without_a_usable_token_is_refused_and_not_quoted(body: Any, says: str) -> None:
    with pytest.raises(UnusableMessage, match=says) as caught:
        parse(body)
    assert "abc" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("name", ["EnteredTime", "RetryCount", "TimeoutSeconds"])
@pytest.mark.parametrize(
    "value", [None, "soon", "", -1, 0, True, [], {}, 10**400, float("inf"), float("nan"), "2026-99-99"]
)
def test_odd_fields_are_left_out_because_a_task_with_a_token_must_be_answered(name: str, value: Any) -> None:
    task, request = parse(wait_message(TOKEN, "ask", **{name: value}))
    assert (task.token, request) == (TOKEN, "ask")
    assert task.deadline is None or name == "RetryCount"
    assert task.retry_count == 0


def test_missing_fields_are_empty() -> None:
    task, request = parse({"TaskToken": TOKEN})
    assert (task.execution_arn, task.state_machine_arn, task.state_name, request) == ("", "", "", None)


def test_a_time_without_a_zone_is_utc() -> None:
    task, _ = parse(wait_message(TOKEN, EnteredTime="2026-03-01T10:00:00"))
    assert task.entered_time == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{"RetryCount": 1}, {"EnteredTime": "9999-12-31T23:59:59Z"}])
def test_a_retry_of_which_nothing_says_when_it_was_sent_and_one_beyond_the_calendar_have_no_deadline(
    fields: dict[str, Any],
) -> None:
    task, _ = parse(wait_message(TOKEN, **fields))
    assert task.retry_count == fields.get("RetryCount", 0)
    assert task.deadline is None


SENT = datetime(2026, 3, 2, 8, 30, 0, 250_000, UTC)


@pytest.mark.parametrize("fields", [{}, {"RetryCount": 2}, {"EnteredTime": None}])
def test_the_time_of_an_attempt_begins_when_its_message_is_sent(fields: dict[str, Any]) -> None:
    message = wait_message(TOKEN, **{"EnteredTime": "2026-03-01T10:00:00Z", "TimeoutSeconds": 60, **fields})
    task, _ = parse(message, SENT)
    assert task.sent_time == SENT
    assert task.deadline == SENT + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("attribute", "sent_time"),
    [
        ("1772440200250", SENT),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 30, None),
        ("9" * 5_000, None),
    ],
)
def test_a_queue_says_when_a_message_was_sent(attribute: str | None, sent_time: datetime | None) -> None:
    attributes = {} if attribute is None else {"SentTimestamp": attribute}
    _, (item,) = read(batch(record("m", wait_message(TOKEN), 1, **attributes)))
    assert item.sent_time == sent_time


fields = st.sampled_from(["TaskToken", "EnteredTime", "RetryCount", "TimeoutSeconds", "StateName", "Request"])


@given(st.dictionaries(fields, json_values) | st.binary() | json_values)
def test_whatever_a_body_is_it_is_a_task_or_unusable(body: Any) -> None:
    try:
        task, request = parse(body)
    except UnusableMessage:
        return
    assert task.token == body["TaskToken"]
    assert request is body.get("Request")
    assert task.deadline is None or task.deadline.tzinfo is not None


def test_a_heartbeat_restarts_the_clock(steps: StepFunctions) -> None:
    token = steps.issue(heartbeat_seconds=10)
    task, _ = parse(wait_message(token))
    for _ in range(3):
        steps.advance(8)
        task.heartbeat()
    assert steps.is_waiting(token)
    assert steps.heartbeats == [token] * 3


def test_a_heartbeat_of_a_closed_task_says_so(steps: StepFunctions) -> None:
    token = steps.issue(heartbeat_seconds=10)
    task, _ = parse(wait_message(token))
    steps.advance(11)
    with pytest.raises(TaskClosed) as caught:
        task.heartbeat()
    assert token not in str(caught.value)
    assert task.id in str(caught.value)


@pytest.mark.parametrize(
    "fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.LOST_REQUEST, Fault.ACCESS_DENIED]
)
def test_a_heartbeat_that_does_not_arrive_is_a_warning(
    steps: StepFunctions, token: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    task, _ = parse(wait_message(token))
    steps.inject(fault)
    task.heartbeat()
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert token not in warning.getMessage()
