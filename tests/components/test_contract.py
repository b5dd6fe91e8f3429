"""What every component keeps to: parentage, outputs, tags, instances side by side, preview as update."""

import re
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer

import components
from tests.support.cases import COMPONENTS, make
from tests.support.engine import Deployment, Registration, deploy

TAGS = {"team": "payments", "cost-center": "42"}
each = pytest.mark.parametrize("kind", COMPONENTS)

ANALYZER = Analyzer("countersign")
UNTAGGED = {
    "ApiMapping",
    "BucketLifecycleConfiguration",
    "BucketNotification",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketPublicAccessBlock",
    "BucketServerSideEncryptionConfiguration",
    "EventTarget",
    "Integration",
    "Permission",
    "PolicyAttachment",
    "QueuePolicy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "RolePolicy",
    "Route",
    "Schedule",
    "TopicSubscription",
}
"""Types of AWS that carry no tags (a schedule's are its group's)."""


def made(
    kind: str, args: dict[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None, **options: Any
) -> Deployment:
    return deploy(lambda: make(kind, "it", opts, **(args or {})), **options)


@cache
def as_it_is(kind: str) -> Deployment:
    """One with the fewest arguments, deployed once for all who only look at it."""
    return made(kind)


def within(found: Deployment, resource: Registration, kind: str) -> bool:
    """Whether a resource is a child of the component `it`, or of a component that is."""
    by_urn = {each.urn: each for each in found.resources}
    component = found.one(kind, "it")
    return resource.parent == component.urn or by_urn[resource.parent].parent == component.urn


@each
def test_all_children_belong_to_the_component_and_carry_its_name(kind: str) -> None:
    found = as_it_is(kind)
    assert found.cloud()
    for resource in found.cloud():
        assert within(found, resource, kind)
        assert resource.name.startswith("it-")


@each
def test_the_type_is_the_projects_and_it_has_no_properties_of_its_own(kind: str) -> None:
    found = as_it_is(kind).one(kind, "it")
    assert found.type == f"countersign:index:{kind}"
    assert found.inputs == {}


@each
def test_outputs_are_registered_and_known(kind: str) -> None:
    outputs = as_it_is(kind).one(kind, "it").outputs
    assert outputs
    assert None not in outputs.values()
    declared = set(ANALYZER.analyze_component(COMPONENTS[kind]).outputs_mapping.values())
    assert set(outputs) == declared


@each
def test_tags_reach_everything_that_can_carry_them(kind: str) -> None:
    for resource in made(kind, {"tags": TAGS}).cloud():
        if resource.type.rsplit(":", 1)[1] in UNTAGGED:
            assert "tags" not in resource.inputs
        else:
            assert resource.inputs["tags"] == TAGS, resource.name


@each
def test_two_instances_do_not_meet(kind: str) -> None:
    def program() -> None:
        make(kind, "one")
        make(kind, "two")

    found = deploy(program)
    fixed = [
        (resource.type, resource.inputs[key])
        for resource in found.cloud()
        for key in ("name", "namePrefix")
        if key in resource.inputs and not resource.type.endswith(":Stage")  # unique within its API
    ]
    assert len(found.keys()) == len(found.resources)
    assert len(set(fixed)) == len(fixed)


@each
def test_a_preview_registers_what_an_update_registers(kind: str) -> None:
    assert made(kind, preview=True).keys() == as_it_is(kind).keys()


@each
def test_the_callers_options_are_the_components_alone(kind: str) -> None:
    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        before = pulumi.ComponentResource("test:index:Before", "before")
        options = pulumi.ResourceOptions(parent=parent, depends_on=[before])
        make(kind, "it", options)

    found = deploy(program)
    assert found.one(kind, "it").parent == found.one("test:index:Parent", "parent").urn
    for resource in found.cloud():
        assert within(found, resource, kind)


@each
def test_no_partition_is_written_down(kind: str) -> None:
    for resource in as_it_is(kind).cloud():
        assert "arn:aws:" not in str(resource.inputs)


@each
def test_an_argument_nobody_knows_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=f"^{kind} has no argument tag; did you mean tags[?]$"):
        made(kind, {"tag": TAGS})


LISTS = ("emails", "approvers", "worker_packages", "worker_statements", "extra_statements")
TRUTHS = ("test_queue", "tracing", "unscoped_callbacks", "deletion_protection")


@each
@pytest.mark.parametrize("value", ["a@example.com", {}, 1, pulumi.Output.from_input([])])
def test_what_shapes_the_resources_must_be_there_and_of_its_shape(kind: str, value: Any) -> None:
    arguments = getattr(components, f"{kind}Args").__annotations__
    given = f"must be a {'plain value (a list)' if isinstance(value, pulumi.Output) else 'list'}, got"
    for name in [name for name in LISTS if name in arguments]:
        with pytest.raises(ValueError, match=re.escape(f"{name} {given}")):
            made(kind, {name: value})
    for name in [name for name in TRUTHS if name in arguments and not isinstance(value, pulumi.Output)]:
        with pytest.raises(ValueError, match=f"^{name} must be true or false, got "):
            made(kind, {name: value})


@each
def test_none_is_as_good_as_leaving_an_argument_out(kind: str) -> None:
    nothing = {"tags": None, "alarm_topic_arn": None, "log_retention_days": None}
    names = getattr(components, f"{kind}Args").__annotations__
    assert made(kind, {k: v for k, v in nothing.items() if k in names}).keys() == as_it_is(kind).keys()
