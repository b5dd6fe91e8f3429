"""Whoever is subscribed stays subscribed, however the lists of addresses change; and what would not, is told.

SNS has one subscription for each address: a name that takes over another's address loses it, when the other
name is deleted.
"""

import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components import Notifier
from tests.package.upgrades import Snapshot, lost, snapshot
from tests.support.engine import Registration, deploy

ADDRESSES = {
    "emails": ("ann@example.com", "bob@example.com", "eve+x@example.com"),
    "https_urls": ("https://a.example/hook", "https://b.example/hook?x=1", "https://c.example"),
    "queue_arns": tuple(f"arn:aws-test:sqs:eu-west-1:123456789012:{name}" for name in "abc"),
    "function_arns": tuple(f"arn:aws-test:lambda:eu-west-1:123456789012:function:{name}" for name in "abc"),
}
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
PERMISSION = "aws:lambda/permission:Permission"
Subscribers = Callable[[str, str, str], Any]
"""A list or a mapping of the addresses a, b and c."""


def registered(make: Subscribers) -> list[Registration]:
    """What a Notifier with such subscribers of each kind registers."""

    def program() -> None:
        arguments: Any = {}
        for kind, addresses in ADDRESSES.items():
            made = make(*addresses)
            for part in made if isinstance(made, tuple) else (made,):
                arguments[f"{kind}_by_name" if isinstance(part, dict) else kind] = part
        Notifier("it", arguments)

    return deploy(program).cloud()


def deployed(make: Subscribers) -> Snapshot:
    """What was deployed; permissions are part of it, without which a function hears nothing for a while."""
    resources = registered(make)
    return snapshot(resources) | {one.urn: {} for one in resources if one.type == PERMISSION}


def listed(address: str) -> str:
    """What an address is called in a list."""
    return re.sub(r"[:/?=]+", "-", address)


def out(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        # A list may grow and change its order.
        (lambda a, b, c: [a, b], lambda a, b, c: [c, b, a]),
        (lambda a, b, c: [a, out(b)], lambda a, b, c: [out(b), c, a]),
        # So may a mapping, whatever becomes an Output or a secret.
        (lambda a, b, c: {"x": a, "y": out(b)}, lambda a, b, c: {"z": c, "y": b, "x": out(a)}),
        (lambda a, b, c: {"x": a, "y": out(b)}, lambda a, b, c: {"x": pulumi.Output.secret(a), "y": b}),
        # A list may become a mapping, in part too, if an address keeps its name.
        (lambda a, b, c: [a, b], lambda a, b, c: ([a], {listed(b): out(b), "z": c})),
        (lambda a, b, c: [a, out(b)], lambda a, b, c: {listed(a): a, "1": out(b)}),
    ],
)
def test_whoever_is_subscribed_stays(before: Subscribers, now: Subscribers) -> None:
    assert lost(deployed(before), registered(now)) == []


@pytest.mark.parametrize(
    ("before", "now", "place"),
    [
        # What is taken out, and nothing else.
        (lambda a, b, c: [a, b, out(c)], lambda a, b, c: [b, out(c)], 0),
        (lambda a, b, c: [a, b, out(c)], lambda a, b, c: [a, b], 2),
        (lambda a, b, c: {"x": a, "y": out(b)}, lambda a, b, c: {"y": out(b)}, 0),
        # What gets another name for the same address.
        (lambda a, b, c: {"x": a, "y": b}, lambda a, b, c: {"z": a, "y": b}, 0),
        (lambda a, b, c: [a, b], lambda a, b, c: [a, out(b)], 1),
        (lambda a, b, c: [a, b], lambda a, b, c: ([a], {"y": b}), 1),
    ],
)
def test_what_is_lost_is_told(before: Subscribers, now: Subscribers, place: int) -> None:
    was = deployed(before)
    addresses = {addresses[place] for addresses in ADDRESSES.values()}
    names = {urn.rpartition("::")[2] for urn, inputs in was.items() if inputs.get("endpoint") in addresses}
    kinds = [(SUBSCRIPTION, name) for name in names]
    kinds += [(PERMISSION, name) for name in names if name.startswith("it-function")]
    told = {f"{kind} {name} would be deleted: an alias is missing" for kind, name in kinds}
    assert len(names) == len(ADDRESSES)
    assert set(lost(was, registered(now))) == told


def test_a_secret_is_in_no_name() -> None:
    secret = "https://user:hunter2@x.example"
    resources = deploy(
        lambda: Notifier("it", {"https_urls_by_name": {"x": pulumi.Output.secret(secret)}})
    ).cloud()
    assert "hunter2" not in str([one.urn for one in resources])
