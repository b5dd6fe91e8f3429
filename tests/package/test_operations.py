"""The Python example runs from the wheel, and every command of docs/operations.md does what the page says.

Each is run as it stands there, on the embedded AWS.
"""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.inbox import Inbox
from tests.approvals.people import People, eventually
from tests.package.build import ROOT
from tests.support.embedded import Embedded, embedded

pytestmark = pytest.mark.embedded
PAGE = (ROOT / "docs" / "operations.md").read_text()
SECTION = re.compile(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = {title: BLOCK.findall(text) for title, text in SECTION.findall(PAGE)}
REQUEST = {"version": "1.4.0", "changes": {"tickets": ["APP-7"]}}


class Operator:
    """Somebody with a shell, the AWS CLI, and the variables of the page."""

    def __init__(self, stack: Embedded, inbox: Inbox, folder: Path) -> None:
        self.stack, self.inbox = stack, inbox
        folder.mkdir()
        (folder / "aws").write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.support.aws_cli "$@"\n')
        (folder / "countersign").write_text(f'#!/bin/sh\nexec {sys.executable} -m ops "$@"\n')
        for program in ("aws", "countersign"):
            (folder / program).chmod(stat.S_IRWXU)
        self._environment = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": stack.endpoint,
            "AWS_DEFAULT_REGION": stack.aws.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "TABLE": self.name("aws:dynamodb/table:Table"),
            "TOPIC": self.of("aws:sns/topic:Topic")["arn"],
            "QUEUE": self.of("aws:sqs/queue:Queue", "intake-callbacks")["url"],
            "DEAD_LETTERS": self.of("aws:sqs/queue:Queue", "dead-letters")["url"],
            "COLUMNS": "200",
        }
        self._folder = folder
        letters = {"deadLetterQueueUrl": self._environment["DEAD_LETTERS"]}
        outputs = {**stack.outputs, "intake": letters}
        (folder / "outputs.json").write_text(json.dumps(outputs))

    def of(self, kind: str, part: str = "") -> Mapping[str, Any]:
        """The outputs of the only resource of this type with this in its name."""
        resources = self.stack.stack.deployment.resources
        (found,) = (made.outputs for r, made in resources if r.type == kind and part in r.name)
        return dict(found)

    def name(self, kind: str, part: str = "") -> str:
        return str(self.of(kind, part)["name"])

    def run(self, title: str, index: int = 0, **variables: str) -> str:
        """What a command of the page prints."""
        environment = {**self._environment, **variables}
        command = ["bash", "-euo", "pipefail", "-c", COMMANDS[title][index]]
        done = subprocess.run(
            command,
            env=environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        for item in self.stack.aws.dynamodb.scan(TableName=environment["TABLE"])["Items"]:
            if token := item.get("token", {}).get("S"):
                assert token not in done.stdout
        return done.stdout.strip()

    def file(self, name: str) -> str:
        """A file that a command has written."""
        return (self._folder / name).read_text()

    def asked(self) -> tuple[str, str]:
        """An execution that waits for approval, and its request."""
        execution = self.stack.start(self.stack.outputs["stateMachineArn"], REQUEST)
        listed: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": f"E#{execution}"}},
        }
        query = self.stack.aws.dynamodb.query
        items = eventually(lambda: query(TableName=self._environment["TABLE"], **listed)["Items"] or None)
        request: str = items[0]["sk"]["S"].rpartition("#")[2]
        eventually(lambda: len(self.links(request)) >= 2 or None)
        return execution, request

    def links(self, request: str) -> list[str]:
        """The approvers' links to a request, one a mail."""
        return [link for mail in self.inbox.mails() for link in mail.links if request in link]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory, example: Path) -> Iterator[Operator]:
    with embedded(example, "local") as stack, Inbox(stack.aws, stack.stack.deployment.resources) as inbox:
        yield Operator(stack, inbox, tmp_path_factory.mktemp("operator") / "bin")


def test_what_is_approved_is_deployed(operator: Operator) -> None:
    execution, request = operator.asked()
    mails = [mail for mail in operator.inbox.mails() if any(request in link for link in mail.links)]
    assert {mail.to for mail in mails} == {"ann@example.com", "bob@example.com"}
    assert "Release 1.4.0" in mails[0].subject
    assert People(operator.stack, operator.inbox).post(mails[0].links[0], outcome="approved").status == 303
    assert operator.stack.finish(execution).status == "SUCCEEDED"
    (deployment,) = operator.stack.messages(operator.stack.outputs["deploymentsUrl"])
    shipped = json.loads(deployment.body)
    assert (shipped["version"], shipped["approval"]["outcome"]) == ("1.4.0", "approved")


def test_what_waits_and_did_the_mail_go_out(operator: Operator) -> None:
    execution, request = operator.asked()
    assert f"{request}  Release 1.4.0 " in operator.run("What waits", 0)
    assert re.search(rf"{request}  Release 1.4.0 .* Ask *$", operator.run("What waits", 1), re.MULTILINE)
    assert "ann@example.com: not decided" in operator.run("What waits", 2, REQUEST=request)
    nothing = {"Item": {"outbox": {"L": []}, "unsent": {"M": {}}, "unreachable": {"M": {}}}}
    eventually(lambda: json.loads(operator.run("Did the mail go out", 0, REQUEST=request)) == nothing or None)
    subscribed = operator.run("Did the mail go out", 1)
    assert "ann@example.com\tarn:aws:sns:" in subscribed
    operator.run("Remind or cancel", 0, REQUEST=request)
    eventually(lambda: len(operator.links(request)) == 4 or None)
    assert operator.run("End a wait", EXECUTION=execution)
    assert operator.stack.finish(execution).status == "ABORTED"


def test_one_approver_is_mailed_again(operator: Operator) -> None:
    execution, request = operator.asked()
    operator.run("Remind or cancel", 1, REQUEST=request, APPROVER="ANN@example.com")
    eventually(lambda: len(operator.links(request)) == 3 or None)
    operator.run("Remind or cancel", 2, REQUEST=request)
    operator.stack.finish(execution)


def test_a_request_is_cancelled(operator: Operator) -> None:
    execution, request = operator.asked()
    operator.run("Remind or cancel", 2, REQUEST=request)
    ended = operator.stack.finish(execution)
    assert (ended.status, ended.error) == ("FAILED", "ApprovalCancelled")


def test_who_decided_why_it_failed_and_again(operator: Operator) -> None:
    execution, request = operator.asked()
    people = People(operator.stack, operator.inbox)
    reply = people.post(operator.links(request)[0], outcome="rejected", comment="not on a Friday")
    assert reply.status == 303
    assert operator.stack.finish(execution).status == "FAILED"
    rows = [line.split() for line in operator.run("Who decided", REQUEST=request).splitlines()]
    (decided,) = (row for row in rows if row[1] == "decided")
    assert decided[2] in {"ann@example.com", "bob@example.com"}
    assert decided[3] == "rejected"
    status, error, cause = operator.run("Why did it fail", EXECUTION=execution).split("\t")
    assert (status, error) == ("FAILED", "ApprovalRejected")
    assert "not on a Friday" in cause
    assert re.search(rf"{request} .* decided ", operator.run("Who decided", 1))
    operator.run("Who decided", 2)
    exported = [json.loads(line) for line in operator.file("export.jsonl").splitlines()]
    assert [
        each["comment"] for each in exported if each.get("requestId") == request and "comment" in each
    ] == ["not on a Friday"]
    operator.run("Start again", EXECUTION=execution)
    describe = operator.stack.aws.step_functions.describe_execution
    assert json.loads(describe(executionArn=f"{execution}-again-1")["input"]) == REQUEST


def test_everything_that_waits_is_ended(operator: Operator) -> None:
    first, second = operator.asked()[0], operator.asked()[0]
    operator.run("End everything that waits")
    for execution in (first, second):
        ended = operator.stack.finish(execution)
        assert (ended.status, ended.error) == ("FAILED", "ApprovalCancelled")
    eventually(lambda: operator.run("What waits", 0) == "" or None)


def test_a_worker_is_held_back_and_dead_letters_are_counted_and_deleted(operator: Operator) -> None:
    """Only then are they moved back: the embedded AWS has no such call, tests/ops/test_redriving.py does."""
    assert operator.run("Hold a worker back") in {"Disabled", "Disabling"}
    queue = operator.of("aws:sqs/queue:Queue", "dead-letters")["url"]
    with operator.stack.paused(queue):
        operator.stack.aws.sqs.send_message(QueueUrl=queue, MessageBody="{}")
        assert re.search(r"^intake +1 +0 *$", operator.run("Dead letters", 0), re.MULTILINE)
        operator.run("Dead letters", 2)
        for said in (operator.run("Dead letters", 0), operator.run("Dead letters", 1)):
            assert re.search(r"^intake +0 +0 *$", said, re.MULTILINE)


def test_no_command_was_left_out() -> None:
    """A new one on the page needs a test here."""
    tried = re.findall(r'\.run\("([^"]+)"(?:, (\d))?', Path(__file__).read_text())
    there = {(title, index) for title, found in COMMANDS.items() for index in range(len(found))}
    assert {(title, int(index or 0)) for title, index in tried} == there
