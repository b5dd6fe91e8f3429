"""Mistakes in stack files: what is changed in `Pulumi.dev.yaml` → what is said.

What no project's stack file may hold is in tests/local/test_config.py.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.mistakes.told import checkout, told, told_here

MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "two keys misspelt": (
        {"approver": "ann@shop.org", "quorums": "1"},
        (
            "error: Pulumi.dev.yaml: countersign:approver is not declared in Pulumi.yaml; did "
            "you mean countersign:approvers?\n"
            "Pulumi.dev.yaml: countersign:quorums is not declared in Pulumi.yaml; did "
            "you mean countersign:quorum?"
        ),
    ),
    "no mail address": (
        {"approvers": ["ann@shop.org", "bob"]},
        "error: countersign:approvers must each be a mail address, got 'bob'",
    ),
    "the same address twice": (
        {"notificationEmails": ["ops@shop.org", "ops@shop.org"]},
        ("error: countersign:notificationEmails must not name anything twice, got 'ops@shop.org' twice"),
    ),
    "a schedule of five fields": (
        {"approvalSchedule": "cron(0 9 * * 1)"},
        (
            "error: countersign:approvalSchedule must be rate(...), cron(...) with six fields, "
            "at(...) or empty, got 'cron(0 9 * * 1)'"
        ),
    ),
    "a quorum that nobody can reach": (
        {"quorum": "2"},
        "error: countersign:quorum must be at most the number of approvers, 1, got 2",
    ),
    "a workflow misspelt": (
        {"workflows": ["order_payments"]},
        (
            "error: countersign:workflows must each be one of order_payment, "
            "scheduled_approval, callback_chain, stored_tokens, got 'order_payments'; did you "
            "mean order_payment?"
        ),
    ),
    "the ARN of a queue for a topic": (
        {"alarmTopicArn": "arn:aws:sqs:eu-west-1:123456789012:alarms"},
        (
            "error: countersign:alarmTopicArn must be an SNS topic's ARN, got "
            "'arn:aws:sqs:eu-west-1:123456789012:alarms'"
        ),
    ),
    "escalation to nobody": (
        {"escalateAfterSeconds": "600"},
        (
            "error: countersign:escalationApprovers must be given together with "
            "escalateAfterSeconds, or neither"
        ),
    ),
    "more than one": (
        {"maxReceiveCount": "0", "remindAfterSeconds": "5"},
        (
            "error: 2 settings of the stack dev are wrong:\n"
            "countersign:maxReceiveCount must be between 1 and 1000, got 0\n"
            "countersign:remindAfterSeconds must be 0 (never) or between 60 and 31536000, got 5"
        ),
    ),
}


@pytest.mark.parametrize("mistake", [name for name in MISTAKES if name != "more than one"])
def test_it_is_told_before_anything_is_created(mistake: str, tmp_path: Path) -> None:
    changes, said = MISTAKES[mistake]
    found = told_here(checkout(tmp_path / "program", "dev", changes), "dev")
    assert (found.said, found.made) == (said, ())


def test_a_person_reads_just_that(tmp_path: Path) -> None:
    """In several lines, and with the stack's name. In one line it is the test below."""
    changes, said = MISTAKES["more than one"]
    found = told(checkout(tmp_path / "program", "dev", changes), "dev")
    assert (found.said, found.made) == (said, ())


def test_the_keys_of_a_project_that_was_renamed_are_not_ignored(tmp_path: Path) -> None:
    """`pulumi new --name release` copies the stack files, and leaves their keys as they are."""
    found = told(checkout(tmp_path / "program", "prod", name="release"), "prod")
    assert (found.said, found.made) == (
        (
            "error: Pulumi.prod.yaml has keys of the project countersign, but this one is "
            "called release and would ignore them, deletionProtection among them: let them "
            "begin with release: instead of countersign:"
        ),
        (),
    )


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "program", "dev")
    (folder / "Pulumi.dev.yaml").write_bytes(
        "config:\n  countersign:approvers: [j\xf6rg@shop.org]\n".encode("latin-1")
    )
    line = "error: Pulumi.dev.yaml cannot be read: it is not UTF-8"
    assert told_here(folder, "dev").said == line
