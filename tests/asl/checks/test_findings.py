"""What a finding says, which findings refuse a definition, and how rules are silenced."""

import json
from typing import Any

import pytest

from components.asl import DefinitionError, Finding, Severity, check, check_text, require_valid
from tests.asl.corpus import edits
from tests.asl.machines import waiting


class TestFindings:
    def test_a_finding_is_one_line_with_state_rule_value_fix_and_place(self) -> None:
        document = edits.right("payment")
        document["States"]["Take payment"]["HeartbeatSeconds"] = 600
        (finding,) = check(document)
        assert finding == Finding(
            path="States.Take payment.HeartbeatSeconds",
            state="Take payment",
            rule="heartbeat",
            severity=Severity.ERROR,
            message="must be below TimeoutSeconds, 600, got 600",
            fix="lower it; a missed heartbeat is noticed before the timeout or not at all",
        )
        assert str(finding) == (
            "Take payment: heartbeat: must be below TimeoutSeconds, 600, got 600; lower it; a missed "
            "heartbeat is noticed before the timeout or not at all (States.Take payment.HeartbeatSeconds)"
        )

    def test_the_place_of_a_field_of_the_machine(self) -> None:
        (finding,) = check(edits.right("minimal") | {"TimeoutSeconds": "$.seconds"})
        assert str(finding) == (
            'definition: field-type: must be an integer from 1 to 99999999, got "$.seconds"; '
            "give an integer from 1 to 99999999 (TimeoutSeconds)"
        )

    def test_a_jsonpath_rule_of_a_jsonata_choice_is_told_once(self) -> None:
        rule = {"Variable": "$.a", "StringEquals": "b", "Next": "End"}
        choice = {"Type": "Choice", "Choices": [rule], "Default": "End"}
        states = {"Which?": choice, "End": {"Type": "Succeed"}}
        (finding,) = check({"QueryLanguage": "JSONata", "StartAt": "Which?", "States": states})
        assert (finding.rule, finding.path) == ("query-language", "States.Which?.Choices[0].Variable")

    def test_an_empty_machine_lacks_two_things(self) -> None:
        assert [one.path for one in check({})] == ["StartAt", "States"]

    def test_places_of_nested_states_are_whole(self) -> None:
        document = edits.right("nested")
        del document["States"]["Together"]["Branches"][1]["States"]["Ask finance"]["TimeoutSeconds"]
        (finding,) = check(document)
        assert finding.path == "States.Together.Branches[1].States.Ask finance"
        assert finding.state == "Ask finance"

    def test_line_breaks_and_control_characters_in_names_stay_in_one_line(self) -> None:
        name = "a\nb\r\x1b[31m\u2028\ud800"
        (finding,) = check({"StartAt": name, "States": {name: {"Type": "Sleep"}}})
        assert len(str(finding).splitlines()) == 1
        assert str(finding).isprintable()
        str(finding).encode()

    def test_long_values_are_cut(self) -> None:
        document = edits.right("payment")
        document["States"]["Prepare"]["InputPath"] = "x" * 100_000
        (finding,) = check(document)
        assert len(str(finding)) < 400

    def test_the_error_has_a_line_for_each_finding(self) -> None:
        with pytest.raises(DefinitionError) as raised:
            require_valid(
                {"StartAt": "A", "States": {"A": {"Type": "Task", "Next": "B"}, "b": {"Type": "Fail"}}}
            )
        assert str(raised.value).splitlines() == [
            "the definition has 2 errors:",
            "A: missing-field: a Task state needs Resource; give Resource (States.A.Resource)",
            'A: transition-target: there is no state "B" in this machine; did you mean "b"? (States.A.Next)',
        ]
        assert isinstance(raised.value, ValueError)


class TestHouseRules:
    """AWS accepts a wait without a timeout; this project does not."""

    def test_it_is_a_warning_in_a_file_and_an_error_in_a_component(self) -> None:
        (finding,) = check(waiting())
        assert (finding.rule, finding.severity) == ("wait-timeout", Severity.WARNING)
        with pytest.raises(DefinitionError) as raised:
            require_valid(waiting())
        assert str(raised.value) == (
            "the definition has 1 error:\n"
            "Ask: wait-timeout: this wait has no timeout; "
            "give TimeoutSeconds or TimeoutSecondsPath (States.Ask)"
        )
        assert raised.value.findings[0].severity is Severity.ERROR

    def test_a_caught_failure_that_ends_in_success_is_an_error_unless_it_is_meant(self) -> None:
        document = waiting(
            TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}], Next="Done"
        )
        del document["States"]["Ask"]["End"]
        document["States"]["Done"] = {"Type": "Succeed"}
        assert [one.severity for one in check(document)] == [Severity.WARNING]
        with pytest.raises(DefinitionError, match="Ask: wait-failure-unnoticed: "):
            require_valid(document)
        assert require_valid(document, silence={"Ask.wait-failure-unnoticed": "no answer means yes"}) == []

    def test_what_is_no_error_is_returned(self) -> None:
        document = {**waiting(TimeoutSeconds=5), "TimeoutSeconds": 4}
        (finding,) = require_valid(document)
        assert (finding.rule, finding.severity) == ("timeout-order", Severity.WARNING)


TELL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Parameters": {"TopicArn": "t", "Message": "failed"},
}
LATE = {"Variable": "$.Error", "StringEquals": "Late", "Next": "Good"}


class TestUnnoticedFailures:
    """What counts as noticing that a wait failed."""

    @staticmethod
    def after(*states: dict[str, Any]) -> list[str]:
        """The findings when a wait's failure goes through these states, one after the other."""
        document = waiting(
            TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S0"}], Next="Good"
        )
        del document["States"]["Ask"]["End"]
        document["States"]["Good"] = {"Type": "Succeed"}
        for index, state in enumerate(states):
            document["States"][f"S{index}"] = state
        return [one.rule for one in check(document)]

    @pytest.mark.parametrize(
        "states",
        [
            [{"Type": "Pass", "Next": "Good"}],
            [{**TELL, "End": True}],
            [{**TELL, "Next": "S1"}, {"Type": "Succeed"}],
        ],
    )
    def test_going_on_as_if_nothing_had_happened(self, states: list[dict[str, Any]]) -> None:
        assert self.after(*states) == ["wait-failure-unnoticed"]

    @pytest.mark.parametrize(
        "states",
        [
            [{"Type": "Fail"}],
            [{"Type": "Pass", "Next": "S1"}, {"Type": "Fail"}],
            [{"Type": "Choice", "Choices": [LATE], "Default": "S1"}, {"Type": "Fail"}],
            [waiting(TimeoutSeconds=5)["States"]["Ask"]],
            [{"Type": "Wait", "Seconds": 5, "Next": "Ask"}],
            # A failure behind the failure is its own affair.
            [
                {**TELL, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Good"}], "Next": "S1"},
                {"Type": "Fail"},
            ],
        ],
    )
    def test_failing_deciding_or_asking_again(self, states: list[dict[str, Any]]) -> None:
        assert self.after(*states) == []

    def test_a_wait_inside_a_parallel_counts_for_the_catch_around_it(self) -> None:
        both = {
            "Type": "Parallel",
            "Branches": [waiting(TimeoutSeconds=5)],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Good"}],
            "Next": "Good",
        }
        document = {"StartAt": "Both", "States": {"Both": both, "Good": {"Type": "Succeed"}}}
        assert [one.rule for one in check(document)] == ["wait-failure-unnoticed"]


class TestSilence:
    @pytest.mark.parametrize("key", ["wait-timeout", "v1.2.wait-timeout"])
    def test_a_rule_everywhere_or_in_one_state(self, key: str) -> None:
        state = waiting()["States"]["Ask"]
        document = {"StartAt": "v1.2", "States": {"v1.2": state}}
        assert check(document, silence={key: "the machine ends after an hour"}) == []
        assert require_valid(document, silence={key: "the machine ends after an hour"}) == []

    def test_a_rule_in_another_state(self) -> None:
        rules = [one.rule for one in check(waiting(), silence={"Other.wait-timeout": "no such state"})]
        assert rules == ["wait-timeout", "silence-unused"]

    @pytest.mark.parametrize(
        ("key", "reason"),
        [
            ("wait-timeot", "misspelt"),
            ("wait-timeout", " "),
            ("wait-timeout", None),
            ("cycle", "fundamental"),
            ("", "x"),
        ],
    )
    def test_a_wrong_one_is_an_error(self, key: str, reason: Any) -> None:
        rules = [one.rule for one in check(waiting(), silence={key: reason})]
        assert rules == ["wait-timeout", "silence"]
        with pytest.raises(DefinitionError, match="silence"):
            require_valid(waiting(TimeoutSeconds=5), silence={key: reason})

    def test_one_that_silences_nothing_is_a_warning(self) -> None:
        (finding,) = check(waiting(TimeoutSeconds=5), silence={"wait-timeout": "once needed"})
        assert (finding.rule, finding.severity) == ("silence-unused", Severity.WARNING)

    def test_only_that_rule_is_silenced(self) -> None:
        document = waiting()
        del document["States"]["Ask"]["Parameters"]["MessageBody"]["TaskToken.$"]
        assert [one.rule for one in check(document, silence={"wait-timeout": "why not"})] == ["token-missing"]


TASK = {"Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "TimeoutSeconds": 5}
OF_STACK = "arn:aws:states:${AWS::Region}:${AWS::AccountId}:activity:work"
SECONDS = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 300, "End": True}}}


class TestExpress:
    @pytest.mark.parametrize(
        ("document", "rules"),
        [
            (waiting(TimeoutSeconds=5), ["express-pattern"]),
            (
                waiting(**TASK, Resource="arn:aws:states:x-1:123456789012:activity:a"),
                ["express-pattern"],
            ),
            (waiting(**TASK, Resource=OF_STACK), ["express-pattern"]),
            (waiting(**TASK, Resource="countersign:wait"), ["express-pattern"]),
            (edits.right("distributed_jsonata"), ["express-pattern"]),
            (SECONDS, ["timeout-order"]),
            (waiting(**TASK, Resource="arn:aws:states:::sqs:sendMessage"), []),
        ],
    )
    def test_an_express_workflow_neither_waits_nor_runs_long(
        self, document: dict[str, Any], rules: list[str]
    ) -> None:
        findings = check(document, express=True)
        assert [one.rule for one in findings] == rules
        if document is SECONDS:
            assert findings[0].message == "300 is as long as an Express workflow may run, 300"
            assert check(document) == []


class TestText:
    RIGHT = json.dumps(waiting(TimeoutSeconds=5), indent=1)

    @pytest.mark.parametrize(
        ("written", "twice", "path"),
        [
            ('"End": true', '"End": true, "TimeoutSeconds": 7', "States.Ask.TimeoutSeconds"),
            ('"States": {', '"States": {"Ask": {},', "States.Ask"),
            (
                '"MessageBody": {',
                '"MessageBody": {"x": [1, {"a": 1, "a": 2}],',
                "States.Ask.Parameters.MessageBody.x[1].a",
            ),
        ],
    )
    def test_a_key_that_stands_twice(self, written: str, twice: str, path: str) -> None:
        (finding,) = check_text(self.RIGHT.replace(written, twice))
        assert (finding.rule, finding.path, finding.state) == ("duplicate-key", path, "Ask")

    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            *((text, "json") for text in ("", "[1,]", "{'a': 1}", "// no\n{}", '{"a": NaN}', "{} {}")),
            *((text, "value-type") for text in ("null", "[]", '"x"', "1", "true")),
            ("[" * 100_000, "depth"),
            ('{"a":' * 5_000 + "1" + "}" * 5_000, "depth"),
            ('{"TimeoutSeconds": ' + "9" * 1_000_000 + "}", "json"),
        ],
        ids=lambda value: str(value)[:20],
    )
    def test_what_is_no_definition(self, text: str, rule: str) -> None:
        assert [one.rule for one in check_text(text)] == [rule]

    @pytest.mark.parametrize(
        ("text", "place", "fix"),
        [
            ('{\n  "StartAt": oops\n}', "line 2, column 14", "correct the text there"),
            ('{"a": 1,\n "b": 2', "line 2, column 8", "the text ends too early: close what is open"),
            ('{"TimeoutSeconds": ${Timeout")}}', "line 1, column 20", "fill in the placeholder first"),
            ('{"a": ${A}, "b": ${b},\n oops}', "line 2, column 2", "correct the text there"),
            ('{"TimeoutSeconds": ${Timeout}0}', "line 1, column 30", "correct the text there"),
        ],
    )
    def test_the_place_of_a_mistake_is_told(self, text: str, place: str, fix: str) -> None:
        (finding,) = check_text(text)
        assert (finding.rule, finding.fix) == ("json", fix)
        assert f"at {place}" in finding.message

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "StartAt: A\nStates: {}\n",
                "---\nStartAt: A\n",
                "# A comment\nStartAt: A",
                "%YAML 1.2\n---\nA: 1\n",
            ),
            *(
                '"StartAt": A\n',
                "'StartAt' : A\n",
                "my-machine.v1:\n  StartAt: A\n",
                "\ufeffStartAt: A\n",
                "- A\n",
            ),
        ],
    )
    def test_yaml_is_said_to_be_yaml(self, text: str) -> None:
        (finding,) = check_text(text)
        assert (finding.rule, finding.fix) == ("json", "convert it to JSON first")
        assert "this is YAML" in finding.message

    def test_a_byte_order_mark_is_no_mistake(self) -> None:
        assert check_text("\ufeff" + self.RIGHT) == []
