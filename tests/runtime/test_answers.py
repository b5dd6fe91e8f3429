"""Every answer of SendTask* is decided: accepted, closed, undelivered, or no token. Texts never hold the
token."""

import json
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

Send = Callable[["SFNClient", str], Answer]

SENDS: dict[str, Send] = {
    "succeed": lambda client, token: answers.succeed(client, token, {"ok": True}),
    "fail": lambda client, token: answers.fail(client, token, "Broken", "why"),
    "heartbeat": answers.heartbeat,
}


@pytest.fixture(params=list(SENDS))
def send(request: pytest.FixtureRequest) -> Send:
    return SENDS[request.param]


def as_client(steps: StepFunctions) -> "SFNClient":
    return cast("SFNClient", steps)


def test_a_result_is_accepted_as_json(steps: StepFunctions) -> None:
    token = steps.issue()
    result = {"name": "김", "emoji": "🎉", "list": [1, 2.5, None, True], "empty": {}}
    assert answers.succeed(as_client(steps), token, result) is Answer.ACCEPTED
    (answer,) = steps.answers(token)
    assert answer.output == result


@pytest.mark.parametrize("result", [None, 0, "", [], False, "text"])
def test_any_json_value_is_a_result(steps: StepFunctions, result: Any) -> None:
    token = steps.issue()
    assert answers.succeed(as_client(steps), token, result) is Answer.ACCEPTED
    assert steps.answers(token)[0].output == result


def test_a_second_answer_finds_the_task_closed(steps: StepFunctions, send: Send) -> None:
    token = steps.issue()
    assert answers.succeed(as_client(steps), token, 1) is Answer.ACCEPTED
    assert send(as_client(steps), token) is Answer.CLOSED
    assert len(steps.answers(token)) == 1


def test_a_late_answer_finds_the_task_closed(steps: StepFunctions, send: Send) -> None:
    token = steps.issue(timeout_seconds=5)
    steps.advance(5)
    assert send(as_client(steps), token) is Answer.CLOSED
    assert not steps.answers(token)


def test_the_task_of_an_execution_that_is_gone_is_closed(steps: StepFunctions, send: Send) -> None:
    token = steps.issue()
    steps.forget(token)
    assert send(as_client(steps), token) is Answer.CLOSED


def _chain(problem: BaseException) -> str:
    return "".join(traceback.format_exception(problem)) + str(problem) + repr(problem)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.LOST_REPLY])
def test_what_may_work_later_is_undelivered_and_the_task_still_waits(
    steps: StepFunctions, send: Send, fault: Fault
) -> None:
    token = steps.issue()
    steps.inject(fault)
    with pytest.raises(Undelivered) as caught:
        send(as_client(steps), token)
    assert caught.value.code in (fault.value[0], "ConnectionClosedError")
    assert token not in _chain(caught.value)
    assert steps.is_waiting(token)
    assert send(as_client(steps), token) is Answer.ACCEPTED


def test_after_a_lost_reply_the_repetition_is_done(steps: StepFunctions) -> None:
    token = steps.issue()
    steps.inject(Fault.LOST_REPLY)
    with pytest.raises(Undelivered, match="ReadTimeoutError"):
        answers.succeed(as_client(steps), token, 1)
    assert answers.succeed(as_client(steps), token, 1) is Answer.CLOSED
    assert len(steps.answers(token)) == 1


def test_what_is_no_token_is_unusable(steps: StepFunctions, send: Send) -> None:
    token = "nobody issued this token" * 20
    with pytest.raises(UnusableToken) as caught:
        send(as_client(steps), token)
    assert token not in _chain(caught.value)


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (datetime.now(UTC), "Object of type datetime is not JSON serializable"),
        ({"amount": Decimal("1.5")}, "Object of type Decimal is not JSON serializable"),
        ({1, 2}, "Object of type set is not JSON serializable"),
        (b"bytes", "Object of type bytes is not JSON serializable"),
        (Unprintable(), "Object of type Unprintable is not JSON serializable"),
        ({("a", "b"): 1}, "keys must be str"),
        (float("nan"), "not JSON compliant"),
        ([float("inf")], "not JSON compliant"),
        ("\ud800", "surrogates not allowed"),
        (cyclic(), "Circular reference"),
        (nested(100_000), "nested too deeply"),
        ("a" * 262_143, "at most 262144 bytes of JSON, got 262145"),
        ("김" * 90_000, "at most 262144 bytes of JSON, got 270002"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 70 else "value",
)
def test_what_is_no_result_fails_the_task_and_says_why(steps: StepFunctions, result: Any, says: str) -> None:
    token = steps.issue()
    assert answers.succeed(as_client(steps), token, result) is Answer.ACCEPTED
    (answer,) = steps.answers(token)
    assert answer.operation == "SendTaskFailure"
    assert answer.error == "CallbackQueue.InvalidOutput"
    assert says in answer.cause


@pytest.mark.parametrize("result", ["a" * 262_142, "김" * 87_380 + "ab"])
def test_the_largest_result_is_accepted(steps: StepFunctions, result: str) -> None:
    token = steps.issue()
    assert len(json.dumps(result, ensure_ascii=False).encode()) == 262_144
    assert answers.succeed(as_client(steps), token, result) is Answer.ACCEPTED
    assert steps.answers(token)[0].output == result


@pytest.mark.parametrize("form", [str, quote, lambda token: "https://x.test/?t=" + quote(token, safe="")])
def test_a_result_that_holds_the_token_is_refused(steps: StepFunctions, form: Callable[[str], str]) -> None:
    token = steps.issue()
    answers.succeed(as_client(steps), token, {"deep": [form(token)]})
    (answer,) = steps.answers(token)
    assert answer.error == "CallbackQueue.InvalidOutput"
    assert answer.cause == "The result holds the task token, which is a credential"


def test_output_that_only_the_service_refuses_is_invalid_output(steps: StepFunctions) -> None:
    token = steps.issue()
    with pytest.raises(InvalidOutput, match="Step Functions refused the result"):
        answers.send_success(as_client(steps), token, "{not json")
    assert steps.is_waiting(token)


@pytest.mark.parametrize("text", ["x" * 100_000, "🎉" * 40_000, "김" * 40_000, "\ud800" * 40_000, ""])
def test_error_and_cause_are_cut_to_what_the_service_takes(steps: StepFunctions, text: str) -> None:
    token = steps.issue()
    assert answers.fail(as_client(steps), token, text, text) is Answer.ACCEPTED
    (answer,) = steps.answers(token)
    assert answer.cause[:100] == text[:100].replace("\ud800", "?")
    assert answer.cause.endswith("…") is bool(text)


def test_texts_at_the_limit_are_whole(steps: StepFunctions) -> None:
    token = steps.issue()
    answers.fail(as_client(steps), token, "E" * 256, "🎉" * 16_384)
    assert (steps.answers(token)[0].error, steps.answers(token)[0].cause) == ("E" * 256, "🎉" * 16_384)


def test_the_token_is_taken_out_of_error_and_cause_before_they_are_cut(steps: StepFunctions) -> None:
    token = steps.issue()
    cause = "x" * 32_000 + token + f" and {quote(token, safe='')}"
    answers.fail(as_client(steps), token, token, cause)
    (answer,) = steps.answers(token)
    assert answer.error == MASK
    assert answer.cause == "x" * 32_000 + f"{MASK} and {MASK}"
