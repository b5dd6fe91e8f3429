"""An upgrade keeps every resource that holds state."""

import json
import os
from pathlib import Path

import pytest

from components.version import VERSION
from tests.package.upgrades import IDENTIFYING, ONE_EACH, STATELESS, lost, queue, registered, snapshot
from tests.support.engine import Registration

RELEASED = Path(__file__).with_name("released")


@pytest.fixture(scope="module")
def now() -> list[Registration]:
    return registered()


def test_nothing_of_the_released_version_is_replaced(now: list[Registration]) -> None:
    """To release a version, write its snapshot: `RENEW=1 pytest tests/package/test_upgrades.py`.

    One that is there is not written again, so that what was released is not forgotten before the next one.
    """
    file = RELEASED / f"{VERSION}.json"
    if os.environ.get("RENEW") and not file.exists():
        file.write_text(json.dumps(snapshot(now), indent=2, sort_keys=True) + "\n")
    versions = sorted(RELEASED.glob("*.json"), key=lambda file: tuple(map(int, file.stem.split("."))))
    assert versions, "no version was released"
    assert lost(json.loads(versions[-1].read_text()), now) == []


def test_every_type_is_known_to_hold_state_or_not(now: list[Registration]) -> None:
    known = [*IDENTIFYING, *ONE_EACH, *STATELESS]
    assert len(set(known)) == len(known)
    assert {resource.type for resource in now} <= set(known)


def test_a_rename_needs_an_alias() -> None:
    released = snapshot(queue("orders"))
    assert lost(released, queue("orders")) == []
    assert lost(released, queue("payments")) == [
        "aws:sqs/queue:Queue orders would be deleted: an alias is missing"
    ]
    assert lost(released, queue("payments", alias="orders")) == []


def test_an_identifying_input_must_stay() -> None:
    released = snapshot(queue("orders"))
    assert lost(released, queue("orders", visibility_timeout_seconds=60)) == []
    assert lost(released, queue("orders", fifo_queue=True)) == [
        "aws:sqs/queue:Queue orders would be replaced: fifoQueue was None, is True"
    ]


def test_two_cannot_be_what_one_was() -> None:
    released = snapshot(queue("orders"))
    both = [*queue("payments", alias="orders"), *queue("refunds", alias="orders")]
    assert lost(released, both) == [
        "aws:sqs/queue:Queue refunds and payments would both be aws:sqs/queue:Queue orders"
    ]


def test_what_aws_has_one_of_keeps_its_name_too(now: list[Registration]) -> None:
    released = snapshot(now)
    (route,) = [urn for urn in released if urn.endswith("::it-page-links")]
    renamed = {**{urn: kept for urn, kept in released.items() if urn != route}, f"{route}-x": released[route]}
    assert lost(renamed, now) == [
        "aws:apigatewayv2/route:Route it-page-links-x would be deleted: an alias is missing"
    ]


def test_a_change_of_parents_is_a_rename() -> None:
    released = snapshot(queue("orders"))
    moved = {urn.replace("test:index:Team$", "test:index:Group$"): inputs for urn, inputs in released.items()}
    assert len(lost(moved, queue("orders"))) == 1
