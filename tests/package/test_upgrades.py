"""An upgrade keeps every resource that holds state."""

import json

from tests.package.upgrades import IDENTIFYING, ONE_EACH, STATELESS, lost, queue, registered, snapshot
from tools.generate.registered import FILE


def test_nothing_that_the_version_before_registered_is_lost() -> None:
    """Until the first release: nothing of a stack that was deployed from a commit.

    When a version is before, `python -m tools.generate registered` writes what it registers.
    """
    assert lost(json.loads(FILE.read_text()), registered()) == []


def test_every_type_is_known_to_hold_state_or_not() -> None:
    known = [*IDENTIFYING, *ONE_EACH, *STATELESS]
    assert len(set(known)) == len(known)
    assert {resource.type for resource in registered()} <= set(known)


def test_a_rename_needs_an_alias() -> None:
    before = snapshot(queue("orders"))
    assert lost(before, queue("orders")) == []
    assert lost(before, queue("payments")) == [
        "aws:sqs/queue:Queue orders would be deleted: an alias is missing"
    ]
    assert lost(before, queue("payments", alias="orders")) == []


def test_an_identifying_input_must_stay() -> None:
    before = snapshot(queue("orders"))
    assert lost(before, queue("orders", visibility_timeout_seconds=60)) == []
    assert lost(before, queue("orders", fifo_queue=True)) == [
        "aws:sqs/queue:Queue orders would be replaced: fifoQueue was None, is True"
    ]


def test_two_cannot_be_what_one_was() -> None:
    before = snapshot(queue("orders"))
    both = [*queue("payments", alias="orders"), *queue("refunds", alias="orders")]
    assert lost(before, both) == [
        "aws:sqs/queue:Queue refunds and payments would both be aws:sqs/queue:Queue orders"
    ]


def test_what_aws_has_one_of_keeps_its_name_too() -> None:
    before = snapshot(registered())
    (route,) = [urn for urn in before if urn.endswith("::it-page-links")]
    renamed = {**{urn: kept for urn, kept in before.items() if urn != route}, f"{route}-x": before[route]}
    assert lost(renamed, registered()) == [
        "aws:apigatewayv2/route:Route it-page-links-x would be deleted: an alias is missing"
    ]


def test_a_change_of_parents_is_a_rename() -> None:
    before = snapshot(queue("orders"))
    moved = {urn.replace("test:index:Team$", "test:index:Group$"): inputs for urn, inputs in before.items()}
    assert len(lost(moved, queue("orders"))) == 1
