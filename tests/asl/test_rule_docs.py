"""The page with the rules is made from the rules."""

from tests.asl.rule_docs import PAGE, page


def test_the_page_is_current() -> None:
    """Run `python -m tests.asl.rule_docs` when this fails."""
    assert PAGE.read_text(encoding="utf-8") == page()
