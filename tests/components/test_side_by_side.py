"""Every component twice in one program: under other parents, with providers for two regions."""

import gc
import json
import weakref
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import get_root_resource

from tests.support.cases import ARGUMENTS, COMPONENTS, make
from tests.support.engine import REGION, Deployment, deploy

REGIONS = {"one": "eu-central-1", "two": "us-east-1"}


class Team(pulumi.ComponentResource):
    """Somebody's component around ours, whose children have the same names as another team's."""

    def __init__(self, name: str, region: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__(f"test:index:{name}", name, {}, opts)
        for kind in COMPONENTS:
            there = json.loads(json.dumps(ARGUMENTS[kind]).replace(REGION, region))
            make(kind, "same", pulumi.ResourceOptions(parent=self), **there)
        self.register_outputs({})


@pytest.fixture(scope="module")
def both() -> Deployment:
    def program() -> None:
        for name, region in REGIONS.items():
            provider = aws.Provider(name, region=region)
            Team(name, region, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


def of(found: Deployment, team: str) -> list[Any]:
    """All resources of AWS under a team, however deep."""
    urns = {found.one(f"test:index:{team}", team).urn}
    while more := {r.urn for r in found.resources if r.parent in urns} - urns:
        urns |= more
    return [resource for resource in found.cloud() if resource.urn in urns]


def test_nothing_collides_and_both_are_whole(both: Deployment) -> None:
    """Physical names are left to Pulumi, but for prefixes, to which AWS adds a suffix of its own."""
    urns = [resource.urn for resource in both.resources]
    assert len(set(urns)) == len(urns)
    names = [
        sorted((resource.type, resource.name.replace(region, "here")) for resource in of(both, team))
        for team, region in REGIONS.items()
    ]
    assert names[0] == names[1]
    assert len(both.cloud()) == 2 * len(names[0])
    named = [each for each in both.cloud() if "name" in each.inputs]
    assert all(each.type.endswith(":Stage") for each in named)  # whose name is unique within its API


@pytest.mark.parametrize("team", REGIONS)
def test_everything_is_in_the_region_of_its_provider(both: Deployment, team: str) -> None:
    (other,) = (region for name, region in REGIONS.items() if name != team)
    for resource in of(both, team):
        assert resource.options["provider"].split("::")[-2] == team, resource.name
        text = json.dumps(resource.inputs)
        assert other not in text, resource.name
        assert REGION not in text, f"{resource.name} is tied to another region than its provider's"


def test_a_program_that_is_over_is_forgotten() -> None:
    """A process may evaluate many, as Pulumi's Automation API does."""
    stacks: list[Any] = []

    def program() -> None:
        queue = make("CallbackQueue", "it")
        make("CallbackWorkflow", "pay", callback_role_names=queue.callback_role_names)
        stacks.append(weakref.ref(get_root_resource()))

    deploy(program)
    deploy(lambda: None)
    gc.collect()
    assert [stack() for stack in stacks] == [None]
