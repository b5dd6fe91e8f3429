"""Variables: where one has a value, and what is said where it has none."""

from typing import Any

import pytest

from components.asl import Finding, Severity, check

SET = {"Type": "Pass", "Assign": {"x": 1}}
GO_ON = {"Type": "Pass", "Parameters": {"x.$": "$x"}}
READ = {**GO_ON, "End": True}
DONE = {"Type": "Succeed"}
WORK = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:work"}


OTHER_WAY = (
    'assigned by "{}", and no way leads from there to here; '
    "assign it on a way that leads here (a Catch has an Assign of its own)"
)
SAME_STATE = (
    'assigned by "A", and has its value from the next state on; '
    "assign it in an earlier state, or use here what it is assigned"
)
NOWHERE = (
    "nothing assigns $x where this state sees it; assign it in an earlier state, or correct its name; "
    "a Distributed Map gets values through its ItemSelector, "
    "and a branch or iteration gives them in its output"
)


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    """A machine that starts with the first of its states."""
    return {"StartAt": next(iter(states)), "States": states}


def around(inner: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Parallel state with one branch."""
    return {"Type": "Parallel", "Branches": [inner], "End": True, **fields}


def iterated(inner: dict[str, Any], mode: str, **fields: Any) -> dict[str, Any]:
    config = {"Mode": mode, **({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})}
    return {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **inner}, "End": True, **fields}


def catching(**catcher: Any) -> dict[str, Any]:
    return {**WORK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C", **catcher}], "Next": "B"}


def only(document: dict[str, Any]) -> Finding:
    (finding,) = check(document)
    return finding


class TestWhereItHasAValue:
    @pytest.mark.parametrize(
        "document",
        [
            machine(A={**SET, "Next": "B"}, B=READ),
            machine(A={**SET, "Next": "B"}, B=around(machine(I=READ))),
            machine(A={**SET, "Next": "B"}, B=around(machine(I=around(machine(J=READ))))),
            machine(A={**SET, "Next": "B"}, B=iterated(machine(I=READ), "INLINE")),
            machine(A={**SET, "Next": "B"}, B=iterated(machine(I={"Type": "Succeed"}), "DISTRIBUTED",
                                                       ItemSelector={"x.$": "$x"})),
            machine(A=catching(Assign={"x": 1}), B={"Type": "Fail"}, C=READ),
            machine(A={**catching(), "Assign": {"x": 1}}, B=READ, C={"Type": "Fail"}),
            machine(A={**catching(), "Assign": {"x": 1}}, B={"Type": "Pass", "Next": "C"}, C=READ),
            machine(A={"Type": "Choice", "Default": "B", "Choices": [
                {"Variable": "$.a", "IsNull": True, "Assign": {"x": 1}, "Next": "B"}]}, B=READ),
            machine(A={"Type": "Choice", "Default": "B", "Assign": {"x": 1}, "Choices": [
                {"Variable": "$.a", "IsNull": True, "Next": "C"}]}, B=READ, C={"Type": "Fail"}),
        ],
    )  # fmt: skip
    def test_on_some_way(self, document: dict[str, Any]) -> None:
        assert check(document) == []

    def test_a_second_time_round_is_enough(self) -> None:
        work = {**READ, "Assign": {"x": 1}, "Next": "Again"}
        del work["End"]
        rule = {"Variable": "$.a", "IsNull": True, "Next": "Work"}
        again = {"Type": "Choice", "Choices": [rule], "Default": "Stop"}
        assert check(machine(Work=work, Again=again, Stop={"Type": "Fail"})) == []

    @pytest.mark.parametrize(
        "start",
        [
            {"Type": "Pass", "Assign": "${Variables}", "Next": "B"},
            {**WORK, "Catch": "${Catchers}", "Next": "B"},
            {**WORK, "Catch": ["${Catcher}"], "Next": "B"},
            "${State}",
        ],
    )
    def test_what_is_only_known_later_may_assign_it(self, start: Any) -> None:
        assert check(machine(A=start, B=READ)) == []

    def test_no_way_is_missed_while_a_target_is_wrong(self) -> None:
        assert only(machine(A={**READ, "Next": "C", "End": False}, B={**SET, "Next": "A"})).rule == (
            "transition-target"
        )


class TestWhereItHasNone:
    """The rule is the same; what is said depends on where it is assigned."""

    @pytest.mark.parametrize(
        ("document", "told"),
        [
            (machine(A=READ), NOWHERE),
            (machine(A={**GO_ON, "Next": "B"}, B={**SET, "End": True}), OTHER_WAY.format("B")),
            (machine(A=catching(Assign={"x": 1}), B=READ, C={"Type": "Fail"}), OTHER_WAY.format("A")),
            (machine(A={**catching(), "Assign": {"x": 1}}, B=DONE, C=READ), OTHER_WAY.format("A")),
            (machine(A={**READ, "Assign": {"x": 1}}), SAME_STATE),
            (machine(A=around(machine(I=READ), Assign={"x": 1})), SAME_STATE),
            (machine(A=iterated(machine(I=around(machine(J=READ))), "INLINE", Assign={"x": 1})), SAME_STATE),
            (machine(A={**SET, "Next": "B"}, B=iterated(machine(I=READ), "DISTRIBUTED")), NOWHERE),
            (machine(A=around(machine(I={**SET, "End": True}), Next="B", End=False), B=READ), NOWHERE),
        ],
    )  # fmt: skip
    def test_a_path_cannot_read_it(self, document: dict[str, Any], told: str) -> None:
        finding = only(document)
        assert (finding.rule, finding.severity) == ("variable-unassigned", Severity.ERROR)
        assert f"{finding.message}; {finding.fix}" in (told, f"$x is {told}")

    def test_an_expression_goes_on_without_it(self) -> None:
        state = {"Type": "Pass", "Output": "{% $x & 'a' %}", "End": True}
        finding = only({"QueryLanguage": "JSONata", **machine(A=state)})
        assert (finding.rule, finding.severity) == ("variable-undefined", Severity.WARNING)

    def test_a_choice_may_ask_whether_it_is_there(self) -> None:
        rule = {"Variable": "$x", "IsPresent": True, "Next": "B"}
        document = machine(A={"Type": "Choice", "Choices": [rule], "Default": "B"}, B={"Type": "Succeed"})
        assert only(document).severity is Severity.WARNING


class TestText:
    @pytest.mark.parametrize("text", ["$x", "$x.y", "$x[0].y"])
    def test_a_path_to_a_variable_is_meant_to_be_read(self, text: str) -> None:
        state = {"Type": "Pass", "Parameters": {"value": text}, "End": True}
        assert only(machine(A={**SET, "Next": "B"}, B=state)).rule == "literal-path"

    @pytest.mark.parametrize("text", ["$5", "$y", "$y.z", "x", "$ x", "$x costs", "$$x"])
    def test_other_text_with_a_dollar_is_text(self, text: str) -> None:
        state = {"Type": "Pass", "Parameters": {"value": text}, "End": True}
        assert check(machine(A={**SET, "Next": "B"}, B=state)) == []


def test_a_variable_of_the_machine_around_is_not_assigned_inside() -> None:
    inner = machine(I={**SET, "End": True})
    document = machine(A={**around(inner), "Next": "B"}, B={**SET, "End": True})
    del document["States"]["A"]["End"]
    assert only(document).rule == "variable-shadowed"
    document["States"]["A"]["Assign"], document["States"]["B"]["Assign"] = {"x": 1}, {"y": 1}
    assert check(document) == [], "what the state itself assigns, it assigns afterwards"


def test_a_state_in_a_jsonata_map_of_a_jsonpath_machine_speaks_jsonpath() -> None:
    inner = machine(I={"Type": "Pass", "Output": "{% $states.input.item %}", "End": True})
    language = {"QueryLanguage": "JSONata", "Items": "{% $states.input.items %}"}
    finding = only(machine(A=iterated(inner, "INLINE", **language)))
    assert (finding.rule, finding.path) == ("query-language", "States.A.ItemProcessor.States.I.Output")
