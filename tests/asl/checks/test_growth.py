"""Four times as much takes four times as long to check; what is quadratic takes sixteen times as long."""

import math
import time
from collections.abc import Callable
from typing import Any

import pytest

from components.asl import check


def chain(prefix: str, count: int, **fields: Any) -> dict[str, Any]:
    """States one after the other, and an end."""
    states = {f"{prefix}{i}": {"Type": "Pass", "Next": f"{prefix}{i + 1}", **fields} for i in range(count)}
    return {**states, f"{prefix}{count}": {"Type": "Succeed"}}


def wrong_targets(count: int) -> dict[str, Any]:
    return {"StartAt": "S0", "States": {f"S{i}": {"Type": "Pass", "Next": f"X{i}"} for i in range(count)}}


def lost_ways_into_one_chain(count: int) -> dict[str, Any]:
    lost = {f"L{i}": {"Type": "Pass", "Next": "C0"} for i in range(count)}
    return {"StartAt": "S", "States": {"S": {"Type": "Succeed"}, **lost, **chain("C", count)}}


def ways_into_one_endless_loop(count: int) -> dict[str, Any]:
    loop = {f"C{i}": {"Type": "Pass", "Next": f"C{(i + 1) % count}"} for i in range(count)}
    ways = {f"W{i}": {"Type": "Pass", "Next": "C0"} for i in range(count)}
    rules = [{"Variable": "$.a", "IsNull": True, "Next": name} for name in ways]
    start = {"Type": "Choice", "Choices": rules, "Default": "E"}
    return {"StartAt": "S", "States": {"S": start, "E": {"Type": "Succeed"}, **ways, **loop}}


def waits_caught_into_one_chain(count: int) -> dict[str, Any]:
    waits = {
        f"W{i}": {
            "Type": "Task",
            "Resource": "arn:aws:states:eu-west-1:123456789012:activity:a",
            "TimeoutSeconds": 5,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": f"C{i}"}],
            "Next": f"W{i + 1}" if i + 1 < count else "C0",
        }
        for i in range(count)
    }
    return {"StartAt": "W0", "States": {**waits, **chain("C", 2 * count)}}


def variables_one_after_the_other(count: int) -> dict[str, Any]:
    states: dict[str, Any] = {
        f"S{i}": {
            "Type": "Pass",
            "Parameters": {"x.$": f"$v{max(i - 1, 0)}", "y.$": f"$v{i}"},
            "Assign": {f"v{i}": i},
            "Next": f"S{i + 1}",
        }
        for i in range(count)
    }
    states[f"S{count}"] = {"Type": "Succeed"}
    return {"StartAt": "S0", "States": states}


def variables_in_one_loop(count: int) -> dict[str, Any]:
    document = variables_one_after_the_other(count)
    rules = [{"Variable": "$.a", "IsNull": True, "Next": f"S{i}"} for i in range(count)]
    document["States"][f"S{count}"] = {"Type": "Choice", "Choices": rules, "Default": "E"}
    document["States"]["E"] = {"Type": "Fail"}
    return document


def variables_that_only_a_branch_has(count: int) -> dict[str, Any]:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Succeed", "Comment": "x" * count}}}
    inner = {"StartAt": "I0", "States": chain("I", 1)}
    inner["States"]["I0"]["Assign"] = {f"v{i}": i for i in range(count)}  # type: ignore[index]
    first = {"Type": "Parallel", "Branches": [branch, inner], "Next": "S0"}
    users = {
        f"S{i}": {"Type": "Pass", "Parameters": {"x.$": f"$v{i}"}, "Next": f"S{i + 1}"} for i in range(count)
    }
    users[f"S{count}"] = {"Type": "Succeed"}
    return {"StartAt": "P", "States": {"P": first, **users}}


def spaces_in_a_path(count: int) -> dict[str, Any]:
    state = {"Type": "Pass", "InputPath": f"$[{' ' * count}x]", "End": True}
    return {"StartAt": "A", "States": {"A": state}}


def _cost(definition: dict[str, Any]) -> float:
    start = time.thread_time()
    check(definition)
    return time.thread_time() - start


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (wrong_targets, 500),
        (lost_ways_into_one_chain, 500),
        (ways_into_one_endless_loop, 500),
        (waits_caught_into_one_chain, 250),
        (variables_one_after_the_other, 250),
        (variables_in_one_loop, 250),
        (variables_that_only_a_branch_has, 250),
        (spaces_in_a_path, 10_000),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_time_grows_with_the_size(make: Callable[[int], dict[str, Any]], size: int) -> None:
    small, large = make(size), make(4 * size)
    costs: list[tuple[float, float]] = []
    least, most = 0.0, math.inf
    while most >= 9 * max(least, 0.001) and len(costs) < 5:  # What is quadratic is so every time.
        costs += [(_cost(small), _cost(large)) for _ in range(1 if costs else 2)]
        least, most = (min(column) for column in zip(*costs, strict=True))
    assert most < 9 * max(least, 0.001)
