"""In a diagram, waits, catches and failures can be told apart, and no text is taken for syntax."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.asl.document.diagram import MAXIMUM_DEPTH, mermaid


def lines(state: dict[str, Any], **others: dict[str, Any]) -> list[str]:
    """The drawing of a machine that starts with this state, without styles."""
    text = mermaid({"StartAt": "A", "States": {"A": state, **others}})
    return [line.strip() for line in text.splitlines() if "classDef" not in line]


DONE = {"Type": "Succeed"}
PASS = {"Type": "Pass", "End": True}
IS_NULL = {"Variable": "$.a", "IsNull": True}
CATCH = [{"ErrorEquals": ["States.Timeout", "Rejected"], "Next": "B"}]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (PASS, {'s1["A"]', "main_start --> s1", "s1 --> main_end", "main_end((( )))"}),
        ({"Type": "Wait", "Next": "B"}, {'s1[/"A"/]', "s1 --> s2", 's2(["B"])', "class s2 success"}),
        ({"Type": "Choice", "Default": "B"}, {'s1{"A"}', 's1 -->|"otherwise"| s2'}),
        ({"Type": "Fail", "Error": "Late"}, {'s1((("A<br/>Late")))', "class s1 failure"}),
        ({"Type": "Task", "Catch": CATCH, "End": True}, {'s1 -.->|"States.Timeout, Rejected"| s2'}),
    ],
)
def test_each_kind_of_state_and_of_way_looks_its_own(state: dict[str, Any], expected: set[str]) -> None:
    assert expected <= set(lines(state, B=DONE))


@pytest.mark.parametrize(
    ("fields", "limit"),
    [
        ({"TimeoutSeconds": 90}, " at most 90 s"),
        ({"TimeoutSeconds": 120}, " at most 2 min"),
        ({"TimeoutSeconds": 7_200}, " at most 2 h"),
        ({"TimeoutSeconds": 86_400}, " at most 1 d"),
        ({"TimeoutSecondsPath": "$.limit"}, " at most #36;.limit s"),
        ({}, ""),
    ],
)
def test_a_wait_shows_its_limit(fields: dict[str, Any], limit: str) -> None:
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    assert f's1{{{{"A<br/>waits{limit}"}}}}' in lines({"Type": "Task", "Resource": resource, **fields})


def test_an_activity_is_a_wait_and_a_call_is_not() -> None:
    activity = {"Type": "Task", "Resource": "arn:aws:states:eu-north-1:123456789012:activity:Sign"}
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
    assert "class s1 wait" in lines(activity)
    assert "class s1 wait" not in lines(call)


def test_branches_and_items_are_boxes_of_their_own() -> None:
    branch = {"StartAt": "B", "States": {"B": PASS}}
    drawn = lines({"Type": "Parallel", "Branches": [branch, branch], "End": True})
    assert 'subgraph s1["A<br/>all of"]' in drawn
    assert {'s2["B"]', 's3["B"]', "s1_0_start --> s2", "s1_1_start --> s3"} <= set(drawn)
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **branch}
    drawn = lines({"Type": "Map", "ItemProcessor": config, "End": True})
    assert 'subgraph s1["A<br/>for each item, as executions of their own"]' in drawn
    assert 'subgraph s1["A<br/>for each item"]' in lines({"Type": "Map", "Iterator": branch, "End": True})


@pytest.mark.parametrize(
    ("rule", "label"),
    [
        ({"Variable": "$.a", "StringEquals": "x"}, "#36;.a = x"),
        ({"Variable": "$.a", "NumericLessThanPath": "$.b"}, "#36;.a #60; #36;.b"),
        ({"Variable": "$.a", "IsPresent": True}, "#36;.a IsPresent true"),
        ({"Variable": "$.a", "StringEquals": "${B}"}, "#36;.a = #60;filled in by another tool#62;"),
        ({"Not": {"Variable": "$.a", "BooleanEquals": True}}, "not #36;.a = true"),
        ({"And": [IS_NULL, {"Variable": "$.b", "StringMatches": "*"}]},
         "#36;.a IsNull true and #36;.b StringMatches #42;"),
        ({"Condition": "{% $states.input.n > 1 %}"}, "#36;states.input.n #62; 1"),
        ({"Condition": "a" * 200}, f"{'a' * 59}#8230;"),
    ],
)  # fmt: skip
def test_a_choice_says_when(rule: dict[str, Any], label: str) -> None:
    drawn = lines({"Type": "Choice", "Choices": [{**rule, "Next": "B"}]}, B=DONE)
    assert f's1 -->|"{label}"| s2' in drawn


@given(st.text(min_size=1, max_size=80))
@settings(max_examples=50)
def test_no_name_is_taken_for_syntax(name: str) -> None:
    definition = {"StartAt": name, "States": {name: {"Type": "Fail", "Error": name}}}
    text = mermaid(definition)
    (node,) = [line for line in text.splitlines() if line.startswith("    s1(((")]
    label = node.removeprefix('    s1((("').removesuffix('")))')
    plain = re.sub(r"#\d+;", "", label.replace("<br/>", ""))
    assert all(character.isalnum() or character in " .,:_-/()=" for character in plain)
    shown = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label.replace("<br/>", "\0"))
    assert shown == f"{name}\0{name}"


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"States": None},
        {"States": {"A": None, "B": "x", "C": {"Type": 3, "Next": "No", "Catch": [None], "Choices": [1]}}},
        {"StartAt": ["A"], "States": []},
        {"States": {"A": {"Type": "Map", "ItemProcessor": 1, "Branches": [None]}}},
        {"States": {"A": {"Type": "Task", "Resource": None, "TimeoutSeconds": True, "End": "yes"}}},
        {"States": {1: {"Type": "Pass", "Next": 1}}},
    ],
)
def test_wrong_definitions_are_drawn_as_far_as_they_go(definition: dict[str, Any]) -> None:
    assert mermaid(definition).startswith("flowchart TD\n")


@pytest.mark.parametrize("levels", [MAXIMUM_DEPTH + 1, 1_000, None])
def test_what_nobody_could_read_is_not_drawn(levels: int | None) -> None:
    """Boxes in boxes: many, or one in itself."""
    machine: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Map"}}}
    if levels is None:
        machine["States"]["A"]["ItemProcessor"] = machine
    for _ in range(levels or 0):
        machine = {"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": machine}}}
    with pytest.raises(ValueError, match=f"nested at most {MAXIMUM_DEPTH} deep"):
        mermaid(machine)
