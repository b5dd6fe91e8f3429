"""AWS throttles, denies, hangs and loses replies: each verb says which call on what, and never a secret.

`Operator.run` looks for tokens, links and their proofs in all that is printed.
"""

from collections.abc import Mapping

import pytest
from botocore.exceptions import NoCredentialsError

from ops.aws import PREFIXES
from tests.approvals.world import BOB, World

from .fakes import Aws, Fault, answer, hangs, lost, refusal
from .operator import Operator

VERBS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "waiting": (("--state",), ("dynamodb:Query", "states:ListExecutions", "states:DescribeStateMachine",
                               "logs:FilterLogEvents")),
    "show": (("ID",), ("dynamodb:Query",)),
    "history": (("ID",), ("dynamodb:Query",)),
    "export": ((), ("dynamodb:Scan",)),
    "remind": (("ID", "--yes"), ("dynamodb:Query", "execute-api:Invoke")),
    "resend": (("ID", BOB, "--yes"), ("dynamodb:Query", "execute-api:Invoke")),
    "cancel": (("ID", "--reason", "over", "--yes"), ("dynamodb:Query", "execute-api:Invoke")),
    "end-waiting": (("--reason", "over", "--yes"), ("dynamodb:Query", "execute-api:Invoke",
                                                    "states:ListExecutions", "states:StopExecution")),
    "redrive": (("--yes",), ("sqs:GetQueueAttributes", "cloudwatch:GetMetricStatistics",
                             "sqs:ListMessageMoveTasks", "sqs:StartMessageMoveTask")),
    "start-again": (("order-7", "--yes"), ("states:DescribeExecution", "states:StartExecution")),
}  # fmt: skip
"""Verb → arguments, and all that it needs to be allowed."""
OPTIONAL = "cloudwatch:GetMetricStatistics"
MENDED = ("sqs:StartMessageMoveTask", "lost")
"""The move that was begun is found."""
FAULTS: Mapping[str, tuple[Fault, str]] = {
    "throttled": (refusal("ThrottlingException", "Rate exceeded"), "AWS throttled {} on "),
    "denied": (refusal("AccessDeniedException", "not you"), "AWS denied {} on "),
    "failing": (refusal("InternalServerError", "sorry", status=500), "AWS refused {} on "),
    "hanging": (hangs, "gave no answer (ReadTimeoutError)"),
    "lost": (lost, "gave no answer (ReadTimeoutError)"),
    "expired": (refusal("ExpiredToken", "The security token is expired"), "AWS refused {} on "),
}
OF_THE_API: Mapping[str, tuple[Fault, str]] = {
    "throttled": (answer(429, message="Too Many Requests"), "refused the call (429): Too Many Requests"),
    "denied": (answer(403, message="Forbidden"), "(403): Forbidden; execute-api:Invoke is missing"),
    "failing": (answer(500, message="Internal Server Error"), "refused the call (500)"),
    "hanging": FAULTS["hanging"],
    "lost": FAULTS["lost"],
    "expired": (answer(403, message="The security token is expired"), "token is expired"),
    "away": (answer(424, problem="Step Functions could not be asked"), "Step Functions could not be asked"),
    "old": (answer(404, message="Not Found"), "update its stack"),
}


def busy() -> tuple[Aws, str]:
    """Something for each verb to do."""
    world = World(quorum=2)
    task = world.take(world.wait({"subject": "Release 1.4", "details": {"ticket": "APP-7"}}))
    world.post(world.link(task), outcome="approved", comment=f"https://x.test/r/{world.link(task)}")
    world.nudges()
    aws = Aws(world)
    aws.runs_since(plain=60, other=60)
    aws.failed("order-7")
    aws.queues["release-dead"].messages = 2
    return aws, task.id


CASES = [(verb, permission) for verb, (_, permissions) in VERBS.items() for permission in permissions]


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize(("verb", "permission"), CASES)
def test_a_verb_says_which_call_on_what_was_refused(
    operator: Operator, verb: str, permission: str, form: tuple[str, ...]
) -> None:
    operator.meanwhile(lambda _: None)
    for kind, (fault, says) in (OF_THE_API if permission.startswith("execute-api") else FAULTS).items():
        aws, request = busy()
        # Each call of it, however often it is made again.
        aws.faults[permission] = [fault] * 100
        arguments = [request if each == "ID" else each for each in VERBS[verb][0]]
        is_mended = (permission, kind) == MENDED
        code = 0 if permission == OPTIONAL or is_mended else 3
        said = operator.run(aws, verb, *arguments, *form, code=code)
        assert is_mended or says.format(permission) in said
        assert "Traceback" not in said


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_needs_exactly_what_is_written_down(operator: Operator, verb: str) -> None:
    operator.meanwhile(lambda _: None)
    aws, request = busy()
    operator.run(aws, verb, *(request if each == "ID" else each for each in VERBS[verb][0]))
    assert set(aws.calls) == set(VERBS[verb][1])
    assert not any("History" in each or "Receive" in each for each in aws.calls)


def test_without_credentials(operator: Operator) -> None:
    aws = Aws(World())

    def nobody(_: object) -> None:
        raise NoCredentialsError

    aws.faults["dynamodb:Query"] = [nobody]
    said = operator.run(aws, "waiting", code=3)
    assert "Unable to locate credentials" in said


def test_where_a_log_says_more_than_names_it_is_not_read(operator: Operator) -> None:
    """With execution data, a log holds what is passed on: tokens."""
    aws, _ = busy()
    told = operator.json(aws, "waiting", "--state", "--only", "executions")
    assert {each["stateName"] for each in told} == {"Wait"}
    for aws.log_level, aws.log_data in (("ALL", True), ("ERROR", False)):
        aws.calls.clear()
        told = operator.json(aws, "waiting", "--state", "--only", "executions")
        assert {each["stateName"] for each in told} == {"?"}
        assert "logs:FilterLogEvents" not in aws.calls


def test_prefixes_are_those_of_permissions() -> None:
    assert PREFIXES == {"stepfunctions": "states"}
