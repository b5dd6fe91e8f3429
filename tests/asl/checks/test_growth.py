"""Thousands of everything: what is checked in more than linear time takes minutes here."""

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


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (wrong_targets, {"transition-target"}),
        (lost_ways_into_one_chain, {"unreachable"}),
        (ways_into_one_endless_loop, {"endless-loop"}),
        (waits_caught_into_one_chain, {"wait-failure-unnoticed"}),
        (variables_one_after_the_other, {"variable-unassigned"}),
        (variables_in_one_loop, set()),
        (lambda count: {"StartAt": "S0", "States": chain("S", 5 * count)}, set()),
        (variables_that_only_a_branch_has, {"variable-unassigned"}),
        (spaces_in_a_path, {"path"}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_large_is_answered_too(make: Callable[[int], dict[str, Any]], expected: set[str]) -> None:
    assert {one.rule for one in check(make(2_000))} == expected
