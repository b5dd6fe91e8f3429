"""The page with the rules is made from the rules."""

from components.asl.report.rules import RULES
from tests.asl.rule_docs import CHAPTERS, PAGE, page


def test_the_page_is_current() -> None:
    """Run `python -m tests.asl.rule_docs` when this fails."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_is_in_one_chapter() -> None:
    listed = [rule.name for rules in CHAPTERS.values() for rule in rules]
    assert sorted(listed) == sorted(RULES)
