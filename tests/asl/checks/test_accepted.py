"""What AWS accepts, however odd, is no error.

Each of these was seen in definitions that AWS publishes as samples (aws-samples/aws-stepfunctions-examples,
aws-samples/step-functions-workflows-collection, aws-samples/serverless-patterns).
"""

from typing import Any

import pytest

from components.asl import Severity, check, check_text
from tests.asl.corpus import edits


def rules(state: dict[str, Any], **others: dict[str, Any]) -> set[str]:
    """The rules a machine of these states breaks; none of them an error."""
    findings = check({"StartAt": "First", "States": {"First": state, **others}})
    assert [str(one) for one in findings if one.severity is Severity.ERROR] == []
    return {one.rule for one in findings}


@pytest.mark.parametrize(
    "path",
    [
        "$$.Execution.Name ", "$.[*].['bucket', 'key']", "$.[?(@.unit > 0)]", "$.detail-type",
        "$.Body.soap:Envelope.user@domain[0]", "$.detail['flow-name']", "$.entities[?(@.Score > .85)]",
        "$.approaches[?(@.workerId == $.agent_id)].approach",
        "$.tasks[?(@.TaskType == 'Map')].DestinationField",
        "$.pages[0].fields[?(@.Type.Text==AMOUNT_PAID)].value.Text", "$[?(@.language==es)].text",
        "$.versions[1:]", "$.versions[(@.length-1)].name",
        "States.Format('{}', $.versions[( @.length - 2 )])", "States.StringToJson($.[0].body)",
        "States.Format('{}\n{}', 'two lines', $.text)", "States.MathAdd($.count, -1)",
        "States.Format('C:\\\\{}', $.name)", "States.Format('\\{\\} is no place for {}', $.name)",
        "States.Format('{}_batch{}',$$.Execution.Name,$['a']['b']['number'])",
        "States.Format('unload (\\'{}\\') to \\'s3://{}/result_\\'', $.query, $.bucket)",
        "States.Format('{}/{}.json', 'by-date', States.ArrayGetItem(States.StringSplit($.type, '::'), 1))",
        'States.JsonMerge(States.StringToJson($.Body), States.StringToJson(\'{"New": "value" }\'), false)',
    ],
)  # fmt: skip
def test_paths_and_functions(path: str) -> None:
    assert rules({"Type": "Pass", "Parameters": {"value.$": path}, "End": True}) == set()


@pytest.mark.parametrize("row", edits.accepted(), ids=str)
def test_states(row: edits.Accepted) -> None:
    assert rules(row.state, **row.others) == set(row.rules)


WITH_HOLES = """{
  "Comment": "not this one: \\"${Name}\\", and ${Nor} this",
  "TimeoutSeconds": ${var.timeout},
  "StartAt": "Run",
  "States": {"Run": {
    "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": ${Seconds},
    "Parameters": {
      "Cluster": "${Cluster}", "TaskDefinition": "${Definition}",
      "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ${join(var.subnets)}}}
    },
    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds":${Wait}, "MaxAttempts": ${Attempts}}],
    "End": true
  }}
}
"""


class TestPlaceholdersWithoutQuotes:
    """A template fills them in with numbers and arrays; until then the text is no JSON."""

    def test_they_are_one_note(self) -> None:
        (finding,) = check_text(WITH_HOLES)
        assert (finding.severity, finding.rule) == (Severity.NOTE, "placeholder")
        assert "at line 3, column 21 stands without quotes (and 4 more like it)" in finding.message

    def test_what_else_is_wrong_is_found(self) -> None:
        found = check_text(WITH_HOLES.replace('"End": true', '"Next": "Walk"'))
        assert [one.rule for one in found if one.severity is Severity.ERROR] == ["transition-target"]

    def test_they_can_be_silenced(self) -> None:
        assert check_text(WITH_HOLES, silence={"placeholder": "Terraform fills them in"}) == []
