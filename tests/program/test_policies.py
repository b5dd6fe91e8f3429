"""What the program's roles and resource policies come to: who may return which token, and nothing beside it.

What each function may do is proved where its component is (`tests/components`), what each machine may in
`tests/asl/permissions/test_workflows.py`.
"""

import pytest

from tests.program.test_program import run, stack_config
from tests.support.engine import Deployment, arn

POLICY = "aws:iam/policy:Policy"
FUNCTION = "aws:lambda/function:Function"
ROLE = "aws:iam/role:Role"
RETURN = ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"]
WORKERS = {
    "order-payment-worker": "order-payment",
    "chain-worker": "chain",
    "chain-direct-worker": "chain",
    "chain-subscriber-worker": "chain",
    "stored-items-worker": "stored",
    "stored-objects-worker": "stored",
}
"""Function → the machine that waits for it."""


@pytest.fixture(scope="module")
def program() -> Deployment:
    """The program with all steps of its workflows, but the one that asks people."""
    workflows = '["order_payment", "callback_chain", "stored_tokens"]'
    choice = {"workflows": workflows, "storedTokensThrough": '["table", "bucket"]'}
    return run({**stack_config("local"), **choice})


def test_every_function_may_return_the_tokens_of_its_own_state_machine_only(program: Deployment) -> None:
    documents = {
        arn(POLICY, policy.name): policy.json("policy")["Statement"]
        for policy in program.resources
        if policy.type == POLICY
    }
    attached = [r for r in program.resources if r.type == "aws:iam/policyAttachment:PolicyAttachment"]
    found = [(role, documents[a.inputs["policyArn"]]) for a in attached for role in a.inputs["roles"]]
    assert len(attached) == len(documents) == len(set(WORKERS.values()))
    assert len(found) == len(WORKERS)
    for role, statements in found:
        machine = arn("aws:sfn/stateMachine:StateMachine", f"{WORKERS[role]}-workflow")
        own = {"Sid": "ReturnTaskTokens", "Effect": "Allow", "Action": RETURN, "Resource": [machine]}
        assert statements == [own]


def test_nothing_else_gives_rights(program: Deployment) -> None:
    """Each function has a role of its own."""
    functions = {f.name: f.inputs["role"] for f in program.resources if f.type == FUNCTION}
    assert functions == {name: arn(ROLE, name) for name in WORKERS}
    assert all(r.inputs.keys() <= {"assumeRolePolicy", "tags"} for r in program.resources if r.type == ROLE)
    rights = ("aws:iam/", "Permission", "QueuePolicy", "TopicPolicy", "BucketPolicy", "KeyPolicy")
    found = {
        (resource.type.rsplit(":", 1)[1], resource.name)
        for resource in program.cloud()
        if resource.type.startswith(rights[0]) or resource.type.endswith(rights[1:])
    }
    roles = {*WORKERS, *(f"{name}-execution" for name in WORKERS.values())}
    callbacks = {f"{name}-callbacks" for name in WORKERS.values()}
    assert found == {
        *((kind, name) for kind in ("Role", "RolePolicy") for name in roles),
        *((kind, name) for kind in ("Policy", "PolicyAttachment") for name in callbacks),
        ("QueuePolicy", "notices-test"),
        ("Permission", "chain-function-1"),
        ("Permission", "stored-objects-worker"),
        ("BucketPolicy", "stored-objects-callbacks"),
    }
