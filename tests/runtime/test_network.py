"""A real boto3 client, with its own retries, against Step Functions behind a network that drops replies."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.retries import standard
from countersign_runtime import answers, clients
from countersign_runtime.answers import Answer, Undelivered, UnusableToken

from tests.runtime.events import record, wait_message
from tests.runtime.sources import deliver
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


def send(token: str, output: str = "1") -> Answer:
    return answers.send_success(clients.step_functions(), token, output)


PASSING = [Fault.LOST_REQUEST, Fault.THROTTLED, Fault.SERVER_ERROR]


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        *[(fault, clients.ATTEMPTS) for fault in PASSING],
        # What an operator must put right is not retried at once.
        *[(fault, 1) for fault in (Fault.ACCESS_DENIED, Fault.KMS_ACCESS_DENIED, Fault.KMS_INVALID_STATE)],
        (Fault.KMS_THROTTLING, 1),
    ],
)
def test_trouble_that_lasts_is_undelivered(network: StepFunctions, fault: Fault, calls: int) -> None:
    token = network.issue()
    network.inject(*[fault] * 3)
    with pytest.raises(Undelivered) as caught:
        send(token)
    assert caught.value.code == (fault.value[0] or "ConnectionClosedError")
    assert token not in str(caught.value)
    assert len(network.calls) == calls


def test_no_service_at_all_is_undelivered(network: StepFunctions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:1")
    with pytest.raises(Undelivered, match="EndpointConnectionError"):
        send(network.issue())


def test_what_is_no_token_is_unusable_and_texts_at_the_services_limits_pass(network: StepFunctions) -> None:
    client = clients.step_functions()
    with pytest.raises(UnusableToken):
        answers.heartbeat(client, "nobody issued this")
    assert answers.fail(client, network.issue(), "🎉" * 500, "김" * 50_000) is Answer.ACCEPTED


def test_a_batch_over_an_unsteady_network_is_answered_whole_and_once_each(network: StepFunctions) -> None:
    result = {"text": '김 🎉 \u2028 \\ "', "numbers": [1, 1.5, -0.0]}
    tokens = [network.issue() for _ in range(30)]
    for number, token in enumerate(tokens):
        fault = [None, Fault.LOST_REPLY, *PASSING][number % 5]
        if fault is not None:
            network.inject(fault, token=token)

    def handle(request: Any, task: Any) -> Any:
        return [request, result]

    assert (
        deliver(handle, *[record(f"m-{n}", wait_message(token, n)) for n, token in enumerate(tokens)]) == []
    )
    assert [[answer.output for answer in network.answers(token)] for token in tokens] == [
        [[number, result]] for number in range(30)
    ]
