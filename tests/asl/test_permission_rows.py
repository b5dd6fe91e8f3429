"""Derived policies are exact, row by row of the tables."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.asl.permissions.dependents import OF_ACTIONS, OF_SERVICES
from components.asl.permissions.grants import Grant, UnresolvedPermission
from components.asl.permissions.resources import every
from components.asl.permissions.sdk import SDK_GRANTS
from components.asl.permissions.table import OPTIMIZED_GRANTS
from components.asl.services.integrations import REQUEST_RESPONSE, sdk_action
from components.asl.services.optimized import OPTIMIZED
from tests.asl.places import (
    derived,
    described,
    task,
)


def rows() -> Iterator[tuple[str, str, list[str]]]:
    """Integration with pattern, arguments, and lines of the file for it."""
    name, arguments = "", ""
    base: list[str] = []
    found = base
    pending: list[tuple[str, str, list[str]]] = []
    for line in (Path(__file__).parent / "permissions.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("  ."):
            found = list(base)
            pending.append((f"{name}{line.strip()}", arguments, found))
        elif line.startswith("    "):
            found.append(line.strip())
        else:
            name, _, arguments = line.partition(" ")
            base = found = []
            pending.append((name, arguments, found))
    yield from pending
    listed = {name: (arguments, found) for name, arguments, found in pending}
    for name, row in OPTIMIZED.items():
        for pattern in sorted(row.patterns - {REQUEST_RESPONSE}):
            if f"{name}.{pattern}" not in listed:  # The file only has patterns that need more.
                yield f"{name}.{pattern}", *listed[name]


@pytest.mark.parametrize(("resource", "arguments", "expected"), list(rows()))
def test_every_row_asks_for_exactly_this(resource: str, arguments: str, expected: list[str]) -> None:
    assert sorted(described(task(resource, json.loads(arguments)))) == sorted(expected)


def test_every_row_is_tried() -> None:
    tried = {re.sub(r"\.(sync(:2)?|waitForTaskToken)$", "", name) for name, _, _ in rows()}
    assert OPTIMIZED.keys() == OPTIMIZED_GRANTS.keys()
    assert tried >= OPTIMIZED.keys() | {f"aws-sdk:{name}" for name in SDK_GRANTS}


def all_rows() -> list[Grant]:
    tables = (OPTIMIZED_GRANTS, SDK_GRANTS, OF_SERVICES, OF_ACTIONS)
    return [row for table in tables for row_set in table.values() for row in row_set]


def test_every_row_names_aws_page_and_a_purpose() -> None:
    for row in all_rows():
        assert row.page.startswith("https://docs.aws.amazon.com/")
        assert re.fullmatch(r"[A-Za-z0-9]+", row.purpose)
        assert list(row.actions) == sorted(row.actions)


def test_only_actions_without_a_resource_type_are_allowed_on_everything() -> None:
    """As the Service Authorization Reference has it; and each of them carries the reference's page."""
    everything = {action: row.page for row in all_rows() if row.resources is every for action in row.actions}
    assert everything.keys() == {
        "batch:DescribeJobs",
        "cloudwatch:PutMetricData",
        "ec2:DescribeSubnets",
        "eks:CreateCluster",
        "elasticmapreduce:RunJobFlow",
        "emr-containers:CreateVirtualCluster",
        "s3:ListAllMyBuckets",
        "states:InvokeHTTPEndpoint",
    }
    assert all("/service-authorization/" in page for page in everything.values())
    names = {"elasticmapreduce": "emr", "emr-containers": "emrcontainers"}
    no_api_action_of_that_name = {"s3:ListAllMyBuckets", "states:InvokeHTTPEndpoint"}
    for action in everything.keys() - no_api_action_of_that_name:
        service, name = action.split(":")
        known = sdk_action(names.get(service, service), name[0].lower() + name[1:])
        assert known is not None
        assert known.resources == (), action


def starred(value: Any) -> Any:
    """Arguments whose every text ends in a `*`."""
    if isinstance(value, dict):
        return {key: starred(item) for key, item in value.items()}
    if isinstance(value, list):
        return [starred(item) for item in value]
    return f"{value}-any*" if isinstance(value, str) else value


@pytest.mark.parametrize(("resource", "arguments", "_expected"), list(rows()))
def test_a_star_in_an_argument_is_a_star_and_nothing_more(
    resource: str, arguments: str, _expected: list[str]
) -> None:
    try:
        found = derived(task(resource, starred(json.loads(arguments))))
    except UnresolvedPermission:
        return
    for arn in (arn for statement in found for arn in statement["Resource"]):
        assert "-any*" not in arn
