"""An upgrade keeps every resource that holds state."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pulumi.runtime.proto import alias_pb2

from tests.package.upgrades import IDENTIFYING, ONE_EACH, STATELESS, lost, registered, snapshot
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


def alias(name: str) -> alias_pb2.Alias:
    return alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name=name))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"fifoQueue": True}, [f"{QUEUE} it-callbacks would be replaced: fifoQueue was None, is True"]),
        ({"visibilityTimeoutSeconds": 60}, []),
        ({"name": "orders"}, [f"{QUEUE} it-callbacks would be deleted: an alias is missing"]),
        ({"parent": "test:index:Team"}, [f"{QUEUE} it-callbacks would be deleted: an alias is missing"]),
        ({"name": "orders", "aliases": [alias("it-callbacks")]}, []),
        (
            {"aliases": [alias("it-dead-letters")], "name": "orders"},
            [
                f"{QUEUE} it-dead-letters and orders would both be {QUEUE} it-dead-letters",
                f"{QUEUE} it-callbacks would be deleted: an alias is missing",
            ],
        ),
    ],
)
def test_what_an_upgrade_would_lose_is_told(change: dict[str, Any], told: list[str]) -> None:
    """Of a queue that now is called otherwise, belongs to another component, or has other inputs."""
    own = "countersign:index:CallbackQueue"
    (was,) = (r for r in registered() if r.type == QUEUE and r.urn.endswith(f"::{own}${QUEUE}::it-callbacks"))
    change = dict(change)
    name, aliases = change.pop("name", was.name), change.pop("aliases", [])
    urn = was.urn.replace(own, change.pop("parent", own)).replace(f"::{was.name}", f"::{name}")
    inputs = {**was.inputs, **change}
    now = replace(was, name=name, urn=urn, inputs=inputs, options={"aliases": aliases})
    others = [resource for resource in registered() if resource is not was]
    assert lost(snapshot(registered()), [now, *others]) == told


def test_what_aws_has_one_of_keeps_its_name_too() -> None:
    before = snapshot(registered())
    (route,) = [urn for urn in before if urn.endswith("::it-page-links")]
    renamed = {**{urn: kept for urn, kept in before.items() if urn != route}, f"{route}-x": before[route]}
    assert lost(renamed, registered()) == [
        "aws:apigatewayv2/route:Route it-page-links-x would be deleted: an alias is missing"
    ]
