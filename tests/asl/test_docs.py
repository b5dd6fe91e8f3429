"""The pages that are made from the rules and from the stack's own workflows are current."""

from pathlib import Path

import pytest

from tests.asl import rule_docs, workflow_docs


@pytest.mark.parametrize(
    ("path", "made"), [(rule_docs.PAGE, rule_docs.page), (workflow_docs.PAGE, workflow_docs.page)]
)
def test_the_page_is_current(path: Path, made: object) -> None:
    """Run `python -m tests.asl.rule_docs` or `python -m tests.asl.workflow_docs` when this fails."""
    assert callable(made)
    assert path.read_text(encoding="utf-8") == made()
