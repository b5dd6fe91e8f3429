"""Right definitions have no finding at all; each wrong one is found by the one rule that it breaks."""

import json

import pytest

from components.asl import Definition, DefinitionError, Severity, check, check_text, require_valid
from components.asl.report.rules import RULES
from tests.asl.corpus import edits
from tests.asl.corpus.wrong import WRONG

# Rules about the text, about Python objects and about silencing: their tests are elsewhere.
ELSEWHERE = {
    "json",
    "duplicate-key",
    "value-type",
    "cycle",
    "depth",
    "definition-size",
    "silence",
    "silence-unused",
}


@pytest.mark.parametrize("name", edits.names())
def test_a_right_definition_has_no_finding(name: str) -> None:
    document = edits.right(name)
    assert check(document) == []
    assert require_valid(document) == []
    assert check_text(json.dumps(document, indent=2)) == []


@pytest.mark.parametrize("edit", WRONG, ids=str)
def test_a_wrong_definition_breaks_one_rule(edit: edits.Edit) -> None:
    document = edits.wrong(edit)
    findings = check(document)
    assert {one.rule for one in findings} == {edit.rule}
    for one in findings:
        assert one.severity is RULES[one.rule].severity
        assert one.message
        assert one.fix
        assert "\n" not in str(one)


@pytest.mark.parametrize(
    "edit", [edit for edit in WRONG if RULES[edit.rule].severity is Severity.ERROR], ids=str
)
def test_an_error_refuses_the_definition(edit: edits.Edit) -> None:
    with pytest.raises(DefinitionError) as raised:
        require_valid(edits.wrong(edit))
    assert {one.rule for one in raised.value.findings} == {edit.rule}
    assert f": {edit.rule}: " in str(raised.value)


def test_the_corpus_is_large_and_covers_every_rule() -> None:
    assert len(WRONG) >= 150
    assert len({str(edit) for edit in WRONG}) == len(WRONG), "an edit stands there twice"
    assert {edit.rule for edit in WRONG} == RULES.keys() - ELSEWHERE


@pytest.mark.parametrize("name", edits.names())
def test_checking_changes_nothing(name: str) -> None:
    document = edits.right(name)
    check(document)
    assert document == edits.right(name)


@pytest.mark.parametrize("name", edits.names())
def test_the_copy_that_is_checked_is_equal(name: str) -> None:
    assert Definition(edits.right(name)).tree == edits.right(name)
