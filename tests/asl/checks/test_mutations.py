"""Break a right definition at random: never a crash, and never silence where the language forbids it."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from statelint.linter import Linter  # type: ignore[import-untyped] # it has no types

from tests.asl.corpus import edits
from tests.asl.machines import found

TERMINAL = ("Choice", "Succeed", "Fail")
SUGGESTIVE = [
    "$", "$$.Task.Token", "$.a", "States.UUID()", "{% 1 %}", "{%", "Task", "Pass", "JSONata", "States.ALL",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "${Thing}",
]  # fmt: skip
FIELDS = ["Type", "Next", "End", "States", "StartAt", "a.$", "Retry", "Catch"]
NUMBERS = {
    "TimeoutSeconds", "HeartbeatSeconds", "Seconds", "MaxAttempts", "IntervalSeconds", "BackoffRate",
    "MaxConcurrency", "MaxItemsPerBatch", "ToleratedFailurePercentage", "MaxDelaySeconds",
}  # fmt: skip

documents = st.sampled_from(edits.names()).map(edits.right)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(SUGGESTIVE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=8,
)

Place = tuple[Any, Any]
"""An object or array, and the key or index of something in it."""
T = TypeVar("T")


def places(node: Any) -> Iterator[Place]:
    """Everything that is in something, from the outside in."""
    if isinstance(node, dict | list):
        for key, item in list(node.items() if isinstance(node, dict) else enumerate(node)):
            yield node, key
            yield from places(item)


def states(document: dict[str, Any]) -> list[dict[str, Any]]:
    machines = [node for node, key in places(document) if key == "States"]
    return [state for machine in machines for state in machine["States"].values()]


def pick(data: st.DataObject, things: Sequence[T]) -> T:
    """One of some things; drawn by its number, because the things themselves are long to print."""
    return things[data.draw(st.integers(0, len(things) - 1))]


@given(documents, st.data())
@settings(max_examples=100)
def test_anything_anywhere(document: dict[str, Any], data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        if not document:
            break
        node, key = pick(data, list(places(document)))
        operation = data.draw(st.sampled_from(["replace", "remove", "rename", "add"]))
        if operation == "replace":
            node[key] = data.draw(junk)
        elif operation == "remove":
            del node[key]
        elif isinstance(node, dict):
            node[data.draw(st.text(max_size=8))] = node.pop(key) if operation == "rename" else data.draw(junk)
    found(document)


@given(junk)
@settings(max_examples=60)
def test_anything_at_all(document: Any) -> None:
    found(document)
    found({"StartAt": "A", "States": document})
    found({"StartAt": "A", "States": {"A": document}})


def fields(*names: str, within: Callable[[dict[str, Any]], bool] = bool) -> Callable[[Any], list[Place]]:
    """Where one of these fields stands, in an object of some kind."""

    def there(document: Any) -> list[Place]:
        return [
            (node, key)
            for node, key in places(document)
            if isinstance(node, dict) and key in names and within(node)
        ]

    return there


def is_state(node: dict[str, Any]) -> bool:
    return node.get("Type") in ("Task", "Parallel", "Choice")


def is_wait(state: dict[str, Any]) -> bool:
    return str(state.get("Resource")).endswith(".waitForTaskToken") and "TimeoutSecondsPath" not in state


def looked_up(document: Any) -> list[Place]:
    return [
        (node, key)
        for node, key in places(document)
        if str(key).endswith((".$", "Path")) and isinstance(node[key], str)
    ]


def computed(document: Any) -> list[Place]:
    return [(node, key) for node, key in places(document) if str(node[key]).startswith("{%")]


def numbers(document: Any) -> list[Place]:
    there = fields(*NUMBERS, within=lambda node: bool(node.keys() & {"Type", "StartAt", "ErrorEquals"}))
    return [(node, key) for node, key in there(document) if isinstance(node[key], int | float)]


REMOVED = object()
FORBIDDEN: dict[str, tuple[Callable[[Any], list[Place]], list[Any]]] = {
    "a target": (fields("Next"), ["", "no such state", "next"]),
    "a start": (fields("StartAt"), [REMOVED, "", "no such state", None, 5, ["x"]]),
    "no states": (fields("States"), [REMOVED]),
    "a type": (fields("Type", within=lambda node: "Comment" not in node), [REMOVED, "", "task", "Taks", 5]),
    "no work": (fields("Resource", "Branches", "Choices", within=is_state), [REMOVED]),
    "an ending": (
        fields("Next", "End", within=lambda node: node.get("Type") not in (None, *TERMINAL)),
        [REMOVED],
    ),
    "a path": (looked_up, ["", "a.b", "$.", "$.a[", "$$.Nothing", "States.Nothing()", "{% 1 %}"]),
    "a number": (numbers, [-1, "x", None, [], {}, False, -0.5]),
    "error names": (fields("ErrorEquals"), [[], "States.ALL", None, [1], ["States.ALL", "X"], {}]),
    "no timeout": (fields("TimeoutSeconds", within=is_wait), [REMOVED]),
    "no bucket": (fields("Bucket"), [REMOVED]),
    "an expression": (computed, ["{% ( %}", "{% 1", "{% $eval('1') %}", "{% $states.nothing %}", "{%%}"]),
}
"""What is broken → where it may stand, and what stands there then."""


@given(documents, st.sampled_from(sorted(FORBIDDEN)), st.data())
@settings(max_examples=250)
def test_what_is_forbidden_is_found(document: dict[str, Any], name: str, data: st.DataObject) -> None:
    where, values = FORBIDDEN[name]
    holders = where(document)
    if holders:
        node, key = pick(data, holders)
        value = pick(data, values)
        if value is REMOVED:
            del node[key]
        else:
            node[key] = value
        assert found(document), name


@given(documents, st.data())
@settings(max_examples=60)
def test_a_misspelt_field_and_one_too_many_are_found(document: dict[str, Any], data: st.DataObject) -> None:
    state = pick(data, states(document))
    if data.draw(st.booleans()):
        field = pick(data, list(state))
        at = data.draw(st.integers(0, len(field) - 1))
        state[field[:at] + field[at + 1 :]] = state.pop(field)
    else:
        state["X" + data.draw(st.text(max_size=5))] = data.draw(junk)
    assert found(document)


PLAIN = ["callbacks", "minimal", "nested", "payment"]
ODD: list[Any] = [
    None, 5, -1, 0, 1.5, "x", "", "$", "$.a[*]", True, False, [], {}, ["x"], {"a": 1}, "States.ALL", 10**10,
]  # fmt: skip
# An integer is a number: JSON has no other way to tell 2 from 2.0.
FALSE_ALARM = "BackoffRate"


@given(st.sampled_from(PLAIN).map(edits.right), st.sampled_from(["replace", "remove", "add"]), st.data())
@settings(max_examples=120)
def test_what_statelint_finds_is_found(document: dict[str, Any], operation: str, data: st.DataObject) -> None:
    node, key = pick(data, list(places(document)))
    if operation == "replace":
        node[key] = data.draw(st.sampled_from(ODD))
    elif operation == "remove":
        del node[key]
    elif isinstance(node, dict):
        node["Extra"] = data.draw(st.sampled_from(ODD))
    try:
        problems = [one for one in Linter.validate(copy.deepcopy(document)) if FALSE_ALARM not in one]
    except Exception:
        return
    if problems:
        assert found(document), problems


def test_what_statelint_finds_right_is_right_there() -> None:
    assert [name for name in PLAIN if Linter.validate(edits.right(name))] == []
