"""What every component keeps to: parentage, outputs, tags, instances side by side, preview as update."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import (
    ApprovalApi,
    ApprovalApiArgs,
    CallbackBucket,
    CallbackBucketArgs,
    CallbackFunction,
    CallbackFunctionArgs,
    CallbackQueue,
    CallbackQueueArgs,
    CallbackTable,
    CallbackTableArgs,
    CallbackWorkflow,
    CallbackWorkflowArgs,
    Notifier,
    NotifierArgs,
)
from tests.support.engine import Deployment, Registration, deploy

FUNCTIONS = Path(__file__).parents[2] / "lambda_src"
WORKER = str(FUNCTIONS / "order_payment")
TAGS = {"team": "payments", "cost-center": "42"}
DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}

Maker = Callable[[str, dict[str, Any], pulumi.ResourceOptions | None], pulumi.ComponentResource]


def component(kind: Any, **args: Any) -> Maker:
    return lambda name, more, opts: kind(name, {**args, **more}, opts)


COMPONENTS: dict[str, Maker] = {
    "ApprovalApi": component(
        ApprovalApi,
        approvers=["a@example.com"],
        topic_arn="arn:aws-test:sns:eu-west-1:123456789012:mails",
        domain_name="approvals.example.com",
        certificate_arn="arn:aws-test:acm:eu-west-1:123456789012:certificate/c",
    ),
    "CallbackQueue": component(CallbackQueue, worker=WORKER),
    "CallbackFunction": component(CallbackFunction, worker=WORKER),
    "CallbackTable": component(CallbackTable, worker=WORKER),
    "CallbackBucket": component(CallbackBucket, worker=WORKER),
    "Notifier": component(
        Notifier,
        emails=["a@example.com"],
        https_urls=["https://x.example"],
        queue_arns=["arn:aws-test:sqs:eu-west-1:123456789012:q"],
        function_arns=["arn:aws-test:lambda:eu-west-1:123456789012:function:f"],
        test_queue=True,
    ),
    "CallbackWorkflow": component(
        CallbackWorkflow, definition=DEFINITION, callback_role_names=["role"], schedule="rate(1 day)"
    ),
}
COMPONENT_CLASSES: dict[str, type] = {
    "ApprovalApi": ApprovalApi,
    "CallbackQueue": CallbackQueue,
    "CallbackFunction": CallbackFunction,
    "CallbackTable": CallbackTable,
    "CallbackBucket": CallbackBucket,
    "Notifier": Notifier,
    "CallbackWorkflow": CallbackWorkflow,
}
ARGUMENTS: dict[str, type] = {
    "ApprovalApi": ApprovalApiArgs,
    "CallbackQueue": CallbackQueueArgs,
    "CallbackFunction": CallbackFunctionArgs,
    "CallbackTable": CallbackTableArgs,
    "CallbackBucket": CallbackBucketArgs,
    "Notifier": NotifierArgs,
    "CallbackWorkflow": CallbackWorkflowArgs,
}
each = pytest.mark.parametrize("kind", COMPONENTS)

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
    "RolePolicy",
    "Route",
    "Schedule",
    "TopicSubscription",
}
"""Types of AWS that carry no tags (a schedule's are its group's)."""


def made(
    kind: str, args: dict[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None, **options: Any
) -> Deployment:
    return deploy(lambda: COMPONENTS[kind]("it", args or {}, opts), **options)


def within(found: Deployment, resource: Registration, kind: str) -> bool:
    """Whether a resource is a child of the component `it`, or of a component that is."""
    by_urn = {each.urn: each for each in found.resources}
    component = found.one(kind, "it")
    return resource.parent == component.urn or by_urn[resource.parent].parent == component.urn


@each
def test_all_children_belong_to_the_component_and_carry_its_name(kind: str) -> None:
    found = made(kind)
    assert found.cloud()
    for resource in found.cloud():
        assert within(found, resource, kind)
        assert resource.name.startswith("it-")


@each
def test_the_type_is_the_projects_and_it_has_no_properties_of_its_own(kind: str) -> None:
    found = made(kind).one(kind, "it")
    assert found.type == f"countersign:index:{kind}"
    assert found.inputs == {}


@each
def test_outputs_are_registered_and_known(kind: str) -> None:
    outputs = made(kind).one(kind, "it").outputs
    assert outputs
    assert None not in outputs.values()
    declared = {name for name in COMPONENT_CLASSES[kind].__annotations__ if not name.startswith("_")}
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
        COMPONENTS[kind]("one", {}, None)
        COMPONENTS[kind]("two", {}, None)

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
    assert made(kind, preview=True).keys() == made(kind).keys()


@each
def test_the_callers_options_are_the_components_alone(kind: str) -> None:
    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        before = pulumi.ComponentResource("test:index:Before", "before")
        options = pulumi.ResourceOptions(parent=parent, depends_on=[before])
        COMPONENTS[kind]("it", {}, options)

    found = deploy(program)
    assert found.one(kind, "it").parent == found.one("test:index:Parent", "parent").urn
    for resource in found.cloud():
        assert within(found, resource, kind)


@each
def test_no_partition_is_written_down(kind: str) -> None:
    for resource in made(kind).cloud():
        assert "arn:aws:" not in str(resource.inputs)


@each
def test_an_argument_nobody_knows_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=f"^{kind} has no argument tag; it has .*tags"):
        made(kind, {"tag": TAGS})


@each
def test_none_is_as_good_as_leaving_an_argument_out(kind: str) -> None:
    nothing = {"tags": None, "alarm_topic_arn": None, "log_retention_days": None}
    names = ARGUMENTS[kind].__annotations__
    assert made(kind, {k: v for k, v in nothing.items() if k in names}).keys() == made(kind).keys()
