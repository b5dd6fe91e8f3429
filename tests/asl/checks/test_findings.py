"""What a finding says, which findings refuse a definition, and how rules are silenced."""

import json
from typing import Any

import pytest

from components.asl import DefinitionError, Finding, Severity, check, check_text, require_valid
from components.asl.report.rules import RULES
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

    def test_a_path_where_a_number_belongs_is_told_where_it_belongs(self) -> None:
        (finding,) = check(waiting(TimeoutSeconds="$.seconds"))
        assert finding.fix == "give an integer from 1 to 99999999, or use TimeoutSecondsPath"

    @pytest.mark.parametrize(
        ("name", "fix"),
        [
            ("States.TimeOut", "did you mean States.Timeout?"),
            ("State.ALL", "did you mean States.ALL?"),
            ("States.Runtimes", "errors of your own have other names"),  # Nothing catches States.Runtime.
            ("States.QuorumMet", "errors of your own have other names"),
            ("states.all", "did you mean States.ALL?"),
            ("STATES.ALL", "did you mean States.ALL?"),
            ("States.all", "did you mean States.ALL?"),
            ("STATES.TIMEOUT", "did you mean States.Timeout?"),
        ],
    )
    def test_an_error_name_is_only_corrected_to_one_that_is_near(self, name: str, fix: str) -> None:
        document = waiting(TimeoutSeconds=60, Retry=[{"ErrorEquals": [name]}])
        (finding,) = check(document)
        assert (finding.rule, finding.fix) == ("error-name-unknown", fix)

    def test_a_jsonpath_rule_of_a_jsonata_choice_is_told_once(self) -> None:
        rule = {"Variable": "$.a", "StringEquals": "b", "Next": "End"}
        document = {
            "QueryLanguage": "JSONata",
            "StartAt": "Which?",
            "States": {
                "Which?": {"Type": "Choice", "Choices": [rule], "Default": "End"},
                "End": {"Type": "Succeed"},
            },
        }
        (finding,) = check(document)
        assert (finding.rule, finding.path) == ("query-language", "States.Which?.Choices[0].Variable")

    @pytest.mark.parametrize(
        ("expression", "told"),
        [
            ("$states.input.a == 1", "== is not understood: write ="),
            ("$states.input.a && true", "&& is not understood: write and"),
            ("$states.input.a || true", "|| is not understood: write or"),
            ("!$states.input.a", "for not, write $not(…)"),
        ],
    )
    def test_an_operator_of_another_language(self, expression: str, told: str) -> None:
        document = {"QueryLanguage": "JSONata", "StartAt": "A"}
        state = {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}
        (finding,) = check({**document, "States": {"A": state}})
        assert finding.rule == "jsonata"
        assert told in finding.message

    def test_an_empty_machine_lacks_two_things(self) -> None:
        assert [one.path for one in check({})] == ["StartAt", "States"]

    def test_a_text_that_ends_too_early_says_so(self) -> None:
        (finding,) = check_text(json.dumps(waiting(TimeoutSeconds=60))[:-1])
        assert finding.fix == "the text ends too early: close what is open"

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

    def test_in_a_file_it_is_a_warning(self) -> None:
        (finding,) = check(waiting())
        assert (finding.rule, finding.severity) == ("wait-timeout", Severity.WARNING)

    def test_in_a_component_it_is_an_error(self) -> None:
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

    def test_the_rules_of_the_house(self) -> None:
        house = {rule.name for rule in RULES.values() if rule.house}
        assert house == {"wait-timeout", "wait-failure-unnoticed", "placeholder"}


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

    def test_going_on_as_if_nothing_had_happened(self) -> None:
        assert self.after({"Type": "Pass", "Next": "Good"}) == ["wait-failure-unnoticed"]

    def test_telling_somebody_and_ending_well(self) -> None:
        tell = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": "t", "Message": "failed"},
        }
        assert self.after({**tell, "End": True}) == ["wait-failure-unnoticed"]
        assert self.after({**tell, "Next": "S1"}, {"Type": "Succeed"}) == ["wait-failure-unnoticed"]

    def test_ending_in_failure(self) -> None:
        assert self.after({"Type": "Fail"}) == []
        assert self.after({"Type": "Pass", "Next": "S1"}, {"Type": "Fail"}) == []

    def test_deciding_again(self) -> None:
        choice = {
            "Type": "Choice",
            "Choices": [{"Variable": "$.Error", "StringEquals": "Late", "Next": "Good"}],
            "Default": "S1",
        }
        assert self.after(choice, {"Type": "Fail"}) == []

    def test_asking_again(self) -> None:
        again = waiting(TimeoutSeconds=5)["States"]["Ask"]
        assert self.after(again) == []
        assert self.after({"Type": "Wait", "Seconds": 5, "Next": "Ask"}) == []

    def test_a_failure_behind_the_failure_is_its_own_affair(self) -> None:
        work = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "undo"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Good"}],
            "Next": "S1",
        }
        assert self.after(work, {"Type": "Fail"}) == []

    def test_a_wait_inside_a_parallel_counts_for_the_catch_around_it(self) -> None:
        document = {
            "StartAt": "Both",
            "States": {
                "Both": {
                    "Type": "Parallel",
                    "Branches": [waiting(TimeoutSeconds=5)],
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Good"}],
                    "Next": "Good",
                },
                "Good": {"Type": "Succeed"},
            },
        }
        assert [one.rule for one in check(document)] == ["wait-failure-unnoticed"]


class TestSilence:
    def test_a_rule(self) -> None:
        assert check(waiting(), silence={"wait-timeout": "the machine ends after an hour"}) == []

    def test_a_rule_in_one_state(self) -> None:
        assert check(waiting(), silence={"Ask.wait-timeout": "the machine ends after an hour"}) == []
        rules = [one.rule for one in check(waiting(), silence={"Other.wait-timeout": "no such state"})]
        assert rules == ["wait-timeout", "silence-unused"]

    def test_a_state_whose_name_has_a_dot(self) -> None:
        document = waiting()
        document["States"]["v1.2"] = document["States"].pop("Ask")
        document["StartAt"] = "v1.2"
        assert check(document, silence={"v1.2.wait-timeout": "the machine ends after an hour"}) == []

    def test_it_holds_in_components_too(self) -> None:
        assert require_valid(waiting(), silence={"wait-timeout": "the machine ends after an hour"}) == []

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


class TestExpress:
    @pytest.mark.parametrize(
        "resource",
        [
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "arn:aws:states:eu-west-1:123456789012:activity:work",
            "arn:aws:states:${AWS::Region}:${AWS::AccountId}:activity:work", "countersign:wait",
        ],
    )  # fmt: skip
    def test_an_express_workflow_does_not_wait(self, resource: str) -> None:
        document = waiting(Resource=resource, TimeoutSeconds=5)
        assert "express-pattern" in {one.rule for one in check(document, express=True)}

    def test_an_express_workflow_does_not_wait_longer_than_it_may_run(self) -> None:
        document = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 300, "End": True}}}
        assert check(document) == []
        (finding,) = check(document, express=True)
        assert (finding.rule, finding.message) == (
            "timeout-order",
            "300 is as long as an Express workflow may run, 300",
        )

    def test_an_express_workflow_has_no_distributed_map(self) -> None:
        rules = [one.rule for one in check(edits.right("distributed_jsonata"), express=True)]
        assert rules == ["express-pattern"]

    def test_an_express_workflow_that_does_not_wait(self) -> None:
        document = waiting(
            Resource="arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": "q", "MessageBody": "m"}
        )
        assert check(document, express=True) == []


class TestText:
    RIGHT = json.dumps(waiting(TimeoutSeconds=5), indent=1)

    def rules(self, text: str) -> list[tuple[str, str]]:
        return [(one.rule, one.path) for one in check_text(text)]

    def test_a_key_that_stands_twice(self) -> None:
        text = self.RIGHT.replace('"End": true', '"End": true, "TimeoutSeconds": 7')
        assert self.rules(text) == [("duplicate-key", "States.Ask.TimeoutSeconds")]
        assert check_text(text)[0].state == "Ask"

    def test_a_state_that_stands_twice(self) -> None:
        text = self.RIGHT.replace('"States": {', '"States": {"Ask": {},')
        assert self.rules(text) == [("duplicate-key", "States.Ask")]

    def test_a_place_in_an_array(self) -> None:
        text = self.RIGHT.replace('"QueueUrl"', '"MessageAttributes": [1, {"a": 1, "a": 2}], "QueueUrl"')
        assert self.rules(text) == [("duplicate-key", "States.Ask.Parameters.MessageAttributes[1].a")]

    @pytest.mark.parametrize(
        "text", ["", "{", "[1,]", '{"a": 1,}', "{'a': 1}", "// no\n{}", '{"a": NaN}', "{} {}"]
    )
    def test_what_is_no_json(self, text: str) -> None:
        assert [rule for rule, _ in self.rules(text)] == ["json"]

    def test_the_position_is_told(self) -> None:
        (finding,) = check_text('{\n  "StartAt": oops\n}')
        assert "at line 2, column 14" in str(finding)

    def test_a_hole_that_leaves_no_json_is_named_as_such(self) -> None:
        (finding,) = check_text('{"TimeoutSeconds": ${Timeout")}}')
        assert finding.fix == "fill in the placeholder first"

    def test_the_position_of_a_mistake_after_holes(self) -> None:
        (finding,) = check_text('{"TimeoutSeconds": ${Timeout}, "a": ${b},\n oops}')
        assert (finding.rule, finding.fix) == ("json", "correct the text there")
        assert "at line 2, column 2" in finding.message
        (finding,) = check_text('{"TimeoutSeconds": ${Timeout}0}')
        assert "at line 1, column 30" in finding.message

    def test_a_byte_order_mark_is_no_mistake(self) -> None:
        assert check_text("\ufeff" + self.RIGHT) == []

    @pytest.mark.parametrize("text", ["null", "[]", '"x"', "1", "true"])
    def test_json_that_is_no_object(self, text: str) -> None:
        assert [rule for rule, _ in self.rules(text)] == ["value-type"]

    def test_a_depth_bomb(self) -> None:
        assert [rule for rule, _ in self.rules("[" * 100_000)] == ["depth"]
        assert [rule for rule, _ in self.rules('{"a":' * 5_000 + "1" + "}" * 5_000)] == ["depth"]

    def test_a_number_with_a_million_digits(self) -> None:
        assert [rule for rule, _ in self.rules('{"TimeoutSeconds": ' + "9" * 1_000_000 + "}")] == ["json"]
