"""Every answer of SendTask* is decided: accepted, closed, undelivered, or no token. Texts never hold the
token."""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import pytest
from countersign_runtime import answers
from countersign_runtime.answers import Answer, InvalidOutput, Undelivered, UnusableToken
from countersign_runtime.redact import MASK

from tests.support.step_functions import Fault, StepFunctions

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

Send = Callable[[str], Answer]
TOKEN = "AQ+/" * 200 + "=="


@pytest.fixture
def client(steps: StepFunctions) -> "SFNClient":
    return cast("SFNClient", steps)


@pytest.fixture(params=["succeed", "fail", "heartbeat"])
def send(request: pytest.FixtureRequest, client: "SFNClient") -> Send:
    sends: dict[str, Send] = {
        "succeed": lambda token: answers.send_success(client, token, "1"),
        "fail": lambda token: answers.fail(client, token, "Broken", "why"),
        "heartbeat": lambda token: answers.heartbeat(client, token),
    }
    return sends[request.param]


def test_an_answered_a_late_and_a_forgotten_task_are_closed(
    steps: StepFunctions, client: "SFNClient", send: Send
) -> None:
    answered, late, forgotten = steps.issue(), steps.issue(timeout_seconds=5), steps.issue()
    assert answers.send_success(client, answered, "1") is Answer.ACCEPTED
    steps.advance(5)
    steps.forget(forgotten)
    assert [send(token) for token in (answered, late, forgotten)] == [Answer.CLOSED] * 3
    assert len(steps.accepted) == 1


def _chain(problem: BaseException) -> str:
    return "".join(traceback.format_exception(problem)) + str(problem) + repr(problem)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.LOST_REPLY])
def test_what_may_work_later_is_undelivered_and_the_task_still_waits(
    steps: StepFunctions, token: str, send: Send, fault: Fault
) -> None:
    steps.inject(fault)
    with pytest.raises(Undelivered) as caught:
        send(token)
    assert caught.value.code in (fault.value[0], "ConnectionClosedError")
    assert token not in _chain(caught.value)
    assert steps.is_waiting(token)
    assert send(token) is Answer.ACCEPTED


def test_what_is_no_token_is_unusable(send: Send) -> None:
    token = "nobody issued this token" * 20
    with pytest.raises(UnusableToken) as caught:
        send(token)
    assert token not in _chain(caught.value)


# Results.


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


CYCLIC: list[Any] = []
CYCLIC.append(CYCLIC)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (datetime.now(UTC), "Object of type datetime is not JSON serializable"),
        ({"amount": Decimal("1.5")}, "Object of type Decimal is not JSON serializable"),
        (Unprintable(), "Object of type Unprintable is not JSON serializable"),
        ({("a", "b"): 1}, "keys must be str"),
        (float("nan"), "not JSON compliant"),
        ([float("inf")], "not JSON compliant"),
        ("\ud800", "surrogates not allowed"),
        (CYCLIC, "Circular reference"),
        (nested(100_000), "nested too deeply"),
        ("a" * 262_143, "at most 262144 bytes of JSON, got 262145"),
        ("김" * 90_000, "at most 262144 bytes of JSON, got 270002"),
        *[
            ({"deep": [form]}, "The result holds the task token, which is a credential")
            for form in (TOKEN, quote(TOKEN), "https://x.test/?t=" + quote(TOKEN, safe=""))
        ],
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 70 else "value",
)
def test_what_is_no_result_says_why(result: Any, says: str) -> None:
    with pytest.raises(InvalidOutput, match=says):
        answers.encode(result, TOKEN)


@pytest.mark.parametrize(
    "result",
    [
        *(None, 0, "", [], False),
        {"name": "김", "emoji": "🎉", "list": [1, 2.5, None, True], "empty": {}},
        *("a" * 262_142, "김" * 87_380 + "ab"),
    ],
    ids=lambda value: "value",
)
def test_any_json_up_to_the_limit_is_a_result(steps: StepFunctions, client: "SFNClient", result: Any) -> None:
    token = steps.issue()
    assert answers.send_success(client, token, answers.encode(result, token)) is Answer.ACCEPTED
    assert steps.answers(token)[0].output == result


def test_output_that_only_the_service_refuses_is_invalid_output(
    steps: StepFunctions, token: str, client: "SFNClient"
) -> None:
    with pytest.raises(InvalidOutput, match="Step Functions refused the result"):
        answers.send_success(client, token, "{not json")
    assert steps.is_waiting(token)


# Error and cause.


@pytest.mark.parametrize("text", ["x" * 100_000, "🎉" * 40_000, "김" * 40_000, "\ud800" * 40_000, ""])
def test_error_and_cause_are_cut_to_what_the_service_takes(
    steps: StepFunctions, token: str, client: "SFNClient", text: str
) -> None:
    assert answers.fail(client, token, text, text) is Answer.ACCEPTED
    (answer,) = steps.answers(token)
    assert answer.cause[:100] == text[:100].replace("\ud800", "?")
    assert answer.cause.endswith("…") is bool(text)


def test_texts_at_the_limit_are_whole_and_the_token_is_taken_out_before_they_are_cut(
    steps: StepFunctions, client: "SFNClient"
) -> None:
    whole, token = steps.issue(), steps.issue()
    answers.fail(client, whole, "E" * 256, "🎉" * 16_384)
    answers.fail(client, token, token, "x" * 32_000 + token + f" and {quote(token, safe='')}")
    assert [(answer.error, answer.cause) for answer in steps.accepted] == [
        ("E" * 256, "🎉" * 16_384),
        (MASK, "x" * 32_000 + f"{MASK} and {MASK}"),
    ]
