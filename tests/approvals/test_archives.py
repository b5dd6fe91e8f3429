"""What is packed for each approval function: enough to start, and not more than it should be."""

import json
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from components.approvals import resources
from components.common.function import APPROVALS_PACKAGE, FUNCTIONS, archive

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "TABLE_NAME": "requests",
    "LINK_KEY_ID": "key",
    "LINK_BASE_URL": "https://approvals.test",
    "TOPIC_ARN": "topic",
    "FOLLOW_UP_FUNCTION": "follow-up",
    "APPROVERS": json.dumps(["ann@example.com"]),
}


def packed(folder: str) -> dict[str, Path]:
    left_out = {
        "approval_page": resources.NOT_FOR_THE_PAGE,
        "approval_follow_up": resources.NOT_FOR_THE_FOLLOW_UP,
    }
    made = archive(FUNCTIONS / folder, (APPROVALS_PACKAGE,), left_out.get(folder, ()))
    members: dict[str, Path] = {}
    for place, asset in made.assets.items():
        assert isinstance(asset, pulumi.FileAsset)
        members[place] = Path(asset.path)
    return members


@pytest.mark.parametrize(
    ("folder", "never"),
    [
        ("approval_page", {"approvals/asking", "countersign_runtime/processing"}),
        (
            "approval_follow_up",
            {"approvals/page", "approvals/page/languages", "countersign_runtime/processing"},
        ),
    ],
)
def test_what_a_function_never_imports_is_not_packed(folder: str, never: set[str]) -> None:
    folders = {str(Path(place).parent) for place in packed(folder)}
    assert folders >= {"approvals/request", "approvals/record", "countersign_contract/approvals"}
    assert not folders & never


@pytest.mark.parametrize(
    ("folder", "module"),
    [
        ("approval_page", "handler"),
        ("approval_follow_up", "handler"),
        ("approval_intake", "countersign_runtime.processing.worker"),
    ],
)
def test_the_archive_has_all_that_the_function_needs_to_start(
    folder: str, module: str, tmp_path: Path
) -> None:
    for place, file in packed(folder).items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(file.read_bytes())
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {module} as m; assert callable(m.handler)"
    )
    started = subprocess.run(
        [sys.executable, "-I", "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert started.returncode == 0, started.stderr


def test_a_folder_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(
        ValueError, match=r"leaving_out must name folders of the function's packages, got 'no'"
    ):
        archive(FUNCTIONS / "approval_page", (APPROVALS_PACKAGE,), ("no",))
