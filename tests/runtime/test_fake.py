"""The fake is as strict as Step Functions: what AWS refuses, it refuses with the same code."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError

from tests.support.step_functions import Fault, StepFunctions


def code(call: Any, **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as problem:
        return str(problem.response["Error"]["Code"])
    return "OK"


@pytest.mark.parametrize("length", [1, 36, 700, 2048])
def test_tokens_have_the_length_that_is_asked_for_and_are_good_once(length: int) -> None:
    steps = StepFunctions()
    token = steps.issue(length=length)
    assert len(token) == length
    assert code(steps.send_task_success, taskToken=token, output="1") == "OK"
    assert code(steps.send_task_success, taskToken=token, output="1") == "TaskTimedOut"
    assert code(steps.send_task_failure, taskToken=token) == "TaskTimedOut"
    assert code(steps.send_task_heartbeat, taskToken=token) == "TaskTimedOut"


def test_time_ends_a_token() -> None:
    steps = StepFunctions()
    token = steps.issue(timeout_seconds=10)
    steps.advance(9.9)
    assert steps.is_waiting(token)
    steps.advance(0.1)
    assert code(steps.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_heartbeats_keep_a_token_but_not_beyond_its_timeout() -> None:
    steps = StepFunctions()
    token = steps.issue(timeout_seconds=10, heartbeat_seconds=4)
    for _ in range(3):
        steps.advance(3)
        assert code(steps.send_task_heartbeat, taskToken=token) == "OK"
    steps.advance(3)
    assert code(steps.send_task_heartbeat, taskToken=token) == "TaskTimedOut"


@pytest.mark.parametrize("output", ["", "{", "NaN", "[Infinity]", "undefined", "'x'", "\ud800"])
def test_output_must_be_json(output: str) -> None:
    steps = StepFunctions()
    token = steps.issue()
    assert code(steps.send_task_success, taskToken=token, output=output) == "InvalidOutput"
    assert steps.is_waiting(token)


@pytest.mark.parametrize(
    "parameters", [{"error": "e" * 257}, {"cause": "c" * 32_769}, {"cause": "🎉" * 16_385}]
)
def test_texts_have_limits(parameters: dict[str, str]) -> None:
    steps = StepFunctions()
    token = steps.issue()
    assert code(steps.send_task_failure, taskToken=token, **parameters) == "ValidationException"
    assert steps.is_waiting(token)


def test_output_has_a_limit() -> None:
    steps = StepFunctions()
    token = steps.issue()
    assert code(steps.send_task_success, taskToken=token, output='"' + "a" * 262_143 + '"') == (
        "ValidationException"
    )


def test_unknown_forgotten_and_overlong_tokens_differ() -> None:
    steps = StepFunctions()
    token = steps.issue()
    steps.forget(token)
    assert code(steps.send_task_heartbeat, taskToken=token) == "TaskDoesNotExist"
    assert code(steps.send_task_heartbeat, taskToken="x") == "InvalidToken"
    assert code(steps.send_task_heartbeat, taskToken="x" * 2049) == "ValidationException"


@pytest.mark.parametrize("token", ["", None, 7])
def test_what_botocore_refuses_never_reaches_the_service(token: Any) -> None:
    steps = StepFunctions()
    with pytest.raises(ParamValidationError):
        steps.send_task_heartbeat(taskToken=token)
    assert steps.calls == []


def test_a_lost_reply_was_an_answer() -> None:
    steps = StepFunctions()
    token = steps.issue()
    steps.inject(Fault.LOST_REPLY)
    with pytest.raises(ReadTimeoutError):
        steps.send_task_success(taskToken=token, output="1")
    assert len(steps.answers(token)) == 1
    assert code(steps.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_its_parameters_and_codes_are_those_of_botocores_model() -> None:
    model = botocore.session.get_session().get_service_model("stepfunctions")
    known = {"ThrottlingException", "InternalServerError", "AccessDeniedException"}
    for name in ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"):
        operation = model.operation_model(name)
        known |= {shape.name for shape in operation.error_shapes}
        assert operation.input_shape is not None
        assert operation.input_shape.members["taskToken"].metadata["max"] == 2048
    assert {fault.value[0] for fault in Fault} - {""} <= known
    assert {"InvalidToken", "InvalidOutput", "TaskTimedOut", "TaskDoesNotExist"} <= known
