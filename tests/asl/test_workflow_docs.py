"""The page with the stack's own workflows is what the program deploys."""

from tests.asl.workflow_docs import PAGE, page


def test_the_page_is_current() -> None:
    """Run `python -m tests.asl.workflow_docs` when this fails."""
    assert PAGE.read_text() == page()
