"""What every component keeps to: parentage, outputs, tags, instances side by side, options, its shape."""

import inspect
import re
from typing import Any

import pulumi
import pytest

from tests.support.cases import COMPONENTS, TAGS, as_it_is, cloud, every, make, takes, with_common
from tests.support.engine import deploy

each = pytest.mark.parametrize("kind", COMPONENTS)

UNTAGGED = (
    "ApiMapping BucketLifecycleConfiguration BucketNotification BucketOwnershipControls BucketPolicy "
    "BucketPublicAccessBlock BucketServerSideEncryptionConfiguration EventTarget Integration "
    "Permission PolicyAttachment QueuePolicy RedriveAllowPolicy RedrivePolicy RolePolicy Route "
    "Schedule TopicSubscription "
)
"""Types of AWS that carry no tags (a schedule's are its group's)."""


def test_all_children_belong_to_the_component_and_carry_its_name() -> None:
    found = as_it_is()
    assert sum(len(cloud(found, kind)) for kind in COMPONENTS) == len(found.cloud())
    assert all(resource.name.startswith("it-") for resource in found.cloud())


@each
def test_its_type_is_the_projects_and_all_it_has_are_its_known_outputs(kind: str) -> None:
    found = as_it_is().one(kind, "it")
    assert found.type == f"countersign:index:{kind}"
    assert found.inputs == {}
    assert found.outputs
    assert None not in found.outputs.values()
    declared = {name for base in COMPONENTS[kind].__mro__ for name in inspect.get_annotations(base)}
    assert set(found.outputs) == {name for name in declared if not name.startswith("_")}


def test_tags_reach_everything_that_can_carry_them() -> None:
    for resource in with_common().cloud():
        if resource.type.rsplit(":", 1)[1] in UNTAGGED.split():
            assert "tags" not in resource.inputs
        else:
            assert resource.inputs["tags"] == TAGS, resource.name


@each
def test_an_argument_nobody_knows_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=f"^{kind} it: there is no argument tag; did you mean tags[?]$"):
        deploy(lambda: make(kind, "it", tag=TAGS))


LISTS = ("emails", "approvers", "worker_packages", "worker_statements", "extra_statements")
TRUTHS = ("test_queue", "tracing", "unscoped_callbacks", "deletion_protection", "check_subscriptions")


@each
@pytest.mark.parametrize("value", ["a@example.com", {}, 1, pulumi.Output.from_input([])])
def test_what_shapes_the_resources_must_be_there_and_of_its_shape(kind: str, value: Any) -> None:
    later = isinstance(value, pulumi.Output)
    told = dict.fromkeys(LISTS, f"must be a {'plain value (a list)' if later else 'list'}, got")
    told |= {} if later else dict.fromkeys(TRUTHS, "must be true or false, got ")

    def program() -> None:
        for name in (name for name in told if takes(kind, name)):
            with pytest.raises(ValueError, match=re.escape(f"{name} {told[name]}")):
                make(kind, name.replace("_", "-"), **{name: value})

    deploy(program)


def test_none_is_as_good_as_leaving_an_argument_out() -> None:
    names = ("tags", "alarm_topic_arn", "log_retention_days", "kms_key_arn", "log_group_arn")
    more = ("permissions_boundary_arn", "queue_arn", "queue_url", "retention_days")
    nothing: Any = dict.fromkeys((*names, *more))
    assert every(**nothing).keys() == as_it_is().keys()
