"""Break a right definition at random: never a crash, and never silence where the language forbids it."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from statelint.linter import Linter  # type: ignore[import-untyped] # it has no types

from components.asl import DefinitionError, Severity, check, require_valid
from components.asl.report.rules import RULES
from tests.asl.corpus import edits

NAMES = edits.names()
TERMINAL = ("Choice", "Succeed", "Fail")

documents = st.sampled_from(NAMES).map(edits.right)
SUGGESTIVE = [
    "$", "$$.Task.Token", "$.a", "States.UUID()", "{% 1 %}", "{%", "Task", "Pass", "JSONata", "States.ALL",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "${Thing}",
]  # fmt: skip
FIELDS = ["Type", "Next", "End", "States", "StartAt", "a.$", "Retry", "Catch"]
NUMBERS = [
    "TimeoutSeconds", "HeartbeatSeconds", "Seconds", "MaxAttempts", "IntervalSeconds", "BackoffRate",
    "MaxConcurrency", "MaxItemsPerBatch", "ToleratedFailurePercentage", "MaxDelaySeconds",
]  # fmt: skip
TYPES = {"Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"}

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(SUGGESTIVE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=8,
)


def machines(node: Any) -> Iterator[dict[str, Any]]:
    """Every machine of a definition, itself first."""
    if isinstance(node, dict):
        if isinstance(node.get("States"), dict):
            yield node
        for item in node.values():
            yield from machines(item)
    elif isinstance(node, list):
        for item in node:
            yield from machines(item)


def states(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [state for machine in machines(document) for state in machine["States"].values()]


def containers(node: Any) -> Iterator[dict[str, Any] | list[Any]]:
    """Everything that has parts, from the outside in."""
    if isinstance(node, dict | list) and node:
        yield node
        for item in node.values() if isinstance(node, dict) else node:
            yield from containers(item)


T = TypeVar("T")


def pick(data: st.DataObject, things: Sequence[T]) -> T:
    """One of some things; drawn by its number, because the things themselves are long to print."""
    return things[data.draw(st.integers(0, len(things) - 1))]


def found(document: Any) -> set[str]:
    """The rules that a definition breaks; every finding is whole, and errors refuse it."""
    findings = check(document)
    for one in findings:
        assert one.rule in RULES
        assert one.message
        assert one.fix
        assert str(one).isprintable()
        str(one).encode()
    grave = [one for one in findings if one.severity is Severity.ERROR or RULES[one.rule].house]
    refused: list[str] = []
    try:
        require_valid(document)
    except DefinitionError as error:
        refused = [one.rule for one in error.findings]
    assert refused == [one.rule for one in grave]
    return {one.rule for one in findings}


@given(documents, st.data())
@settings(max_examples=200, deadline=None)
def test_anything_anywhere(document: dict[str, Any], data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        if not document:
            break
        container = pick(data, list(containers(document)))
        if isinstance(container, dict):
            key: Any = pick(data, list(container))
            operation = data.draw(st.sampled_from(["replace", "remove", "rename", "add"]))
            if operation == "replace":
                container[key] = data.draw(junk)
            elif operation == "remove":
                del container[key]
            elif operation == "rename":
                container[data.draw(st.text(max_size=8))] = container.pop(key)
            else:
                container[data.draw(st.text(max_size=8))] = data.draw(junk)
        else:
            index = data.draw(st.integers(0, len(container) - 1))
            if data.draw(st.booleans()):
                container[index] = data.draw(junk)
            else:
                del container[index]
    found(document)


@given(junk)
@settings(max_examples=100, deadline=None)
def test_anything_at_all(document: Any) -> None:
    found(document)
    found({"StartAt": "A", "States": document})
    found({"StartAt": "A", "States": {"A": document}})


Break = Callable[[dict[str, Any], st.DataObject], bool]


def retarget(document: dict[str, Any], data: st.DataObject) -> bool:
    holders = [
        node for node in containers(document) if isinstance(node, dict) and isinstance(node.get("Next"), str)
    ]
    if holders:
        pick(data, holders)["Next"] = data.draw(st.sampled_from(["", "no such state", "next"]))
    return bool(holders)


def restart(document: dict[str, Any], data: st.DataObject) -> bool:
    pick(data, list(machines(document)))["StartAt"] = data.draw(
        st.sampled_from(["", "no such state", None, 5, ["x"]])
    )
    return True


def forget_field(document: dict[str, Any], data: st.DataObject) -> bool:
    field = data.draw(st.sampled_from(["StartAt", "States"]))
    del pick(data, list(machines(document)))[field]
    return True


def forget_type(document: dict[str, Any], data: st.DataObject) -> bool:
    state = pick(data, states(document))
    if data.draw(st.booleans()):
        del state["Type"]
    else:
        state["Type"] = data.draw(st.text().filter(lambda text: text not in TYPES))
    return True


def forget_ending(document: dict[str, Any], data: st.DataObject) -> bool:
    holders = [state for state in states(document) if state["Type"] not in TERMINAL]
    if holders:
        state = pick(data, holders)
        if data.draw(st.booleans()):
            state.pop("Next", None)
            state.pop("End", None)
        else:
            state["Next"], state["End"] = next(iter(document["States"])), True
    return bool(holders)


def forget_work(document: dict[str, Any], data: st.DataObject) -> bool:
    needed = {"Task": "Resource", "Parallel": "Branches", "Choice": "Choices"}
    holders = [state for state in states(document) if state["Type"] in needed]
    if holders:
        state = pick(data, holders)
        del state[needed[state["Type"]]]
    return bool(holders)


def misspell_field(document: dict[str, Any], data: st.DataObject) -> bool:
    state = pick(data, states(document))
    field = pick(data, list(state))
    at = data.draw(st.integers(0, len(field) - 1))
    misspelt = field[:at] + field[at + 1 :]
    state[misspelt] = state.pop(field)
    return misspelt != field


def add_field(document: dict[str, Any], data: st.DataObject) -> bool:
    state = pick(data, states(document))
    state["X" + data.draw(st.text(max_size=5))] = data.draw(junk)
    return True


def break_path(document: dict[str, Any], data: st.DataObject) -> bool:
    holders = [
        (node, key)
        for node in containers(document)
        if isinstance(node, dict)
        for key in node
        if key.endswith((".$", "Path")) and isinstance(node[key], str)
    ]
    if holders:
        node, key = pick(data, holders)
        node[key] = data.draw(
            st.sampled_from(["", "a.b", "$.", "$.a[", "$$.Nothing", "States.Nothing()", "{% 1 %}"])
        )
    return bool(holders)


def break_number(document: dict[str, Any], data: st.DataObject) -> bool:
    holders = [
        (node, key)
        for node in [document, *states(document), *_retriers(document)]
        for key in NUMBERS
        if isinstance(node.get(key), int | float)
    ]
    if holders:
        node, key = pick(data, holders)
        node[key] = data.draw(st.sampled_from([-1, "x", None, [], {}, False, -0.5]))
    return bool(holders)


def _retriers(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [retrier for state in states(document) for retrier in state.get("Retry", [])]


def break_names(document: dict[str, Any], data: st.DataObject) -> bool:
    holders = [node for node in containers(document) if isinstance(node, dict) and "ErrorEquals" in node]
    if holders:
        pick(data, holders)["ErrorEquals"] = data.draw(
            st.sampled_from([[], "States.ALL", None, [1], ["States.ALL", "X"], {}])
        )
    return bool(holders)


def keep_the_token(document: dict[str, Any], data: st.DataObject) -> bool:
    waits = [state for state in states(document) if str(state.get("Resource")).endswith(".waitForTaskToken")]
    if waits:
        state = pick(data, waits)
        field = "Arguments" if "Arguments" in state else "Parameters"
        state[field] = dict.fromkeys(state[field], "x")
    return bool(waits)


def wait_for_ever(document: dict[str, Any], data: st.DataObject) -> bool:
    waits = [state for state in states(document) if str(state.get("Resource")).endswith(".waitForTaskToken")]
    if waits:
        state = pick(data, waits)
        state.pop("TimeoutSeconds", None)
        state.pop("TimeoutSecondsPath", None)
    return bool(waits)


def break_expression(document: dict[str, Any], data: st.DataObject) -> bool:
    holders: list[tuple[Any, Any]] = []
    for node in containers(document):
        keys: Any = node if isinstance(node, dict) else range(len(node))
        parts: Any = node
        holders += [(parts, key) for key in keys if str(parts[key]).startswith("{%")]
    if holders:
        node, key = pick(data, holders)
        node[key] = data.draw(
            st.sampled_from(["{% ( %}", "{% 1", "{% $eval('1') %}", "{% $states.nothing %}", "{%%}"])
        )
    return bool(holders)


def read_before_it_is_assigned(document: dict[str, Any], data: st.DataObject) -> bool:
    machine = pick(data, list(machines(document)))
    start = machine["States"][machine["StartAt"]]
    holders = [state for state in machine["States"].values() if state["Type"] in ("Pass", "Task", "Map")]
    if start["Type"] == "Pass" and holders:
        pick(data, holders).setdefault("Assign", {})["late"] = 1
        machine["States"]["Before"] = {"Type": "Pass", "Next": machine["StartAt"]}
        machine["StartAt"] = "Before"
        jsonata = document.get("QueryLanguage") == "JSONata"
        read = {"Output": {"x": "{% $late %}"}} if jsonata else {"Parameters": {"x.$": "$late"}}
        machine["States"]["Before"].update(read)
        return True
    return False


def read_from_elsewhere(document: dict[str, Any], data: st.DataObject) -> bool:
    holders = [
        state[field]
        for state in states(document)
        for field in ("ItemReader", "ResultWriter")
        if "Resource" in state.get(field, {})
    ]
    if holders:
        part = pick(data, holders)
        arguments = "Arguments" if "Arguments" in part else "Parameters"
        if data.draw(st.booleans()):
            part["Resource"] = data.draw(st.sampled_from(["", "x", "arn:aws:states:::s3:copyObject"]))
        else:
            del part[arguments]["Bucket"]
    return bool(holders)


BREAKS: list[Break] = [
    retarget, restart, forget_field, forget_type, forget_ending, forget_work, misspell_field, add_field,
    break_path, break_number, break_names, keep_the_token, wait_for_ever, break_expression,
    read_before_it_is_assigned, read_from_elsewhere,
]  # fmt: skip


@given(documents, st.sampled_from(BREAKS), st.data())
@settings(max_examples=600, deadline=None)
def test_what_is_forbidden_is_found(document: dict[str, Any], break_it: Break, data: st.DataObject) -> None:
    if break_it(document, data):
        assert found(document), break_it.__name__


# An integer is a number: JSON has no other way to tell 2 from 2.0.
FALSE_ALARM = "BackoffRate"
PLAIN = ["callbacks", "minimal", "nested", "payment"]
ODD = [
    None,
    5,
    -1,
    0,
    1.5,
    "x",
    "",
    "$",
    "$.a[*]",
    True,
    False,
    [],
    {},
    ["x"],
    {"a": 1},
    "States.ALL",
    10**10,
]


@given(st.sampled_from(PLAIN).map(edits.right), st.sampled_from(["replace", "remove", "add"]), st.data())
@settings(max_examples=200, deadline=None)
def test_what_statelint_finds_is_found(document: dict[str, Any], operation: str, data: st.DataObject) -> None:
    container: Any = pick(data, list(containers(document)))
    keys = list(container) if isinstance(container, dict) else list(range(len(container)))
    if operation == "replace":
        container[pick(data, keys)] = data.draw(st.sampled_from(ODD))
    elif operation == "remove":
        del container[pick(data, keys)]
    elif isinstance(container, dict):
        container["Extra"] = data.draw(st.sampled_from(ODD))
    try:
        problems = [one for one in Linter.validate(copy.deepcopy(document)) if FALSE_ALARM not in one]
    except Exception:
        return
    if problems:
        assert found(document), problems


def test_what_statelint_finds_right_is_right_there() -> None:
    assert [name for name in PLAIN if Linter.validate(edits.right(name))] == []
