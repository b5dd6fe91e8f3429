"""A real boto3 client, with its own retries, against Step Functions behind a network that drops replies."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.retries import standard
from countersign_runtime import answers, clients
from countersign_runtime.answers import Answer, Undelivered, UnusableToken
from countersign_runtime.processing.config import Config
from countersign_runtime.processing.engine import Worker

from tests.runtime.events import Context, batch, failed, record, wait_message
from tests.support.step_functions import Fault, StepFunctions, serve


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[StepFunctions]:
    """The fake behind HTTP; the runtime's clients are its own. Retries do not pause."""
    steps = StepFunctions()
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda self, context: 0)
    monkeypatch.setattr(clients, "_made", {})
    for name, value in (("DEFAULT_REGION", "eu-west-1"), ("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with serve(steps.call) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", endpoint)
        yield steps


def names(steps: StepFunctions) -> list[str]:
    return [operation for operation, _ in steps.calls]


def test_an_answer_arrives_whole(network: StepFunctions) -> None:
    token = network.issue()
    result = {"text": '김 🎉 \u2028 \\ "', "numbers": [1, 1.5, -0.0]}
    assert answers.succeed(clients.step_functions(), token, result) is Answer.ACCEPTED
    assert network.answers(token)[0].output == result


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.THROTTLED, Fault.SERVER_ERROR])
def test_passing_trouble_is_retried_below_the_runtime(network: StepFunctions, fault: Fault) -> None:
    token = network.issue()
    network.inject(fault, fault)
    assert answers.succeed(clients.step_functions(), token, 1) is Answer.ACCEPTED
    assert names(network) == ["SendTaskSuccess"] * 3
    assert len(network.answers(token)) == 1


def test_a_lost_reply_is_retried_and_the_repetition_says_closed(network: StepFunctions) -> None:
    token = network.issue()
    network.inject(Fault.LOST_REPLY)
    assert answers.succeed(clients.step_functions(), token, 1) is Answer.CLOSED
    assert names(network) == ["SendTaskSuccess"] * 2
    (answer,) = network.answers(token)
    assert answer.output == 1


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.THROTTLED, Fault.SERVER_ERROR])
def test_trouble_that_lasts_is_undelivered(network: StepFunctions, fault: Fault) -> None:
    token = network.issue()
    network.inject(*[fault] * 3)
    with pytest.raises(Undelivered) as caught:
        answers.succeed(clients.step_functions(), token, 1)
    assert caught.value.code == (fault.value[0] or "ConnectionClosedError")
    assert token not in str(caught.value)
    assert len(network.calls) == clients.ATTEMPTS


@pytest.mark.parametrize(
    "fault", [Fault.ACCESS_DENIED, Fault.KMS_ACCESS_DENIED, Fault.KMS_INVALID_STATE, Fault.KMS_THROTTLING]
)
def test_what_an_operator_must_put_right_is_not_retried_at_once(network: StepFunctions, fault: Fault) -> None:
    token = network.issue()
    network.inject(fault)
    with pytest.raises(Undelivered, match=fault.value[0]):
        answers.fail(clients.step_functions(), token, "E", "c")
    assert len(network.calls) == 1


def test_no_service_at_all_is_undelivered(network: StepFunctions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:1")
    with pytest.raises(Undelivered, match="EndpointConnectionError"):
        answers.succeed(clients.step_functions(), network.issue(), 1)


def test_what_is_no_token_is_unusable(network: StepFunctions) -> None:
    with pytest.raises(UnusableToken):
        answers.heartbeat(clients.step_functions(), "nobody issued this")


def test_texts_at_the_services_limits_pass(network: StepFunctions) -> None:
    token = network.issue()
    assert answers.fail(clients.step_functions(), token, "🎉" * 500, "김" * 50_000) is Answer.ACCEPTED


def test_a_batch_over_an_unsteady_network_is_answered_once_each(network: StepFunctions) -> None:
    tokens = [network.issue() for _ in range(30)]
    for number, token in enumerate(tokens):
        fault = [None, Fault.LOST_REPLY, Fault.LOST_REQUEST, Fault.THROTTLED, Fault.SERVER_ERROR][number % 5]
        if fault is not None:
            network.inject(fault, token=token)

    def handle(request: Any, task: Any) -> Any:
        return request

    records = [record(f"m-{n}", wait_message(token, n)) for n, token in enumerate(tokens)]
    assert failed(Worker(handle, Config(3, 10))(batch(*records), Context())) == []
    assert [[answer.output for answer in network.answers(token)] for token in tokens] == [
        [number] for number in range(30)
    ]
