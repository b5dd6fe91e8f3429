"""What an ApprovalApi's wait state asks."""

from datetime import date
from typing import Any

import pytest

from components import ApprovalApi
from tests.support.cases import make
from tests.support.engine import deploy


@pytest.fixture(scope="module")
def approvals() -> ApprovalApi:
    made: list[ApprovalApi] = []
    deploy(
        lambda: made.append(make("ApprovalApi", "release", approvers=["ann@example.com", "bob@example.com"]))
    )
    return made[0]


def asked(approvals: ApprovalApi, **more: Any) -> dict[str, Any]:
    state = approvals.wait(**{"subject": "Release", "timeout_seconds": 60, **more})
    parameters = state["Parameters"]["MessageBody"]
    assert parameters["TaskToken.$"] == "$$.Task.Token"
    request: dict[str, Any] = parameters["Request"]
    return request


def test_a_wait_looks_up_what_is_a_path_and_passes_on_what_is_not(approvals: ApprovalApi) -> None:
    assert asked(approvals) == {"subject": "Release"}
    assert asked(
        approvals,
        subject="Release {$.version} to {$.stage}, it's {'{'}"[:32],
        details={"a.$": "$.b"},
        fields=[{"name": "x"}],
        approvers="$.who",
        quorum=2,
        requester="$.by",
    ) == {
        "subject.$": "States.Format('Release {} to {}', $.version, $.stage)",
        "details": {"a.$": "$.b"},
        "fields": [{"name": "x"}],
        "approvers.$": "$.who",
        "quorum": 2,
        "requester.$": "$.by",
    }
    assert asked(approvals, subject="$.title")["subject.$"] == "$.title"
    assert asked(approvals, subject="it's {$.a}")["subject.$"] == "States.Format('it\\'s {}', $.a)"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        *(
            ({"subject": text}, f"subject must say what is filled in as in {{$.version}}, got '{text}'")
            for text in ("Release {}", "Release {version}", "Release $.version")
        ),
        (
            {"subject": "Release {$.version}", "query_language": "JSONata"},
            "subject must be looked up by {% ... %} in JSONata, got 'Release {$.version}'",
        ),
        ({"subject": "{% $states.input.title %}"}, "subject must be looked up by a path, as in {$.order}"),
        *(
            ({"details": held}, f"details must not hold the task token, the right to answer, got '{place}'")
            for place in ("$$", "$$.Task", "$$.Task.Token")
            for held in (place, {"deep": [{"a.$": place}]})
        ),
        *(
            (
                {"details": {"a": place}, "query_language": "JSONata"},
                f"details must not hold the task token, the right to answer, got '{place}'",
            )
            for place in ("{% $states.context %}", "{%$states.context.Task.Token%}")
        ),
        ({"fields": [{"name": "a", "type": "date"}]}, "field a: type must be one of text, number, choice"),
        (
            {"approvers": ["ann@example.com", "Ann@example.com"], "quorum": 2},
            "quorum must be between 1 and 1, as so many people are asked, got 2",
        ),
        ({"details": {"at": date(2026, 1, 1)}}, "details must be JSON: Object of type date is not"),
        ({"approvers": "$.who", "quorum": 2.5}, "quorum must be a whole number, got 2.5"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_a_wrong_wait_is_named(approvals: ApprovalApi, wrong: dict[str, Any], message: str) -> None:
    """The contract refuses more, as told in tests/approvals/test_intake.py."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the message is checked below)
        asked(approvals, **wrong)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "later",
    [
        {"approvers": "$.who", "quorum": 5},
        {"fields": [{"name": "a", "type": "choice", "options.$": "$.options"}]},
        {"details": {"deep": [{"a.$": "$.b"}], "who.$": "$$.Execution.Id", "text": "$$"}},
        {"requester": "$.by", "quorum": 2},
        {"query_language": "JSONata", "subject": "{% $states.input.title %}", "approvers": "{% $who %}"},
    ],
)
def test_what_is_looked_up_is_left_to_the_intake(approvals: ApprovalApi, later: dict[str, Any]) -> None:
    state = approvals.wait(**{"subject": "Release", "timeout_seconds": 60, **later})
    assert state["Resource"].endswith(".waitForTaskToken")
