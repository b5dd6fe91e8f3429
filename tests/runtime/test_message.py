"""The wait message: only the token decides whether it can be used, and the token never shows."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from countersign_runtime import Task, TaskClosed, UnusableMessage
from countersign_runtime.answers import UnusableToken
from countersign_runtime.message import parse
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker
from countersign_runtime.processing.records import read
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.conftest import Queue
from tests.runtime.events import EXECUTION_ARN, MACHINE_ARN, Context, batch, record, wait_message
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


def test_takes_text_bytes_and_objects_alike() -> None:
    message = wait_message(TOKEN, [1, "두"])
    text = json.dumps(message)
    assert parse(message) == parse(text) == parse(text.encode())


def test_the_id_follows_from_the_token_alone() -> None:
    first, _ = parse(wait_message(TOKEN, "a", RetryCount=0))
    second, _ = parse(wait_message(TOKEN, "b", RetryCount=3))
    other, _ = parse(wait_message(TOKEN[::-1], "a"))
    assert first.id == second.id != other.id
    assert len(first.id) == 32
    assert set(first.id) <= set("0123456789abcdef")


def test_the_token_is_in_no_text_of_a_task() -> None:
    task, _ = parse(wait_message(TOKEN))
    for text in (repr(task), str(task), f"{task}", repr([task]), repr({"task": task})):
        assert TOKEN not in text
        assert task.id in text


def test_a_task_cannot_be_changed() -> None:
    task, _ = parse(wait_message(TOKEN))
    with pytest.raises(AttributeError):
        task.token = "other"  # type: ignore[misc]
    assert copy.copy(task) == task


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('{"TaskToken": "abc"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        ("null", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("[]", "not a JSON object"),
        (None, "not a JSON object"),
        (7, "not a JSON object"),
        ("{}", "no TaskToken"),
        ({"tasktoken": "abc"}, "no TaskToken"),
        ({"TaskToken": None}, "no TaskToken"),
        ({"TaskToken": 7}, "TaskToken must be a string, got int"),
        ({"TaskToken": ["abc"]}, "TaskToken must be a string, got list"),
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


@pytest.mark.parametrize("name", ["ExecutionArn", "StateMachineArn", "StateName", "Request"])
def test_missing_fields_are_empty(name: str) -> None:
    message = wait_message(TOKEN, "ask")
    del message[name]
    task, request = parse(message)
    assert "" in (task.execution_arn, task.state_machine_arn, task.state_name) or request is None


def test_a_time_without_a_zone_is_utc() -> None:
    task, _ = parse(wait_message(TOKEN, EnteredTime="2026-03-01T10:00:00"))
    assert task.entered_time == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_retry_has_no_deadline_where_nothing_says_when_it_was_sent() -> None:
    task, _ = parse(wait_message(TOKEN, RetryCount=1))
    assert task.retry_count == 1
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


def test_a_worker_is_told(steps: StepFunctions, queue: Queue) -> None:
    tasks: list[Task] = []
    event = batch(record("m", wait_message(steps.issue()), SentTimestamp="1772440200250"))
    Worker(lambda request, task: tasks.append(task), Config(3, 10))(event, Context())
    assert [task.sent_time for task in tasks] == [SENT]


def test_a_deadline_beyond_the_calendar_is_none() -> None:
    task, _ = parse(wait_message(TOKEN, EnteredTime="9999-12-31T23:59:59Z"))
    assert task.deadline is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["TaskToken", "EnteredTime", "RetryCount", "TimeoutSeconds", "StateName", "Request"]),
        json_values,
    )
)
def test_whatever_is_in_a_message_it_is_a_task_or_unusable(message: dict[str, Any]) -> None:
    try:
        task, request = parse(message)
    except UnusableMessage:
        return
    assert task.token == message["TaskToken"]
    assert request is message.get("Request")
    assert task.deadline is None or task.deadline.tzinfo is not None


@given(st.text() | st.binary() | json_values)
def test_whatever_a_body_is_nothing_else_is_raised(body: Any) -> None:
    try:
        parse(body)
    except UnusableMessage:
        return


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
    steps: StepFunctions, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    token = steps.issue()
    task, _ = parse(wait_message(token))
    steps.inject(fault)
    task.heartbeat()
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert token not in warning.getMessage()


def test_a_heartbeat_of_something_that_is_no_token(steps: StepFunctions) -> None:
    task, _ = parse(wait_message("not issued by anybody"))
    with pytest.raises(UnusableToken):
        task.heartbeat()
