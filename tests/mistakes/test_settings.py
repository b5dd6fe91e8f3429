"""Mistakes in stack files, and what is said of them.

What no project's stack file may hold is in tests/local/test_config.py.
"""

from pathlib import Path

from tests.mistakes.told import checkout, told, told_here


def test_keys_misspelt_are_told_before_anything_is_created(tmp_path: Path) -> None:
    changes = {"approver": "ann@shop.org", "quorums": "1"}
    found = told_here(checkout(tmp_path / "program", "dev", changes), "dev")
    assert (found.said, found.made) == (
        (
            "error: Pulumi.dev.yaml: countersign:approver is not declared in Pulumi.yaml; did "
            "you mean countersign:approvers?\n"
            "Pulumi.dev.yaml: countersign:quorums is not declared in Pulumi.yaml; did "
            "you mean countersign:quorum?"
        ),
        (),
    )


def test_wrong_settings_are_told_all_at_once_with_the_stacks_name(tmp_path: Path) -> None:
    """One alone is in tests/program/test_program.py."""
    changes = {"maxReceiveCount": "0", "remindAfterSeconds": "5"}
    found = told(checkout(tmp_path / "program", "dev", changes), "dev")
    assert (found.said, found.made) == (
        (
            "error: 2 settings of the stack dev are wrong:\n"
            "countersign:maxReceiveCount must be between 1 and 1000, got 0\n"
            "countersign:remindAfterSeconds must be 0 (never) or between 60 and 31536000, got 5"
        ),
        (),
    )


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
