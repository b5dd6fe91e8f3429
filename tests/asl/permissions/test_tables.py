"""The tables are readable, their `*` are AWS's, and what their words find is exact."""

import json
import re

import pytest

from components.asl import UnresolvedPermission
from components.asl.permissions import grants
from components.asl.permissions.grants import FINDERS
from components.asl.services.integrations import OPTIMIZED, arguments, lookup, sdk_action
from tests.asl.corpus import edits
from tests.asl.places import derived, described, missing, task

TABLES = {name: grants.table(name) for name in ("optimised.csv", "sdk.csv")}
ROWS = [
    (integration, row)
    for table in TABLES.values()
    for integration, rows in table.items()
    for row in rows
    if row.actions
]


def test_every_optimised_integration_has_rows() -> None:
    own = {"sts:assumeRole", *(name for name in TABLES["optimised.csv"] if name.startswith("map:"))}
    assert TABLES["optimised.csv"].keys() - own == OPTIMIZED.keys()


def test_every_sdk_row_is_of_an_action_that_exists() -> None:
    for integration in TABLES["sdk.csv"]:
        assert sdk_action(*integration.split(":")) is not None, integration


def test_every_row_says_what_for_and_where_aws_says_so() -> None:
    for integration, row in ROWS:
        assert row.page.startswith("https://docs.aws.amazon.com/"), integration
        assert re.fullmatch(r"[A-Za-z0-9]+", row.sid), integration
        assert [*row.actions] == sorted(row.actions), integration
        assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action) for action in row.actions), integration


def test_every_resource_is_a_word_an_arn_or_a_reason() -> None:
    for integration, row in ROWS:
        word = row.resource.split()[0]
        known = word in FINDERS or row.resource.startswith(("by hand: ", "{"))
        arn = re.fullmatch(r"[a-z0-9-]+:[\w/{}[\].=?,:$*-]+", row.resource) is not None
        assert known or arn or row.resource == "*", (integration, row.resource)


def test_only_actions_without_a_resource_type_are_allowed_on_everything() -> None:
    """As the Service Authorization Reference has it; and each of them carries the reference's page."""
    for integration, row in ROWS:
        if row.resource == "*":
            assert "/service-authorization/" in row.page, integration
            known = sdk_action(*integration.split(":")) if integration in TABLES["sdk.csv"] else None
            if known is not None and known.iam_action == row.actions[0]:
                assert known.resources == (), integration


@pytest.mark.parametrize(("name", "prefix"), [("optimised.csv", ""), ("sdk.csv", "aws-sdk:")])
def test_whoever_tags_what_a_call_makes_may_tag_it(name: str, prefix: str) -> None:
    """Without that AWS refuses the whole call, and only if there are tags."""
    checked = 0
    for integration, rows in TABLES[name].items():
        known = lookup(f"arn:aws:states:::{prefix}{integration}")
        tagging = [row for row in rows if any("Tag" in action for action in row.actions)]
        for given in {"Tags", "JobTags", "CustomModelTags"} & ((known and arguments(known)) or frozenset()):
            assert any(not row.when or given in row.when.split() for row in tagging), integration
            checked += 1
    assert checked > 15


def test_a_star_in_an_argument_is_a_star_and_nothing_more() -> None:
    """Whatever table a call is in, `any*` among its arguments never stands as it is in an ARN."""
    starred = {
        "Entries": [{"EventBusName": "any*"}],
        "RequestItems": {"any*": {}},
        "Delete": {"Objects": [{}]},
    }
    for integration, row in ROWS:
        names = {*re.findall(r"\{([\w.]+)", row.resource), *row.resource.split()[1:], "Bucket", "Key", "Name"}
        arguments = {name.partition(".")[0]: "any*" for name in names if name[0].isupper()}
        resource = integration if integration in OPTIMIZED else f"aws-sdk:{integration}"
        try:
            found = derived(task(resource, {**arguments, **starred}))
        except UnresolvedPermission:
            continue
        assert "any*" not in json.dumps([statement["Resource"] for statement in found]), integration


@pytest.mark.parametrize("row", edits.rows(edits.Called, "calls"), ids=str)
def test_what_a_call_needs(row: edits.Called) -> None:
    """What cannot be derived is an error that says what to add by hand."""
    state = {**task(row.resource), **row.fields}
    assert sorted(described(state)) == row.statements
    if row.reason:
        message = missing(state)
        assert message.startswith(f"State 0: {row.reason}")
        assert ": add an extra statement that allows " in message
        assert message.endswith(("/)", ".html)"))
