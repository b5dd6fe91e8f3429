"""Whoever is subscribed stays subscribed, however the lists of addresses change; and what would not, is told.

SNS has one subscription for each address: a name that takes over another's address loses it, when the other
name is deleted.
"""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components import Notifier
from tests.package.upgrades import Snapshot, lost, snapshot
from tests.support.engine import PROJECT, STACK, Registration, deploy

ADDRESSES = {
    "emails": ("ann@example.com", "bob@example.com", "eve+x@example.com"),
    "https_urls": ("https://a.example/hook", "https://b.example/hook?x=1", "https://c.example"),
    "queue_arns": tuple(f"arn:aws-test:sqs:eu-west-1:123456789012:{name}" for name in "abc"),
    "function_arns": tuple(f"arn:aws-test:lambda:eu-west-1:123456789012:function:{name}" for name in "abc"),
}
PREFIX = {"emails": "email", "https_urls": "https", "queue_arns": "queue", "function_arns": "function"}
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
PERMISSION = "aws:lambda/permission:Permission"

each = pytest.mark.parametrize("argument", ADDRESSES)


def registered(make: Callable[[], Any]) -> list[Registration]:
    return deploy(lambda: Notifier("it", make())).cloud()


def deployed(make: Callable[[], Any]) -> Snapshot:
    """What was deployed; permissions are part of it, without which a function hears nothing for a while."""
    resources = registered(make)
    return snapshot(resources) | {one.urn: {} for one in resources if one.type == PERMISSION}


def gone(argument: str, *names: str) -> list[str]:
    """What is said of subscriptions that an upgrade would delete."""
    kinds = [SUBSCRIPTION, PERMISSION] if argument == "function_arns" else [SUBSCRIPTION]
    return [
        f"{kind} it-{PREFIX[argument]}-{name} would be deleted: an alias is missing"
        for name in names
        for kind in kinds
    ]


def output(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


def by_name(argument: str, **addresses: Any) -> dict[str, Any]:
    return {f"{argument}_by_name": {name.lstrip("_"): address for name, address in addresses.items()}}


@each
def test_a_list_may_grow_and_change_its_order(argument: str) -> None:
    a, b, c = ADDRESSES[argument]
    before = deployed(lambda: {argument: [a, b]})
    assert lost(before, registered(lambda: {argument: [c, b, a]})) == []
    before = deployed(lambda: {argument: [a, output(b)]})
    assert lost(before, registered(lambda: {argument: [output(b), c, a]})) == []


@each
def test_a_list_loses_what_is_taken_out_of_it_alone(argument: str) -> None:
    a, b, c = ADDRESSES[argument]
    before = deployed(lambda: {argument: [a, b, output(c)]})
    now = registered(lambda: {argument: [b, output(c)]})
    (name,) = {one.name for one in registered(lambda: {argument: [a]}) if one.type == SUBSCRIPTION}
    assert lost(before, now) == gone(argument, name.removeprefix(f"it-{PREFIX[argument]}-"))
    assert lost(before, registered(lambda: {argument: [a, b]})) == gone(argument, "1")


@each
def test_a_text_in_a_list_may_become_an_output_and_the_other_way_round(argument: str) -> None:
    a, b, _ = ADDRESSES[argument]
    before = deployed(lambda: {argument: [a, b]})
    assert lost(before, registered(lambda: {argument: [a, output(b)]})) == []
    before = deployed(lambda: {argument: [output(a)]})
    assert lost(before, registered(lambda: {argument: [a]})) == []


@each
def test_a_mapping_may_grow_change_its_order_and_hold_what_becomes_an_output(argument: str) -> None:
    a, b, c = ADDRESSES[argument]
    before = deployed(lambda: by_name(argument, x=a, y=output(b)))
    assert lost(before, registered(lambda: by_name(argument, z=c, y=b, x=output(a)))) == []
    assert lost(before, registered(lambda: by_name(argument, x=pulumi.Output.secret(a), y=b))) == []


@each
def test_a_mapping_loses_what_is_taken_out_of_it_alone(argument: str) -> None:
    a, b, _ = ADDRESSES[argument]
    before = deployed(lambda: by_name(argument, x=a, y=output(b)))
    assert lost(before, registered(lambda: by_name(argument, y=output(b)))) == gone(argument, "x")


@each
def test_a_list_may_become_a_mapping(argument: str) -> None:
    a, b, c = ADDRESSES[argument]
    before = deployed(lambda: {argument: [a, b]})
    assert lost(before, registered(lambda: by_name(argument, x=a, y=b))) == []
    assert lost(before, registered(lambda: by_name(argument, x=a, y=output(b)))) == []
    assert lost(before, registered(lambda: {argument: [a], **by_name(argument, y=b, z=c)})) == []
    before = deployed(lambda: {argument: [output(a)]})
    assert lost(before, registered(lambda: by_name(argument, x=output(a)))) == []
    assert lost(before, registered(lambda: by_name(argument, _1=output(a), x=output(b)))) == []


@each
def test_what_a_mapping_cannot_keep_is_told(argument: str) -> None:
    a, b, c = ADDRESSES[argument]
    before = deployed(lambda: by_name(argument, x=a, y=b))
    # Another name for the same address.
    assert lost(before, registered(lambda: by_name(argument, z=a, y=b))) == gone(argument, "x")
    # Another address under the same name, which is subscribed already.
    subscription = f"{SUBSCRIPTION} it-{PREFIX[argument]}"
    assert lost(before, registered(lambda: by_name(argument, x=b, y=a))) == [
        f"{subscription}-x would be replaced: endpoint was {a!r}, is {b!r}",
        f"{subscription}-y would be replaced: endpoint was {b!r}, is {a!r}",
    ]
    assert lost(before, registered(lambda: by_name(argument, x=c, y=b))) == [
        f"{subscription}-x would be replaced: endpoint was {a!r}, is {c!r}"
    ]


def formerly(argument: str, addresses: dict[str, str]) -> Snapshot:
    """What was subscribed when an Output was called after its place in the list."""

    def urn(kind: str, name: str) -> str:
        name = f"it-{PREFIX[argument]}-{name}"
        return f"urn:pulumi:{STACK}::{PROJECT}::countersign:index:Notifier${kind}::{name}"

    found: Snapshot = {}
    for name, address in addresses.items():
        if argument == "function_arns":
            found[urn(PERMISSION, name)] = {}
        found[urn(SUBSCRIPTION, name)] = {
            "endpoint": address,
            "protocol": {"email": "email", "https": "https", "queue": "sqs", "function": "lambda"}[
                PREFIX[argument]
            ],
        }
    return found


@each
def test_an_output_that_was_called_after_its_place_stays_subscribed(argument: str) -> None:
    a, b, c = ADDRESSES[argument]
    before = formerly(argument, {"1": a})
    assert lost(before, registered(lambda: {argument: [output(a), b, c]})) == []
    before = formerly(argument, {"2": a})
    assert lost(before, registered(lambda: {argument: [b, output(a), c]})) == []
    before = formerly(argument, {"3": a})
    assert lost(before, registered(lambda: {argument: [b, c, output(a)]})) == []
    before = formerly(argument, {"1": a, "2": b})
    assert lost(before, registered(lambda: by_name(argument, _1=output(a), _2=output(b)))) == []


def test_a_preview_knows_the_names_although_the_addresses_are_not_known() -> None:
    def program() -> None:
        named = {name: aws.sqs.Queue(name).arn for name in ("audit", "orders")}
        Notifier("it", {"queue_arns": [aws.sqs.Queue("listed").arn], "queue_arns_by_name": named})

    preview, update = deploy(program, preview=True), deploy(program)
    assert preview.keys() == update.keys()
    assert {r.name for r in update.cloud() if r.type == SUBSCRIPTION} == {
        "it-queue-1",
        "it-queue-audit",
        "it-queue-orders",
    }


def test_a_secret_is_in_no_name() -> None:
    secret = "https://user:hunter2@x.example"
    resources = registered(lambda: by_name("https_urls", x=pulumi.Output.secret(secret)))
    assert "hunter2" not in str([(one.urn, one.options["aliases"]) for one in resources])
