"""What AWS accepts, however odd, is no error.

Each of these was seen in definitions that AWS publishes as samples (aws-samples/aws-stepfunctions-examples,
aws-samples/step-functions-workflows-collection, aws-samples/serverless-patterns).
"""

import pytest

from components.asl import Severity, check, check_text
from tests.asl.corpus import edits


@pytest.mark.parametrize("row", edits.rows(edits.Accepted, "accepted"), ids=str)
def test_states(row: edits.Accepted) -> None:
    findings = check({"StartAt": "First", "States": {"First": row.state, **row.others}})
    assert [str(one) for one in findings if one.severity is Severity.ERROR] == []
    assert {one.rule for one in findings} == set(row.rules)


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
