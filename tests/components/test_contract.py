"""What every component keeps to: its children, outputs, tags, who takes its roles, its arguments."""

import inspect
import re
from collections import Counter
from typing import Any

import pulumi
import pytest

from tests.support.cases import COMPONENTS, TAGS, as_it_is, cloud, every, make, takes, with_common
from tests.support.engine import ACCOUNT, REGION, Registration, deploy

each = pytest.mark.parametrize("kind", COMPONENTS)

UNTAGGED = (
    "ApiMapping BucketLifecycleConfiguration BucketNotification BucketOwnershipControls BucketPolicy "
    "BucketPublicAccessBlock BucketServerSideEncryptionConfiguration Dashboard EventTarget Integration "
    "LogMetricFilter Permission PolicyAttachment QueuePolicy RedriveAllowPolicy RedrivePolicy RolePolicy "
    "Route Schedule TopicSubscription "
)
"""Types of AWS that carry no tags (a schedule's are its group's)."""


QUEUE = "2 Queue, RedriveAllowPolicy, RedrivePolicy, 2 EventSourceMapping, MetricAlarm"
FUNCTION = "Function, LogGroup, Role, RolePolicy"
BUCKET = (
    "Bucket, BucketLifecycleConfiguration, BucketNotification, BucketOwnershipControls, BucketPolicy, "
    "BucketPublicAccessBlock, BucketServerSideEncryptionConfiguration"
)
CHILDREN = {
    "ApprovalApi": (
        "Api, ApiMapping, DomainName, 2 Integration, 3 Route, Stage, LogGroup, Table, 2 Key, 2 EventRule, "
        f"2 EventTarget, 4 Permission, 9 MetricAlarm, 4 LogMetricFilter, "
        f"{FUNCTION}, {FUNCTION}, {FUNCTION}, {FUNCTION}, {QUEUE}"
    ),
    "CallbackBucket": f"{BUCKET}, Permission, {FUNCTION}",
    "CallbackFunction": f"{FUNCTION}, EventRule, EventTarget, Permission",
    "CallbackQueue": f"{QUEUE}, {FUNCTION}, EventRule, EventTarget, 2 QueuePolicy, TopicSubscription",
    "CallbackTable": f"Table, EventSourceMapping, {FUNCTION}",
    "CallbackWorkflow": (
        "StateMachine, LogGroup, LogMetricFilter, MetricAlarm, 2 Role, 2 RolePolicy, "
        "Policy, PolicyAttachment, Schedule"
    ),
    "Dashboard": "Dashboard",
    "Notifier": "Topic, 9 TopicSubscription, 2 Permission, Queue, QueuePolicy, MetricAlarm",
}


def type_of(resource: Registration) -> str:
    return resource.type.rpartition(":")[2]


@each
def test_it_has_exactly_these_children_which_carry_its_name(kind: str) -> None:
    children = cloud(as_it_is(), kind)
    expected: Counter[str] = Counter()
    for part in CHILDREN[kind].split(", "):
        number, _, one = part.rpartition(" ")
        expected[one] += int(number or 1)
    assert Counter(map(type_of, children)) == expected
    assert all(resource.name.startswith("it-") for resource in children)


def test_all_that_is_registered_is_a_child() -> None:
    assert sum(len(cloud(as_it_is(), kind)) for kind in COMPONENTS) == len(as_it_is().cloud())


CALLERS = {"lambda": None, "scheduler": "schedule-group/default", "states": "stateMachine:*"}
"""Service that takes roles → which of its resources it does it for, where their ARN is known before."""


def test_a_role_is_for_one_service_on_behalf_of_this_account_only() -> None:
    seen = set()
    for role in [resource for resource in as_it_is().cloud() if type_of(resource) == "Role"]:
        (statement,) = role.json("assumeRolePolicy")["Statement"]
        service = statement["Principal"]["Service"].removesuffix(".amazonaws.com")
        condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        if caller := CALLERS[service]:
            source = f"arn:aws-test:{service}:{REGION}:{ACCOUNT}:{caller}"
            condition["ArnLike"] = {"aws:SourceArn": source}
        assert statement == {
            "Sid": "AssumedByTheService",
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
        seen.add(service)
    assert seen == CALLERS.keys()


@each
def test_its_type_is_the_projects_and_all_it_has_are_its_known_outputs(kind: str) -> None:
    found = as_it_is().one(kind, "it")
    assert found.type == f"countersign:index:{kind}"
    assert found.inputs == {}
    assert found.outputs
    assert None not in found.outputs.values()
    declared = {name for base in COMPONENTS[kind].__mro__ for name in inspect.get_annotations(base)}
    assert set(found.outputs) == {name for name in declared if not name.startswith("_")}


NAMES = {"Function": "function_names", "LogGroup": "log_group_names", "Queue": "queue_names"}
"""Type → the output with the names of those that operators look at."""
NOT_OPERATED = {"it-page-access", "it-test"}
"""The log of API Gateway, which no row of the guide to operations needs; a test queue has its own output."""


@each
def test_operators_are_told_what_its_functions_logs_and_queues_are_called(kind: str) -> None:
    children, outputs = cloud(as_it_is(), kind), as_it_is().one(kind, "it").outputs
    assert outputs is not None
    for type_, output in NAMES.items():
        names = sorted({each.name for each in children if type_of(each) == type_} - NOT_OPERATED)
        assert sorted(outputs.get(output, {}).values()) == names, output


def test_tags_reach_everything_that_can_carry_them() -> None:
    for resource in with_common().cloud():
        if type_of(resource) in UNTAGGED.split():
            assert "tags" not in resource.inputs
        else:
            assert resource.inputs["tags"] == TAGS, resource.name


@each
def test_an_argument_nobody_knows_is_refused(kind: str) -> None:
    meant = "; did you mean tags[?]$" if takes(kind, "tags") else "; it has "
    with pytest.raises(ValueError, match=f"^{kind} it: there is no argument tag{meant}"):
        deploy(lambda: make(kind, "it", tag=TAGS))


LISTS = (
    "emails",
    "approvers",
    "worker_packages",
    "worker_statements",
    "extra_statements",
    "expected_errors",
)
TRUTHS = (
    "test_queue",
    "tracing",
    "unscoped_callbacks",
    "deletion_protection",
    "check_subscriptions",
    "metrics",
)


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
