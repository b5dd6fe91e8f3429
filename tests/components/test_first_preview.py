"""The first preview of every component, whichever of its arguments are unknown: nothing raises, AWS's
provider takes it, and it registers what an update registers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations, count
from math import comb
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.provider.experimental.util import camel_case

import components
from tests.support.cases import COMPONENTS
from tests.support.engine import ACCOUNT, PARTITION, REGION, Deployment, deploy
from tests.support.every_argument import Arguments, Brought, every_argument
from tests.support.provider_rules import broken
from tools.generate.schema import FILE

each = pytest.mark.parametrize("kind", COMPONENTS)


def there(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


EVERY = every_argument(
    Brought(
        kms_key_arn=there("kms", "key/0f"),
        topic_arn=there("sns", "theirs"),
        alarm_topic_arn=there("sns", "alarms"),
        queue_arn=there("sqs", "theirs"),
        queue_url=f"https://sqs.{REGION}.amazonaws.test/{ACCOUNT}/theirs",
        log_group_arn=there("logs", "log-group:theirs"),
        permissions_boundary_arn=f"arn:{PARTITION}:iam::{ACCOUNT}:policy/boundary",
        certificate_arn=there("acm", "certificate/c"),
        function_arn=there("lambda", "function:f"),
        table_arn=there("dynamodb", "table/t"),
        machine_arn=there("states", "stateMachine:m"),
        subscribed_queue_arn=there("sqs", "subscribed"),
        role_name="theirs",
        layer_arn=there("lambda", "layer:theirs:1"),
        subnet_id="subnet-1",
        security_group_id="sg-1",
    )
)
SCHEMA = json.loads(FILE.read_text())["resources"]
PLAIN = {"worker"}
"""Inputs for the sake of other languages, which the program must know: a folder."""


def test_every_argument_is_there() -> None:
    assert EVERY.keys() == COMPONENTS.keys()
    for kind, named in EVERY.items():
        given = {argument for arguments in named.values() for argument in arguments}
        assert given == set(getattr(components, f"{kind}Args").__annotations__), kind


def is_input(described: Mapping[str, Any]) -> bool:
    """Whether what the schema describes may be an Output: it does not say so of what is Any."""
    return not described.get("plain") or described.get("$ref") == "pulumi.json#/Any"


def later(kind: str, argument: str, value: Any, output: pulumi.Output[Any]) -> Any:
    """The value as something of which a preview does not know it, if the component takes that: the whole
    value, or the first item of a list."""
    described = SCHEMA[f"countersign:index:{kind}"]["inputProperties"][camel_case(argument)]
    if argument in PLAIN:
        return value
    if is_input(described):
        return output.apply(lambda _: value)
    if described.get("type") == "array" and is_input(described["items"]):
        return [output.apply(lambda _: value[0]), *value[1:]]
    return value


def mixtures(arguments: Sequence[str]) -> Iterator[AbstractSet[str]]:
    """Sets of arguments: all, and of every two the one without the other.

    Each argument is in half of the sets, and no two are in the same half (Sperner's theorem).
    """
    yield set(arguments)
    number = next(n for n in count(1) if comb(n, n // 2) >= len(arguments))
    halves = dict(zip(arguments, combinations(range(number), number // 2), strict=False))
    for one in range(number):
        yield {argument for argument, half in halves.items() if one in half}


def made(kind: str, arguments: Arguments, unknown: AbstractSet[str], *, preview: bool) -> Deployment:
    def program() -> None:
        output = aws.sqs.Queue("elsewhere").arn
        mixed = {
            key: later(kind, key, value, output) if key in unknown else value
            for key, value in arguments.items()
        }
        COMPONENTS[kind]("it", mixed)

    return deploy(program, preview=preview)


@each
def test_whatever_is_unknown_the_provider_takes_what_an_update_registers(kind: str) -> None:
    tried: set[str] = set()
    for name, arguments in EVERY[kind].items():
        new = sorted(arguments.keys() - tried)
        tried.update(arguments)
        for unknown in {*map(frozenset, mixtures(new) if len(new) > 1 else [new]), frozenset(arguments)}:
            found = made(kind, arguments, unknown, preview=True)
            assert [line for each in found.cloud() for line in broken(each)] == [], (name, unknown)
            if unknown == set(arguments):
                assert found.keys() == made(kind, arguments, unknown, preview=False).keys()


def test_what_the_provider_would_stop_at_is_told() -> None:
    def program() -> None:
        later = aws.sqs.Queue("elsewhere").arn
        aws.dynamodb.Table(
            "it",
            hash_key="id",
            attributes=[{"name": "id", "type": "S"}, {"name": later, "type": "S"}],
            global_secondary_indexes=[{"name": "i", "projection_type": "ALL", "hash_key": later}],
        )
        aws.sqs.Queue("it", fifo_queue=later.apply(bool), tags={"for": later})

    found = deploy(program, preview=True)
    assert {line.partition(" needs")[0] for each in found.cloud() for line in broken(each)} == {
        "it: Table with attributes",
        "it: Table with globalSecondaryIndexes.*.hashKey",
        "it: Queue with fifoQueue",
    }
