"""`start-again`: what failed is started anew with the same input, never twice, and nobody sees the input."""

import pytest

from ops.verbs.starting import next_name
from tests.approvals.world import World

from .fakes import SECRET, Aws, Execution, Fault, hangs, lost, refusal
from .operator import Operator


def failed(*names: str) -> Aws:
    aws = Aws(World(), page=2)
    for name in names:
        aws.failed(name)
    return aws


def test_an_execution_is_started_again_with_the_same_input_once_confirmed(operator: Operator) -> None:
    aws = failed("order-7")
    assert "say --yes" in operator.run(aws, "start-again", "order-7", code=4)
    operator.says("n", "y")
    said = operator.run(aws, "start-again", "order-7", code=4)
    assert "Fault" in said
    assert "What they did before they failed is done again." in said
    assert list(aws.runs) == ["order-7"]
    assert "order-7-again-1 runs" in operator.run(aws, "start-again", "order-7")
    assert aws.runs["order-7-again-1"].text == aws.runs["order-7"].text
    assert SECRET in aws.runs["order-7"].text


def test_twice_does_not_start_two(operator: Operator) -> None:
    aws = failed("order-7")
    for _ in range(2):
        operator.run(aws, "start-again", "order-7", "--yes")
    assert list(aws.runs) == ["order-7", "order-7-again-1"]
    aws.failed("order-7-again-1")
    said = operator.run(aws, "start-again", "order-7", "--yes", code=1)
    assert "order-7-again-1 was started before, and is FAILED" in said
    arn = aws.world.execution_arn("order-7-again-1")
    assert operator.json(aws, "start-again", arn, "--yes") == [
        {"executionArn": arn, "again": "order-7-again-2", "started": True}
    ]


@pytest.mark.parametrize("fault", [lost, hangs, refusal("ThrottlingException"), refusal("InternalFailure")])
def test_after_an_error_it_is_done_again(operator: Operator, fault: Fault) -> None:
    aws = failed("order-7")
    aws.faults["states:StartExecution"] = [fault]
    operator.run(aws, "start-again", "order-7", "--yes", code=3)
    operator.run(aws, "start-again", "order-7", "--yes")
    assert list(aws.runs) == ["order-7", "order-7-again-1"]


def test_a_refusal_that_quotes_the_input_is_not_printed(operator: Operator) -> None:
    aws = failed("order-7")
    aws.faults["states:StartExecution"] = [refusal("InvalidExecutionInput", f"cannot read {SECRET}")]
    said = operator.run(aws, "start-again", "order-7", "--yes", code=3)
    assert "states:StartExecution on the state machine release: InvalidExecutionInput" in said


def test_all_that_failed_since_a_time_but_not_what_people_ended(operator: Operator) -> None:
    aws = failed("a", "b", "c")
    aws.failed("timed-out", status="TIMED_OUT", error="")
    aws.failed("old", ago=90_000)
    aws.failed("no", error="ApprovalRejected")
    aws.failed("cancelled", error="ApprovalCancelled")
    aws.failed("stopped", status="ABORTED")
    aws.runs_since(runs=60)
    before = set(aws.runs)
    told = operator.json(aws, "start-again", "--since", "1d", "--yes")
    assert {each["again"] for each in told} == {f"{each}-again-1" for each in ("a", "b", "c", "timed-out")}
    assert set(aws.runs) - before == {each["again"] for each in told}
    aws.world.advance(3600)
    operator.says("y")
    assert "nothing has failed in this time" in operator.run(aws, "start-again", "--since", "1m")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("runs",), 1, "nothing was started: runs is RUNNING"),
        (("none",), 1, "there is no execution none: say its workflow"),
        (("arn:aws-test:states:eu-test-1:123456789012:execution:else:x",), 2, "EXECUTION must be of a work"),
        ((), 2, "start-again needs EXECUTION or --since, got none"),
        (("runs", "--since", "1h"), 2, "start-again needs EXECUTION or --since, got both"),
        (("stopped",), 0, "stopped-again-1 runs"),
        (("rejected", "--workflow", "release"), 0, "rejected-again-1 runs"),
    ],
)
def test_what_can_be_started_again(
    operator: Operator, arguments: tuple[str, ...], code: int, says: str
) -> None:
    aws = failed()
    aws.runs_since(runs=60)
    aws.failed("stopped", status="ABORTED")
    aws.failed("rejected", error="ApprovalRejected")
    assert says in operator.run(aws, "start-again", *arguments, "--yes", code=code)


@pytest.mark.parametrize("name", ["order-7", "x" * 73, "x" * 80, "x-again-9999", f"{'x' * 70}-again-99"])
def test_names_fit_and_differ_and_are_always_the_same(name: str) -> None:
    """A name that EventBridge gives has 73 characters, of 80."""
    names, last = {name}, name
    for _ in range(12):
        assert next_name(last) == next_name(last)
        last = next_name(last)
        assert len(last) <= 80
        names.add(last)
    assert len(names) == 13
    assert next_name("x" * 79 + "1") != next_name("x" * 79 + "2")


def test_no_history_is_read(operator: Operator) -> None:
    aws = failed("a")
    aws.runs["b"] = Execution("b", aws.world.now())
    operator.run(aws, "start-again", "a", "--yes")
    assert set(aws.calls) == {"states:DescribeExecution", "states:StartExecution"}
