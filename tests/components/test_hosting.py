"""Where a worker runs: Python, processor, room, layers, network and key, as its company wants it."""

from typing import Any

import pulumi
import pytest

from tests.support.cases import COMPONENTS, KEY, make, takes
from tests.support.engine import ACCOUNT, PARTITION, REGION, Deployment, deploy, own_log

LAYER = f"arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:layer:shared:3"
HOSTED = [kind for kind in COMPONENTS if takes(kind, "runtime")]
each = pytest.mark.parametrize("kind", HOSTED)


def made(kind: str = "CallbackFunction", **more: Any) -> Deployment:
    return deploy(lambda: make(kind, "pay", **more))


def test_every_component_with_a_worker_is_hosted() -> None:
    assert set(HOSTED) == {kind for kind in COMPONENTS if takes(kind, "worker")}


@each
def test_a_function_is_hosted_as_it_is_asked_for(kind: str) -> None:
    network = {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
    more = {
        "runtime": "python3.12",
        "architecture": "x86_64",
        "ephemeral_storage_mb": 2_048,
        "reserved_concurrency": 7,
        "layer_arns": [LAYER],
        "kms_key_arn": KEY,
        **network,
    }
    inputs = made(kind, **more).one("Function", "pay-worker").inputs
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.12", ["x86_64"])
    assert inputs["ephemeralStorage"] == {"size": 2_048}
    assert inputs["reservedConcurrentExecutions"] == 7
    assert inputs["layers"] == [LAYER]
    assert inputs["kmsKeyArn"] == KEY
    assert inputs["vpcConfig"] == {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}


@each
def test_what_is_not_asked_for_is_left_to_lambda(kind: str) -> None:
    inputs = made(kind, layer_arns=[], subnet_ids=[]).one("Function", "pay-worker").inputs
    left = {"ephemeralStorage", "reservedConcurrentExecutions", "layers", "kmsKeyArn", "vpcConfig"}
    assert not left & inputs.keys()


def test_lambda_may_bring_it_into_its_network_and_its_own_code_may_not() -> None:
    found = made(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    policy = found.one("RolePolicy", "pay-worker")
    statements = {each.pop("Sid"): each for each in policy.json("policy")["Statement"]}
    joining = ["CreateNetworkInterface", "DeleteNetworkInterface", "AssignPrivateIpAddresses"]
    joining = [f"ec2:{action}" for action in (*joining, "UnassignPrivateIpAddresses")]
    looking = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    assert statements.keys() == {
        *own_log("pay-worker"),
        "JoinTheNetwork",
        "LookAtTheNetwork",
        "ForLambdaAlone",
    }
    assert statements["JoinTheNetwork"] == {
        "Effect": "Allow",
        "Action": joining,
        "Resource": [f"arn:{PARTITION}:ec2:{REGION}:*:*/*"],
    }
    assert statements["LookAtTheNetwork"] == {"Effect": "Allow", "Action": looking, "Resource": ["*"]}
    functions = f"arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:function:*"
    assert statements["ForLambdaAlone"] == {
        "Effect": "Deny",
        "Action": [*joining, *looking],
        "Resource": ["*"],
        "Condition": {"ArnLike": {"lambda:SourceFunctionArn": functions}},
    }
    # Lambda looks at the role when the function is made, and needs it until the function is gone.
    assert policy.urn in found.one("Function", "pay-worker").dependencies


def test_without_a_network_the_role_has_nothing_of_it() -> None:
    assert made().rights("pay-worker") == own_log("pay-worker")


@pytest.mark.parametrize(
    ("more", "runs"),
    [
        ({}, None),
        ({"reserved_concurrency": 7}, 7),
        ({"reserved_concurrency": 7, "max_concurrency": 3}, 3),
        ({"reserved_concurrency": 5_000}, 1_000),
        ({"reserved_concurrency": pulumi.Output.from_input(7)}, 7),
    ],
)
def test_a_queue_brings_no_message_to_a_run_that_is_not_kept(more: dict[str, Any], runs: int | None) -> None:
    """Such a message would count as delivered, and its task would fail without having been begun."""
    mapping = made("CallbackQueue", **more).one("EventSourceMapping", "pay-worker").inputs
    assert mapping.get("scalingConfig") == (runs and {"maximumConcurrency": runs})


def test_more_runs_than_are_kept_are_refused_when_they_are_known() -> None:
    more = {"reserved_concurrency": pulumi.Output.from_input(5), "max_concurrency": 6}
    says = "CallbackQueue pay: max_concurrency must be at most reserved_concurrency, 5, got 6"
    with pytest.raises(pulumi.RunError, match=says):
        made("CallbackQueue", **more)


def test_the_components_own_variables_count_and_no_secret_is_told() -> None:
    """4096 bytes that fit alone do not beside those of a queue."""

    def program(kind: str) -> None:
        make(kind, "pay", worker_environment={"AB": pulumi.Output.secret("x" * 4_085)})

    assert deploy(lambda: program("CallbackFunction")).one("Function", "pay-worker")
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: program("CallbackQueue"))
    assert str(caught.value) == (
        "CallbackQueue pay: worker_environment must have at most 4096 bytes as JSON, with the "
        "component's own variables, got a secret"
    )
