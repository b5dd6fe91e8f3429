"""What a worker's function counts, in lines that CloudWatch makes metrics of; nothing by default."""

import logging
from typing import Any

import pytest
from countersign_runtime import PENDING, TaskFailed
from countersign_runtime.metrics import Counts
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.dead_letters import DeadLetters
from countersign_runtime.processing.engine import Worker
from countersign_runtime.processing.events import read
from countersign_runtime.redact import TokenFilter, live

from countersign_contract import metrics
from tests.runtime.events import Context, batch, failed, record, wait_message
from tests.runtime.sources import Calls
from tests.support.emf import counted, embedded, written
from tests.support.step_functions import StepFunctions

COUNTS = Config(3, None, Counts(metrics.OF_FUNCTION, "orders-worker"))


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def of(log: pytest.LogCaptureFixture) -> list[dict[str, float]]:
    return counted(log.records, metrics.OF_FUNCTION, "orders-worker")


@pytest.mark.parametrize(
    ("then", "counts"),
    [
        (1, [{"Succeeded": 1}]),
        (TaskFailed("Declined", "no"), [{"Failed": 1}]),
        (ValueError("broken"), [{"Faults": 1}]),
        (object(), [{"Faults": 1}]),
        (PENDING, []),
    ],
)
def test_what_came_of_a_message_is_counted_once(
    steps: StepFunctions, log: pytest.LogCaptureFixture, then: Any, counts: list[dict[str, float]]
) -> None:
    message = record("m", wait_message(steps.issue()))
    Worker(Calls(then), COUNTS)(batch(message), Context())
    assert of(log) == counts


def test_a_message_whose_task_was_answered_before_counts_nothing(
    steps: StepFunctions, token: str, log: pytest.LogCaptureFixture
) -> None:
    worker = Worker(Calls(), COUNTS)
    for delivery in (1, 2):
        worker(batch(record("m", wait_message(token), delivery)), Context())
    assert of(log) == [{"Succeeded": 1}]


def test_each_dead_letter_is_counted_when_it_is_taken_care_of(
    steps: StepFunctions, log: pytest.LogCaptureFixture
) -> None:
    """Whether its task fails by it or was failed with the last fault; not one that stays."""
    letters = DeadLetters(COUNTS)
    told = steps.issue()
    steps.send_task_failure(taskToken=told, error="E", cause="")
    bodies: list[Any] = [wait_message(steps.issue()), wait_message(told), "{no token"]
    event = batch(*(record(f"m-{number}", body) for number, body in enumerate(bodies)))
    assert failed(letters(read(event)[1], Context())) == ["m-2"]
    assert of(log) == [{"DeadLetters": 1}, {"DeadLetters": 1}]


def test_no_line_names_a_task_an_execution_or_a_token(
    steps: StepFunctions, token: str, log: pytest.LogCaptureFixture
) -> None:
    Worker(Calls(lambda request, task: task.id), COUNTS)(batch(record("m", wait_message(token))), Context())
    lines = [written(each) for each in log.records if hasattr(each, "_aws")]
    assert lines
    assert not any(secret in line for line in lines for secret in (token, "execution", "Pay", "m-", "task"))


def test_the_filter_against_tokens_holds_over_these_lines_and_leaves_them_valid(
    steps: StepFunctions, token: str, log: pytest.LogCaptureFixture
) -> None:
    Counts(metrics.OF_FUNCTION, f"orders {token}").say({metrics.SUCCEEDED: 1})
    (made,) = log.records
    with live(token):
        TokenFilter().filter(made)
    (line,) = embedded([made])
    assert line["FunctionName"] == "orders [task token]"


def test_nothing_is_counted_unless_the_environment_says_so(
    steps: StepFunctions, token: str, log: pytest.LogCaptureFixture
) -> None:
    named = {"AWS_LAMBDA_FUNCTION_NAME": "orders-worker"}
    Worker(Calls(), Config.read(named))(batch(record("m", wait_message(token))), Context())
    assert list(embedded(log.records)) == []
    assert Config.read({**named, "METRICS": "true"}).counts is not None
    with pytest.raises(ValueError, match=r"^METRICS must be true or false, got 'yes'$"):
        Config.read({**named, "METRICS": "yes"})
