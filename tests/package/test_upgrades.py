"""An upgrade keeps every resource that holds state."""

import json
from collections.abc import Callable

import pytest

from tests.package.upgrades import IDENTIFYING, ONE_EACH, STATELESS, lost, queue, registered, snapshot
from tests.support.engine import Registration
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


QUEUE = "aws:sqs/queue:Queue"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (lambda: queue("orders"), []),
        (lambda: queue("orders", visibility_timeout_seconds=60), []),
        (
            lambda: queue("orders", fifo_queue=True),
            [f"{QUEUE} orders would be replaced: fifoQueue was None, is True"],
        ),
        (lambda: queue("payments"), [f"{QUEUE} orders would be deleted: an alias is missing"]),
        (lambda: queue("payments", alias="orders"), []),
        (
            lambda: [*queue("payments", alias="orders"), *queue("refunds", alias="orders")],
            [f"{QUEUE} refunds and payments would both be {QUEUE} orders"],
        ),
    ],
)
def test_what_an_upgrade_would_lose_is_told(now: Callable[[], list[Registration]], told: list[str]) -> None:
    assert lost(snapshot(queue("orders")), now()) == told


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
