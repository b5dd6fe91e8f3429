"""Right definitions have no finding at all; each wrong one is found by the one rule that it breaks."""

import json

import pytest

from components.asl import Definition, check_text
from components.asl.report.rules import RULES
from tests.asl.corpus import edits
from tests.asl.machines import found

# Rules about the text, about Python objects and about silencing: their tests are elsewhere.
ELSEWHERE = {
    "json", "duplicate-key", "value-type", "cycle", "depth", "definition-size", "silence", "silence-unused",
}  # fmt: skip
WRONG = edits.all_wrong()


@pytest.mark.parametrize("name", edits.names())
def test_a_right_definition_has_no_finding(name: str) -> None:
    document = edits.right(name)
    assert found(document) == set()
    assert check_text(json.dumps(document, indent=2)) == []
    assert document == edits.right(name), "checking changes nothing"
    assert Definition(document).tree == document


@pytest.mark.parametrize("edit", WRONG, ids=str)
def test_a_wrong_definition_breaks_one_rule(edit: edits.Edit) -> None:
    assert found(edits.wrong(edit)) == {edit.rule}


def test_every_rule_has_a_wrong_definition() -> None:
    assert len({str(edit) for edit in WRONG}) == len(WRONG), "an edit stands there twice"
    assert {edit.rule for edit in WRONG} == RULES.keys() - ELSEWHERE
