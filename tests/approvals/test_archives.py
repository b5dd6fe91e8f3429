"""What is packed for each approval function: no more than it should be. That it is enough is seen where the
functions run, in test_embedded.py."""

from pathlib import Path

import pytest

from components.approvals.functions import LEFT_OUT
from components.common.code.archive import APPROVALS_PACKAGE, FUNCTIONS, archive


@pytest.mark.parametrize(
    ("function", "never"),
    [
        ("approval_page", {"approvals/asking"}),
        ("approval_operator", {"approvals/page", "approvals/page/languages"}),
        ("approval_follow_up", {"approvals/page", "approvals/page/languages"}),
    ],
)
def test_what_a_function_never_imports_is_not_packed(function: str, never: set[str]) -> None:
    packed = archive(FUNCTIONS / function, (APPROVALS_PACKAGE,), LEFT_OUT[function])
    folders = {str(Path(place).parent) for place in packed.assets}
    assert folders >= {"approvals/request", "approvals/record", "countersign_contract/approvals"}
    assert not folders & (never | {"countersign_runtime/processing"})


def test_a_folder_that_is_not_there_cannot_be_left_out() -> None:
    says = r"leaving_out must name folders of the function's packages, got 'no'"
    with pytest.raises(ValueError, match=says):
        archive(FUNCTIONS / "approval_page", (APPROVALS_PACKAGE,), ("no",))
