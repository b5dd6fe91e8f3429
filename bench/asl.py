"""How long checking a definition takes, beside statelint on the same documents.

Targets: a quarter of the time of statelint, 10 states in less than 1 ms, 1,000 states in less than 40 ms, and
memory that stays flat. Times are of the processor, so that what else runs on the machine matters little.
"""

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time
from typing import Any

from components.asl import check

_TURNS, _ROUNDS, _TURN_SECONDS = 12, 2, 0.05
_FIELDS_OF_WAIT = {
    "TaskToken.$": "$$.Task.Token",
    "ExecutionArn.$": "$$.Execution.Id",
    "StateMachineArn.$": "$$.StateMachine.Id",
    "StateName.$": "$$.State.Name",
    "EnteredTime.$": "$$.State.EnteredTime",
    "RetryCount.$": "$$.State.RetryCount",
}


def _states(index: int, following: str) -> dict[str, Any]:
    """One of five kinds of states, in turn; the expressions of each are its own, so that no cache helps."""
    kind = index % 5
    if kind == 0:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/work",
                "MessageBody": {**_FIELDS_OF_WAIT, "TimeoutSeconds": 600, "Request.$": f"$.order{index}"},
            },
            "TimeoutSeconds": 600,
            "ResultPath": f"$.result{index}",
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2.0}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
            "Next": following,
        }
    if kind == 1:
        return {
            "Type": "Choice",
            "Choices": [
                {"Variable": f"$.kind{index}", "StringEquals": "a", "Next": following},
                {
                    "And": [
                        {"Variable": f"$.count{index}", "NumericGreaterThan": 1},
                        {"Not": {"Variable": f"$.flag{index}", "BooleanEquals": True}},
                    ],
                    "Next": "Failed",
                },
            ],
            "Default": following,
        }
    if kind == 2:
        return {
            "Type": "Pass",
            "Parameters": {
                "label.$": f"States.Format('{{}} of {index}', $.name{index})",
                "parts.$": f"States.Array($.a{index}, $.b[{index}].c, 'x')",
            },
            "ResultPath": f"$.passed{index}",
            "Next": following,
        }
    if kind == 3:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": f"work-{index}", "Payload.$": f"$.payload{index}"},
            "OutputPath": "$.Payload",
            "Next": following,
        }
    return {"Type": "Wait", "SecondsPath": f"$.seconds{index}", "Next": following}


def definition(count: int) -> dict[str, Any]:
    """A right definition of that many states."""
    names = [f"State {index}" for index in range(count - 2)]
    states = {name: _states(index, (*names, "Done")[index + 1]) for index, name in enumerate(names)}
    return {
        "StartAt": names[0],
        "States": {**states, "Done": {"Type": "Succeed"}, "Failed": {"Type": "Fail"}},
    }


def _milliseconds(*works: Callable[[], object]) -> list[float]:
    """The best of many rounds of each: what it takes when nothing else does.

    They take turns, each of some rounds, so that a time when the machine is busy falls upon all of them.
    """
    gc.collect()
    rounds: list[list[float]] = [[] for _ in works]
    for _ in range(_TURNS):
        for work, taken in zip(works, rounds, strict=True):
            turn: list[float] = []
            while len(turn) < _ROUNDS or sum(turn) < _TURN_SECONDS:
                start = process_time()
                work()
                turn.append(process_time() - start)
            taken += turn
    return [round(min(taken) * 1000, 3) for taken in rounds]


def _statelint(document: dict[str, Any]) -> Callable[[], object]:
    from statelint.linter import Linter  # type: ignore[import-untyped] # it has no types

    def lint() -> None:
        problems = Linter.validate(document)
        if problems:
            raise AssertionError(f"statelint must find the measured definition right too: {problems[0]}")

    return lint


def _growth(count: int, times: int) -> int:
    """Bytes that are still held after checking different definitions again and again."""
    documents = [definition(count + extra) for extra in range(8)]
    for document in documents:
        check(document)
    tracemalloc.start()
    try:
        check(documents[0])
        before = tracemalloc.get_traced_memory()[0]
        for turn in range(times):
            check(documents[turn % len(documents)])
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def run() -> Iterator[dict[str, object]]:
    """One measurement after the other."""
    for count, target in ((10, 1.0), (100, None), (1000, 40.0)):
        document = definition(count)
        start = process_time()
        found = check(document)
        first = process_time() - start
        if found:
            raise AssertionError(f"the measured definition must be right: {found[0]}")
        milliseconds, statelint = _milliseconds(partial(check, document), _statelint(document))
        yield {
            "measure": f"check a definition of {count} states",
            "definition_bytes": len(json.dumps(document)),
            "milliseconds": milliseconds,
            "first_time_milliseconds": round(first * 1000, 3),
            "target_milliseconds": target,
            "statelint_milliseconds": statelint,
            "share_of_statelint": round(milliseconds / statelint, 3),
            "target_share": 0.25,
        }
    yield {"measure": "memory kept after 200 checks of 100 states", "bytes": _growth(100, 200)}
