"""Whatever is given to the checks, they answer: what goes wrong here takes minutes."""

import inspect
import sys
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pulumi
import pytest

from components.asl import Finding, check, check_text
from components.asl.report.display import leaves
from tests.asl.corpus import edits

OUTPUT: pulumi.Output[Any] = pulumi.Output.from_input("x")


def rules(definition: Any) -> list[str]:
    findings: list[Finding] = check(definition)
    assert all(str(one) for one in findings)
    return [one.rule for one in findings]


def machine(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **fields}}}


class TestCycles:
    def test_a_state_that_contains_its_machine(self) -> None:
        document = machine()
        document["States"]["A"]["Parameters"] = document
        (finding,) = check(document)
        assert (finding.rule, finding.path, finding.state) == ("cycle", "States.A.Parameters", "A")

    def test_many_ways_round(self) -> None:
        array: list[Any] = []
        array.append(array)
        loop: dict[str, Any] = {}
        loop.update({str(index): loop for index in range(1000)})
        assert rules(machine(Result=array)) == rules(machine(Result=loop)) == ["cycle"]

    def test_the_same_object_at_two_places_is_no_cycle(self) -> None:
        shared = {"a": [1, 2]}
        assert rules(machine(Result={"x": shared, "y": shared})) == []


class TestSize:
    def test_objects_that_multiply(self) -> None:
        node: Any = "x"
        for _ in range(60):
            node = [node] * 10
        assert rules(machine(Result=node)) == ["definition-size"]

    @pytest.mark.parametrize("around", [lambda node: {"Parameters": node}, lambda node: [node]])
    def test_a_depth_bomb(self, around: Callable[[Any], Any]) -> None:
        node: Any = {}
        for _ in range(100_000):
            node = around(node)
        assert rules(machine(Result=node)) == ["depth"]

    @pytest.mark.parametrize(("levels", "expected"), [(45, []), (500, ["depth"])])
    def test_deeply_nested_machines(self, levels: int, expected: list[str]) -> None:
        document = machine()
        for index in range(levels):
            state = {"Type": "Parallel", "Branches": [document], "End": True}
            document = {"StartAt": f"P{index}", "States": {f"P{index}": state}}
        assert rules(document) == expected

    def test_choice_rules_nested_deeply(self) -> None:
        rule: dict[str, Any] = {"Variable": "$.x", "IsPresent": True}
        for _ in range(150):
            rule = {"Not": rule}
        choice = {"Type": "Choice", "Choices": [{**rule, "Next": "E"}], "Default": "E"}
        assert rules({"StartAt": "C", "States": {"C": choice, "E": {"Type": "Fail"}}}) == []

    @pytest.mark.parametrize(
        ("comment", "expected"),
        [
            ("x" * 1_048_000, []),
            ("x" * 1_048_577, ["definition-size"]),
            ("x" * 5_000_000, ["definition-size"]),
            ("€" * 349_000, []),
            ("€" * 350_000, ["definition-size"]),
            ("${AWS::AccountId}" * 61_000, []),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_bytes_are_counted_and_placeholders_as_what_they_become(
        self, comment: str, expected: list[str]
    ) -> None:
        assert rules(machine(Comment=comment)) == expected

    def test_very_many_error_names(self) -> None:
        names = [f"Error{index}" for index in range(20_000)]
        retry = [{"ErrorEquals": [*names, "Twice", "Twice"]}]
        resource = "arn:aws:lambda:eu-west-1:123456789012:function:f"
        assert rules(machine(Type="Task", Resource=resource, Retry=retry)) == ["error-shadowed"]

    def test_very_many_services_that_are_not_known(self) -> None:
        service = "arn:aws:states:::aws-sdk:service{}:doIt"
        states: dict[str, Any] = {
            f"S{i}": {"Type": "Task", "Resource": service.format(i), "Next": f"S{i + 1}"}
            for i in range(2_000)
        }
        check({"StartAt": "S0", "States": {**states, "S2000": {"Type": "Succeed"}}})

    @pytest.mark.parametrize(
        "text",
        [
            "$" + ".a" * 300_000, "$" + "[0]" * 300_000, "$." + "a" * 900_000, "$['" + "a" * 900_000,
            "$[?(" + "(" * 900_000, "$[?(@.a == '" + "\\'" * 400_000, "$" + "." * 900_000,
            "States.Array(" * 60_000, "States.Array(" + "$.a," * 200_000 + "$.b)",
            "States.Format('" + "{}" * 400_000 + "')", "States.Format('" + "\\" * 900_000,
            "States." + "A" * 900_000, "{%" * 400_000, "$$." + "Execution." * 80_000,
        ],
        ids=lambda text: str(text)[:16],
    )  # fmt: skip
    def test_long_expressions_take_no_longer_than_their_length(self, text: str) -> None:
        rules(machine(Parameters={"x.$": text, "y": text}, InputPath=text, ResultPath=text))

    @pytest.mark.parametrize(
        "inner",
        [
            "(" * 400_000, "1+" * 300_000 + "1", "$a." * 200_000 + "b", "/*" * 400_000, "/" * 900_000,
            "'" + "\\'" * 400_000, "[" * 400_000, "function($x){" * 60_000, "-" * 900_000, "a" * 900_000,
            "$x ? " * 100_000, "/" + "\\" * 900_000,
        ],
        ids=lambda text: str(text)[:16],
    )  # fmt: skip
    def test_long_jsonata_takes_no_longer_than_its_length(self, inner: str) -> None:
        document = machine(Output=f"{{%{inner}%}}")
        document["QueryLanguage"] = "JSONata"
        rules(document)


class TestTypes:
    @pytest.mark.parametrize(
        "value",
        [b"x", {1, 2}, object(), 1j, datetime.now(UTC), float("nan"), float("inf"), range(3), len, Ellipsis],
        ids=lambda value: type(value).__name__,
    )
    def test_a_value_that_is_no_json(self, value: Any) -> None:
        (finding,) = check(machine(Result={"x": [value]}))
        assert (finding.rule, finding.path) == ("value-type", "States.A.Result.x[0]")
        assert rules(value) == ["value-type"]

    @pytest.mark.parametrize(
        "key", [1, None, True, (), b"x", 1.5, frozenset()], ids=lambda value: type(value).__name__
    )
    def test_a_key_that_is_no_string(self, key: Any) -> None:
        states = {key: {"Type": "Succeed"}}
        for document in (machine(Result={key: 1}), {"StartAt": "A", "States": states}, {key: 1}):
            assert rules(document) == ["value-type"]

    @pytest.mark.parametrize("definition", [None, [], "x", 1])
    def test_a_definition_that_is_no_object(self, definition: Any) -> None:
        assert rules(definition) == ["value-type"]

    def test_mappings_tuples_and_subclasses_are_what_they_look_like(self) -> None:
        class Text(str):
            __slots__ = ()

            def __str__(self) -> str:
                raise AssertionError("nobody asked")

        class Number(int):
            pass

        state = OrderedDict(Type=Text("Wait"), Seconds=Number(5), Comment=Text("c"), End=True)
        assert rules({"StartAt": Text("A"), "States": {"A": state}}) == []
        assert rules(machine(Result=(1, (2, 3)))) == []

    def test_an_endless_number(self) -> None:
        assert rules(machine() | {"TimeoutSeconds": 10**4_000}) == ["field-value"]
        for document in (machine(Result=10**100_000), machine(Parameters={"x": -(10**300_000)})):
            assert rules(document) == ["value-type"], "no JSON is made of it"

    def test_surrogates_in_text(self) -> None:
        for one in check(machine(InputPath="\ud800", Comment="\udfff")):
            str(one).encode()
        assert check_text('{"StartAt": "\\ud800", "States": {"\\ud800": {"Type": "Succeed"}}}') == []


class TestOutputs:
    """A Pulumi Output is a string that nobody knows yet: it is never looked into."""

    def test_everywhere_a_value_may_be_unknown(self) -> None:
        document = edits.right("payment")
        ask = document["States"]["Take payment"]
        ask["Resource"] = ask["Parameters"]["QueueUrl"] = ask["TimeoutSeconds"] = OUTPUT
        document["States"]["Let it settle"]["Seconds"] = OUTPUT
        document["States"]["Tell of the success"]["Parameters"]["TopicArn"] = OUTPUT
        assert rules(document | {"Comment": OUTPUT}) == []

    @pytest.mark.parametrize("name", edits.names())
    def test_in_place_of_any_leaf_nothing_crashes(self, name: str) -> None:
        for place, _ in leaves(edits.right(name)):
            document = edits.right(name)
            node: Any = document
            for step in place[:-1]:
                node = node[step]
            node[place[-1]] = OUTPUT
            for one in check(document):
                assert "pulumi" not in str(one).lower()

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            (OUTPUT, []),
            ({"QueueUrl": "x", "MessageBody": OUTPUT}, []),
            ({"QueueUrl": "x", "MessageBody": {"TaskToken.$": OUTPUT}}, []),
            ({"QueueUrl": OUTPUT, "MessageBody": {"Request": OUTPUT}}, ["token-missing"]),
        ],
    )
    def test_only_what_may_be_the_message_may_hold_the_token(
        self, parameters: Any, expected: list[str]
    ) -> None:
        document = edits.right("payment")
        document["States"]["Take payment"]["Parameters"] = parameters
        assert rules(document) == expected


def test_memory_is_flat() -> None:
    """Checking many different definitions leaves nothing behind but caches of a fixed size."""

    def different(index: int) -> dict[str, Any]:
        document = edits.right("payment")
        document["States"]["Prepare"]["Parameters"]["reference.$"] = f"$.reference{index}"
        return document

    for index in range(50):
        check(different(index))
    tracemalloc.start()
    try:
        check(different(0))
        before = tracemalloc.get_traced_memory()[0]
        for index in range(100):
            check(different(index % 50))
        assert tracemalloc.get_traced_memory()[0] - before < 100_000
    finally:
        tracemalloc.stop()


def test_a_caller_that_has_used_up_the_stack() -> None:
    """Whatever is left of the stack, there is an answer: no findings, or that it is too deep."""
    document = edits.right("nested")

    def call(depth: int) -> list[str]:
        return rules(document) if depth == 0 else call(depth - 1)

    left = sys.getrecursionlimit() - len(inspect.stack(0))
    answers = [call(left - room) for room in range(30, 200, 5)]
    assert answers[0] in (["depth"], [])
    assert answers[-1] == []
    assert {tuple(answer) for answer in answers} <= {(), ("depth",)}
