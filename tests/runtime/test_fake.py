"""The fake is as strict as Step Functions: what AWS refuses, it refuses with the same code."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.support.step_functions import Fault, StepFunctions


def code(steps: StepFunctions, operation: str, **parameters: Any) -> str:
    try:
        steps.call(operation, parameters)
    except ClientError as problem:
        return str(problem.response["Error"]["Code"])
    return "OK"


def test_a_token_is_good_once_until_its_time_is_over_and_while_heartbeats_come() -> None:
    steps = StepFunctions()
    token = steps.issue(timeout_seconds=10, heartbeat_seconds=4)
    for _ in range(3):
        steps.advance(3)
        assert code(steps, "SendTaskHeartbeat", taskToken=token) == "OK"
    steps.advance(0.9)
    assert steps.is_waiting(token)
    steps.advance(0.1)
    assert code(steps, "SendTaskSuccess", taskToken=token, output="1") == "TaskTimedOut"
    silent, answered = steps.issue(heartbeat_seconds=4), steps.issue()
    steps.advance(4.1)
    assert code(steps, "SendTaskHeartbeat", taskToken=silent) == "TaskTimedOut"
    for expected in ("OK", "TaskTimedOut"):
        assert code(steps, "SendTaskSuccess", taskToken=answered, output="1") == expected
    assert code(steps, "SendTaskHeartbeat", taskToken=answered) == "TaskTimedOut"


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        *[
            ("SendTaskSuccess", {"output": output}, "InvalidOutput")
            for output in ("", "{", "NaN", "[Infinity]", "'x'", "\ud800")
        ],
        ("SendTaskSuccess", {"output": '"' + "a" * 262_143 + '"'}, "ValidationException"),
        ("SendTaskFailure", {"error": "e" * 257}, "ValidationException"),
        ("SendTaskFailure", {"cause": "c" * 32_769}, "ValidationException"),
        ("SendTaskFailure", {"cause": "🎉" * 16_385}, "ValidationException"),
        ("SendTaskHeartbeat", {"taskToken": "x"}, "InvalidToken"),
        ("SendTaskHeartbeat", {"taskToken": "x" * 2049}, "ValidationException"),
    ],
)
def test_what_the_service_refuses_leaves_the_task_waiting(
    operation: str, parameters: dict[str, str], expected: str
) -> None:
    steps = StepFunctions()
    token = steps.issue()
    assert code(steps, operation, **{"taskToken": token, **parameters}) == expected
    assert steps.is_waiting(token)


@pytest.mark.parametrize("token", ["", None, 7])
def test_what_botocore_refuses_never_reaches_the_service(token: Any) -> None:
    steps = StepFunctions()
    with pytest.raises(ParamValidationError):
        steps.send_task_heartbeat(taskToken=token)
    assert steps.calls == []


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
