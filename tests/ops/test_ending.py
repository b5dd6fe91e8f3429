"""`end-waiting`: what waits for approval is cancelled, and what runs without a request is stopped."""

import itertools
import json

import pytest

from tests.approvals.world import MACHINE, OPERATOR, World, asked

from .fakes import Aws, Execution, Fault, answer, hangs, lost, refusal
from .operator import Operator

END = ("end-waiting", "--reason", "the stack goes", "--yes")


def waits(requests: int = 2, plain: int = 2) -> tuple[World, Aws, list[str]]:
    """So many executions that wait for approval, and so many that wait for something else."""
    world = World()
    aws, ids = Aws(world), []
    for number in range(requests):
        ids.append(world.take(world.wait(execution=f"asks-{number}")).id)
        aws.runs[f"asks-{number}"] = Execution(f"asks-{number}", world.now())
    for number in range(plain):
        aws.runs[f"plain-{number}"] = Execution(f"plain-{number}", world.now())
    return world, aws, ids


def test_approvals_are_cancelled_and_plain_waits_are_stopped(operator: Operator) -> None:
    world, aws, ids = waits(requests=4, plain=5)
    said = operator.run(aws, *END)
    assert said == "4 requests cancelled, 5 executions stopped\n"
    assert {each.status for name, each in aws.runs.items() if "plain" in name} == {"ABORTED"}
    assert aws.runs["plain-0"].error == "Cancelled: the stack goes"
    assert {each.status for name, each in aws.runs.items() if "asks" in name} == {"FAILED"}
    answers = [json.loads(each.cause or "") for each in world.states.accepted]
    assert [each["by"] for each in answers] == [OPERATOR] * 4
    assert {each["cancelled"] for each in answers} == set(ids)
    world.nudges()
    assert len(world.mails("No longer needed")) == 3 * 4, "approvers are told"
    assert operator.run(aws, *END) == "0 requests cancelled, 0 executions stopped\n"


def test_it_says_what_before_it_asks(operator: Operator) -> None:
    _, aws, ids = waits(1, 1)
    operator.says("n")
    said = operator.run(aws, *END[:-1], code=4)
    assert ids[0] in said
    assert "plain-0" in said
    assert {each.status for each in aws.runs.values()} == {"RUNNING"}
    operator.says()
    assert "nobody can be asked here: say --yes" in operator.run(aws, *END[:-1], "--json", code=4)
    operator.says("y")
    assert "1 requests cancelled, 1 executions stopped" in operator.run(aws, *END[:-1])
    assert "nothing waits" in operator.run(aws, *END[:-1]), "and nobody is asked"


def test_each_is_a_line_of_json(operator: Operator) -> None:
    world, aws, ids = waits(1, 1)
    assert operator.json(aws, *END) == [
        {"kind": "request", "requestId": ids[0], "done": True, "status": "cancelled"},
        {"kind": "execution", "executionArn": world.execution_arn("plain-0"), "done": True},
    ]


def test_what_still_runs_is_waited_for_and_then_told(operator: Operator) -> None:
    """A workflow that catches the cancellation may go on for a while."""
    world, aws, _ = waits(1, 0)
    aws.runs["goes-on"] = Execution("goes-on", world.now())
    world.take(world.wait(execution="goes-on"))
    another = world.states.start(world.execution_arn("goes-on"), 3600)
    pauses: list[float] = []
    operator.meanwhile(pauses.append)
    assert "1 executions still run: do it again" in operator.run(aws, *END, code=1)
    assert len(pauses) == 30
    world.states.forget(another)
    operator.meanwhile(lambda _: pytest.fail("it waits for nothing"))
    operator.run(aws, *END)


def test_it_goes_on_as_soon_as_nothing_runs(operator: Operator) -> None:
    world, aws, _ = waits(0, 1)
    aws.runs["goes-on"] = Execution("goes-on", world.now())
    world.take(world.wait(execution="goes-on"))
    another = world.states.start(world.execution_arn("goes-on"), 3600)
    operator.meanwhile(lambda _: world.states.forget(another))
    operator.run(aws, *END)


def test_an_answer_that_is_on_its_way_is_not_lost(operator: Operator) -> None:
    """It is decided and not delivered: its execution ends by itself."""
    world, task = asked()
    aws = Aws(world)
    aws.runs["run-1"] = Execution("run-1", world.now())
    for (partition, _), item in world.dynamodb.items.items():
        if partition.startswith("E#"):
            item["waiting"] = {"S": "decided"}
    operator.meanwhile(lambda _: None)
    operator.run(aws, *END, code=1)
    assert aws.runs["run-1"].status == "RUNNING"
    assert not world.states.accepted
    assert world.record(task).request.status == "open"


def test_only_one_workflow(operator: Operator) -> None:
    world, aws, _ = waits(1, 1)
    said = operator.run(aws, *END, "--workflow", "else", code=2)
    assert said == "--workflow must be one of release, got else\n"
    for item in world.dynamodb.items.values():
        if "waiting" in item:
            item["state_machine_arn"] = {"S": f"{MACHINE}-of-another-stack"}
    operator.meanwhile(lambda _: None)
    operator.run(aws, *END, "--workflow", "release", code=1)
    assert not world.states.accepted, "the request is of another workflow"
    assert aws.runs["plain-0"].status == "ABORTED"


FAULTS = [
    *itertools.product(
        ["states:StopExecution"],
        [lost, hangs, refusal("ThrottlingException"), refusal("InternalFailure", status=500)],
    ),
    *itertools.product(
        ["execute-api:Invoke"], [lost, hangs, answer(429, message="Too Many"), answer(424, problem="away")]
    ),
]


@pytest.mark.parametrize(("permission", "fault"), FAULTS)
def test_one_that_fails_does_not_keep_the_others_and_doing_it_again_ends_it(
    operator: Operator, permission: str, fault: Fault
) -> None:
    world, aws, _ = waits()
    operator.meanwhile(lambda _: None)
    aws.faults[permission] = [fault]
    assert "1 could not be ended: do it again" in operator.run(aws, *END, code=3)
    operator.run(aws, *END)
    assert "RUNNING" not in {each.status for each in aws.runs.values()}
    assert len(world.states.accepted) == 2, "each task was failed once"


def test_after_three_failures_in_a_row_it_ends(operator: Operator) -> None:
    _, aws, _ = waits(0, 9)
    aws.faults["states:StopExecution"] = [hangs] * 9
    said = operator.run(aws, *END, code=3)
    assert "0 requests cancelled, 0 executions stopped, 3 not ended, and then: " in said
    assert aws.calls["states:StopExecution"] == 3


def test_what_is_denied_is_told_at_once_with_the_action_and_on_what(operator: Operator) -> None:
    _, aws, _ = waits(0, 3)
    aws.faults["states:StopExecution"] = [refusal("AccessDeniedException", "not you")]
    said = operator.run(aws, *END, code=3)
    assert "AWS denied states:StopExecution on the execution plain-" in said
    assert "not you (docs/operations.md says what operators must be allowed)" in said
    assert aws.calls["states:StopExecution"] == 1


def test_a_reason_is_needed(operator: Operator) -> None:
    said = operator.run(Aws(World()), "end-waiting", "--reason", "\u200b", "--yes", code=2)
    assert said == "reason must say why it is ended, got nothing\n"
