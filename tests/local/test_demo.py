"""The demo: it plays the real stack to its endings, and does not say "as expected" of what is not."""

import re
import signal
from pathlib import Path

import pytest

from local.__main__ import main
from local.demo import approvals, play, scene
from local.demo.scene import Result
from local.errors import LocalError, TooSlow
from local.observe.patience import NotSeen
from tests.local.support import command, descendants, gone, outcome, program
from tests.support.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.embedded

# A stack that looks like ours and does nothing: no worker, no notification, everything succeeds.
IDLE = """
import json
import pulumi
import pulumi_aws as aws

queue = aws.sqs.Queue("q")
notices = aws.sqs.Queue("n")
trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = aws.iam.Role("r", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
definition = json.dumps({"StartAt": "Only", "States": {"Only": STATE}})
machine = aws.sfn.StateMachine("m", role_arn=role.arn, definition=definition)
workflow = {"stateMachineArn": machine.arn, "queueUrl": queue.url, "deadLetterQueueUrl": queue.url}
pulumi.export("workflows", {"order_payment": workflow})
pulumi.export("notificationTestQueueUrl", notices.url)
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo printed for this stack with IAM enforced."""
    code, out, err = outcome("demo", "--auth", temporary=tmp_path_factory.mktemp("temporary"))
    assert code == 0, out + err
    assert "/r/" not in out + err, "links are secrets"
    return out


def test_every_scene_of_this_stack_ends_as_expected(played: str) -> None:
    ended = re.findall(r"^(.+): .+ \(\d+\.\d\d s\)  ok$", played, re.MULTILINE)
    assert ended == [each.title for each in play.SCENES]
    assert "\nA payment is declined: FAILED PaymentDeclined (" in played
    assert re.search(r"^A message is broken: \d+ deliveries ", played, re.MULTILINE)
    assert f"\n{len(ended)} of {len(ended)} scenes as expected" in played


def test_a_timeline_tells_states_messages_worker_calls_and_the_end(played: str) -> None:
    down = played.split("The payment provider is down")[1].split("\n\n")[0]
    lines = [re.sub(r"^ +[\d.]+ s +", "", line) for line in down.splitlines()]
    kinds = [line.split()[0] for line in lines[1:-1]]
    assert set(kinds) == {"execution", "state", "message", "worker", "task"}
    assert (kinds[0], lines[1].split()[-1]) == ("execution", "started")
    assert "state      ProcessPayment entered" in lines
    assert "message    sent by sqs:sendMessage with a task token; waiting" in lines
    assert [line for line in lines if "(delivery 3): RuntimeError" in line]
    assert [line for line in lines if line.startswith("message    notification received: Payment failed")]
    assert [line for line in lines if line.startswith("execution  FAILED: CallbackQueue.DeadLettered")]


def test_interrupted_it_ends_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    """While scenes are being played: what they wait for would come in an hour."""
    folder = program(
        tmp_path / "program", IDLE.replace("STATE", '{"Type": "Wait", "Seconds": 3600, "End": True}')
    )
    temporary = tmp_path / "temporary"
    with command("demo", "--folder", str(folder), temporary=temporary) as process:
        assert process.stdout is not None
        assert "resources deployed" in process.stdout.readline()
        children = descendants(process.pid)
        assert children
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130
        assert gone(children)
    assert list(temporary.glob("countersign-*")) == []


def test_what_is_not_as_expected_is_said_and_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = program(tmp_path / "program", IDLE.replace("STATE", '{"Type": "Succeed"}'))
    monkeypatch.setattr(scene, "PATIENCE_SECONDS", 0.5)  # Nothing follows in this stack.
    monkeypatch.setattr("sys.argv", ["local", "demo", "--folder", str(folder)])
    assert main() == 1
    out = capsys.readouterr().out
    assert "0 of 5 scenes as expected" in out
    assert "A payment is declined: SUCCEEDED (" in out
    assert "NOT: the execution fails; found: SUCCEEDED" in out
    assert "NOT: one notification was sent; found: 0" in out
    assert "NOT: it was refused as work and as a dead letter; found: set()" in out


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"workflows": {"brand_new": {}}}, "no scene plays the workflow brand_new: see local/demo"),
        ({}, "the stack deploys no workflow"),
        (
            {"workflows": {"order_payment": {}}},
            "reads notifications from the test queue, which this stack does",
        ),
    ],
)
def test_a_stack_that_cannot_be_played_says_why(outputs: dict[str, object], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        play.scenes_of(outputs)


SLOW = TooSlow("the mail: not seen within 600 s")
MISSING = NotSeen("the mail: not seen, with time for it")


@pytest.mark.parametrize(
    ("outcomes", "status", "marks"),
    [
        ([None, None], 0, ["ok", "ok"]),
        ([None, SLOW], TooSlow.EXIT_STATUS, ["ok", "TOO SLOW"]),
        ([SLOW, MISSING], 1, ["TOO SLOW", "NOT AS EXPECTED"]),
    ],
    ids=["all", "too-slow", "missing-too"],
)
def test_a_machine_that_is_too_slow_is_an_outcome_of_its_own(
    outcomes: list[Exception | None], status: int, marks: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    first = approvals.SCENES[0]
    results = [
        play.unplayed(first, outcome) if outcome else Result(first, "SUCCEEDED", 1.0, (), ())
        for outcome in outcomes
    ]
    assert play.conclude(results, 12.0) == status
    out = capsys.readouterr().out
    assert [line.partition(")  ")[2] for line in out.splitlines() if line.startswith(first.title)] == marks
    for problem in filter(None, outcomes):
        assert f"NOT: the scene can be played; found: {type(problem).__name__}: {problem}" in out
    assert f"{marks.count('ok')} of 2 scenes as expected, 12.0 s in all" in out
    advice = f"This machine was too slow for 1: {TooSlow.ADVICE}.\n"
    assert (advice in out) == (SLOW in outcomes)
