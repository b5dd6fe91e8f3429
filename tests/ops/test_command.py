"""The command `countersign` in front of the approvals' own functions: what it prints, and what it changes."""

import re
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from countersign_contract.approvals import table
from ops import command
from ops.screen import Screen
from ops.stack import Stack
from ops.verbs.reading import Filters, Operations
from tests.approvals.world import ANN, BOB, CAT, EVE, OPERATOR, World, asked

from .fakes import OUTPUTS, Aws, Many
from .operator import Operator


def several() -> tuple[World, list[str]]:
    """Requests asked an hour apart, the last with the nearest deadline."""
    world, ids = World(quorum=2), []
    for number, seconds in enumerate((90_000, 80_000, 70_000, 20_000)):
        ask = {"subject": f"Release {number}", "approvers": [ANN, BOB] if number else [BOB, CAT]}
        ids.append(world.take(world.wait(ask, execution=f"run-{number}", timeout_seconds=seconds)).id)
        world.advance(3600)
    return world, ids


def test_what_waits_is_listed_with_the_nearest_deadline_first(operator: Operator) -> None:
    world, ids = several()
    aws = Aws(world)
    aws.runs_since(**{"run-0": 0, "plain": 60})
    printed = operator.run(aws, "waiting")
    assert [line.split()[0] for line in printed.splitlines()] == [
        "Request",
        ids[3],
        ids[2],
        ids[1],
        ids[0],
        "Execution",
        "plain",
    ]
    assert re.search(rf"{ids[3]} +Release 3 +{ANN}, {BOB} +in 4h 33m +1h 0m +0/2 +open", printed)
    told = operator.json(aws, "waiting")
    assert told[0] == {
        "kind": "request",
        "requestId": ids[3],
        "workflow": "release",
        "executionArn": world.execution_arn("run-3"),
        "stateName": "Ask",
        "subject": "Release 3",
        "approvers": [ANN, BOB],
        "requester": "",
        "approvals": 0,
        "quorum": 2,
        "since": "2027-01-15T11:00:00Z",
        "until": "2027-01-15T16:33:20Z",
        "status": "open",
    }
    assert told[-1]["executionArn"] == world.execution_arn("plain")


def test_filters(operator: Operator) -> None:
    world, ids = several()
    aws = Aws(world)
    aws.runs_since(**{"run-0": 0, "plain": 60, "old": 90_000})

    def found(*arguments: str) -> list[str]:
        told = operator.json(aws, "waiting", *arguments)
        return [each.get("requestId") or each["executionArn"].rpartition(":")[2] for each in told]

    assert found("--approver", CAT.upper()) == [ids[0]]
    assert found("--older-than", "3h") == [ids[1], ids[0], "old"]
    assert found("--only", "executions") == ["plain", "old"]
    assert found("--only", "approvals") == ids[::-1]
    assert found("--workflow", "release") == [*ids[::-1], "plain", "old"]
    said = operator.run(aws, "waiting", "--workflow", "else", code=2)
    assert said == "--workflow must be one of release, got else\n"


def test_what_is_new_is_listed_by_a_clock_that_is_behind(operator: Operator) -> None:
    world, task = asked()
    world.advance(-60)
    assert task.id in operator.run(Aws(world), "waiting")


def test_nothing_waits(operator: Operator) -> None:
    aws = Aws(World())
    said = operator.run(aws, "waiting")
    assert said == "nothing waits for approval\nno execution runs without a request\n"
    assert operator.json(aws, "waiting") == []


def test_thousands_of_requests_are_read_page_by_page_into_flat_memory() -> None:
    """What is kept is the ARN of each execution."""
    world = asked()[0]
    few, many = Many(world, 200), Many(world, 2_000)

    def peak(aws: Many) -> int:
        tracemalloc.start()
        try:
            operations = Operations(Stack.of(OUTPUTS), aws, Silent())
            operations.waiting(Filters(kind="approvals"))
            assert aws.queries == aws.requests / aws.page + 1
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    class Silent(Screen):
        """Takes rows and forgets them."""

        def rows(self, columns: Any, pages: Any, nothing: str) -> int:
            return sum(len(page) for page in pages)

    assert peak(many) < 2 * peak(few) + 300 * many.requests


def test_the_first_rows_are_printed_before_the_second_page_is_read(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, printed = Aws(several()[0], page=2), []
    really = Screen._table

    def table(*arguments: Any, **more: Any) -> Any:
        printed.append(aws.queries)
        return really(*arguments, **more)

    monkeypatch.setattr(Screen, "_table", table)
    operator.run(aws, "waiting", "--only", "approvals")
    assert printed == [1, 2]


def test_one_request_is_shown_with_all_that_was_decided(operator: Operator) -> None:
    world, task = asked({"subject": "Release 1.4", "details": {"ticket": "APP-7"}}, quorum=2)
    link = world.link(task)
    comment = f"see https://approvals.test/r/{link} \x1b[2J\u202eok"
    world.post(link, outcome="approved", comment=comment)
    world.nudges()
    aws = Aws(world)
    printed = operator.run(aws, "show", task.id)
    for shown in (
        "Release 1.4",
        "APP-7",
        f"{ANN}: approved",
        f"{BOB}: not decided",
        "1 of 2 needed",
        "[link]",
    ):
        assert shown in printed
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    (told,) = operator.json(aws, "show", task.id)
    assert (told["status"], told["approvals"]) == ("open", 1)
    assert told["decisions"][0]["approver"] == ANN
    assert told["approvers"][0] == {"approver": ANN, "stands": "approved"}
    assert operator.run(aws, "show", "0" * 32, code=1).startswith("there is no request 0000")
    assert "must be an id of 32" in operator.run(aws, "show", "run-1", code=2)


def test_the_history_says_who_did_what(operator: Operator) -> None:
    world, task = asked(quorum=2)
    world.post(world.link(task), outcome="approved")
    world.cancel(task.id, "a mistake")
    aws = Aws(world)
    told = operator.json(aws, "history", task.id)
    assert [(row["what"], row["by"]) for row in told] == [
        ("requested", "intake"),
        ("decided", "page"),
        ("cancelled", OPERATOR),
    ]
    assert (told[1]["approver"], told[2]["reason"]) == (ANN, "a mistake")
    printed = operator.run(aws, "history", task.id)
    assert "a mistake" in printed
    assert ANN in printed


CHANGES = {
    "remind": ("are mailed again", ()),
    "resend": ("this approver is mailed again", (BOB,)),
    "cancel": ("the request is cancelled", ("--reason", "a mistake")),
}


@pytest.mark.parametrize("verb", CHANGES)
def test_a_request_is_changed_once_confirmed(operator: Operator, verb: str) -> None:
    world, task = asked()
    aws, (done, more) = Aws(world), CHANGES[verb]
    arguments = (verb, task.id, *more)
    assert "nobody can be asked here: say --yes" in operator.run(aws, *arguments, code=4)
    operator.says("no", "y")
    said = operator.run(aws, *arguments, code=4)
    assert "Release 1.4" in said, "it says of what"
    assert "nothing was changed" in said
    assert "execute-api:Invoke" not in aws.calls
    assert done in operator.run(aws, *arguments)
    assert aws.calls["execute-api:Invoke"] == 1
    assert operator.json(aws, "show", task.id)[0]["status"] == ("cancelled" if verb == "cancel" else "open")
    world.cancel(task.id, "over")
    said = operator.run(aws, *arguments, "--yes", code=1)
    assert said == "nothing was done: the request is cancelled\n"


def test_one_approver_is_mailed_again_and_nobody_sees_their_link(operator: Operator) -> None:
    world, task = asked(quorum=2)
    aws = Aws(world)
    assert f"Approver 1  {BOB}: not decided" in operator.run(aws, "show", task.id)
    assert operator.json(aws, "resend", task.id, "1", "--yes") == [
        {"requestId": task.id, "done": True, "status": "open"}
    ]
    world.nudges()
    (mail,) = world.mails("Reminder")
    assert mail["to"] == BOB
    assert "within the last minute" in operator.run(aws, "resend", task.id, "1", "--yes", code=1)
    said = operator.run(aws, "resend", task.id, EVE, "--yes", code=1)
    assert said == "nothing was done: this approver is not asked\n"
    said = operator.run(aws, "resend", task.id, " ", "--yes", code=2)
    assert said == "approver must be the address or the number of one approver, got nothing\n"


def test_wrong_arguments_are_told_before_aws_is_asked(operator: Operator) -> None:
    aws = Aws(World())
    said = operator.run(aws, "cancel", "0" * 32, "--reason", " ", code=2)
    assert said == "reason must say why it is ended, got nothing\n"
    assert not aws.queries
    with pytest.raises(SystemExit) as ended:
        command.main(["waiting", "--older-than", "soon"])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        ("[]", "outputs must be a JSON object"),
        ("{", "outputs must be JSON, and"),
        ('{"a": "b"}', "outputs must hold a workflow .* got a"),
        ('{"url": "javascript:x", "tableName": "t"}', "outputs must hold a workflow"),
    ],
)
def test_outputs_that_are_none(
    outputs: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(outputs)
    assert command.main(["waiting", "--outputs", str(file)]) == 2
    assert re.search(says, capsys.readouterr().err)


def test_outputs_that_cannot_be_read_are_told_with_the_reason_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for file, why in (
        (str(tmp_path / "none"), "No such file or directory"),
        (str(tmp_path), "Is a directory"),
        (str(binary), "it is no text"),
    ):
        assert command.main(["waiting", "--outputs", file]) == 2
        assert f"--outputs must be a file that can be read, got {file}: {why}" in capsys.readouterr().err


def test_what_an_operator_may_read_holds_neither_token_nor_link_nor_seal() -> None:
    world, task = asked(escalate_after_seconds=600)
    assert world.settings.escalation_approvers == (EVE,)
    stored = {name for item in world.dynamodb.of(task.id) for name in item}
    assert {"token", "links", "seal"} <= stored
    assert not {"token", "links", "seal", "extra", "digest"} & set(table.READABLE)


@pytest.mark.parametrize("missing", ["boto3", "rich"])
def test_without_the_extra_it_says_so(missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None\nfrom ops.__main__ import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", program, "waiting"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"error: there is no {missing} here: the command needs the extra ops of the package, "
        "countersign[ops] in the place of countersign\n"
    )
