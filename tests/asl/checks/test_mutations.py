"""Break a right definition at random: never a crash, and never silence where the language forbids it."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from statelint.linter import Linter  # type: ignore[import-untyped] # it has no types

from tests.asl.corpus import edits
from tests.asl.machines import found

SUGGESTIVE = [
    "$", "$$.Task.Token", "$.a", "States.UUID()", "{% 1 %}", "{%", "Task", "Pass", "JSONata", "States.ALL",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "${Thing}",
]  # fmt: skip
FIELDS = ["Type", "Next", "End", "States", "StartAt", "a.$", "Retry", "Catch"]
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
