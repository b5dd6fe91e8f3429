"""What an ApprovalApi's wait state asks."""

from typing import Any

import pytest

from components import ApprovalApi
from tests.support.engine import deploy

ARGS: dict[str, Any] = {
    "approvers": ["ann@example.com", "bob@example.com"],
    "topic_arn": "arn:aws-test:sns:eu-west-1:123456789012:mails",
}


def waits(**asked: Any) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def program() -> None:
        approvals = ApprovalApi("release", ARGS)  # type: ignore[arg-type]
        found.append(approvals.wait(**{"subject": "Release", "timeout_seconds": 60, **asked}))

    deploy(program)
    parameters = found[0]["Parameters"]["MessageBody"]
    assert parameters["TaskToken.$"] == "$$.Task.Token"
    request: dict[str, Any] = parameters["Request"]
    return request


def test_a_wait_looks_up_what_is_a_path_and_passes_on_what_is_not() -> None:
    assert waits() == {"subject": "Release"}
    assert waits(
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
    assert waits(subject="$.title")["subject.$"] == "$.title"
    assert waits(subject="it's {$.a}")["subject.$"] == "States.Format('it\\'s {}', $.a)"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"subject": " "}, "subject must not be empty, got ' '"),
        ({"subject": "Release {}"}, "subject must say what goes into {}, as in {$.version}"),
        ({"fields": [{"label": "x"}]}, "fields must each be a dict with a name"),
        (
            {"fields": [{"name": "a", "type": "date"}]},
            "fields: type of a must be one of text, number, choice",
        ),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "fields must have names of their own, got 'a' twice"),
        ({"approvers": []}, "approvers must name at least one, got []"),
        ({"quorum": 0}, "quorum must be at least 1, got 0"),
        ({"quorum": 3}, "quorum must be at most 2, as so many people are asked, got 3"),
        (
            {"approvers": ["ann@example.com", "Ann@example.com"], "quorum": 2},
            "quorum must be at most 1, as so many people are asked, got 2",
        ),
        ({"timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_a_wrong_wait_is_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the message is checked below)
        waits(**wrong)
    assert message in str(refused.value)
