"""The command on the embedded AWS, with IAM enforced: signed calls, and who made them."""

import json
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ops.command import main
from tests.approvals.people import People, eventually

from . import page

pytestmark = pytest.mark.embedded


class Operator:
    """Somebody with credentials."""

    def __init__(self, people: People, folder: Path, credentials: Mapping[str, str]) -> None:
        self._people = people
        self._outputs = folder / "outputs.json"
        self._outputs.write_text(json.dumps(people.stack.outputs))
        self._environment = {
            "AWS_ENDPOINT_URL": people.stack.endpoint,
            "AWS_DEFAULT_REGION": people.stack.aws.region,
            **credentials,
        }

    def run(self, *arguments: str, code: int = 0) -> list[Any]:
        """What the command says, in JSON, which holds no token and no link; what went wrong, as it is."""
        out, err = StringIO(), StringIO()
        with mock.patch.dict(os.environ, self._environment), redirect_stdout(out), redirect_stderr(err):
            ended = main([*arguments, "--json", "--outputs", str(self._outputs)])
        printed = out.getvalue() + err.getvalue()
        assert ended == code, printed
        for item in [*self._people.items(0), *self._people.items(1)]:
            if token := item.get("token", {}).get("S"):
                assert token not in printed
        for mail in self._people.inbox.mails():
            assert not any(link in printed for link in mail.links)
        return [json.loads(line) for line in out.getvalue().splitlines()] or [err.getvalue().strip()]


def role(people: People, name: str, *statements: Mapping[str, Any]) -> dict[str, str]:
    """Credentials of a role with these statements."""
    aws = people.stack.aws
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": aws.arn("iam", "root", region="")},
        "Action": "sts:AssumeRole",
    }
    made = aws.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    policy = {"Version": "2012-10-17", "Statement": statements}
    aws.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    taken = aws.client("sts").assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="olga")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }


@pytest.fixture(scope="module")
def resources(people: People) -> dict[str, list[str]]:
    """What the words of the page's policies stand for."""
    aws, outputs = people.stack.aws, people.stack.outputs
    machines = [each["stateMachineArn"] for each in outputs["workflows"].values()]
    return {
        "TABLE": [
            aws.arn("dynamodb", f"table/{each['tableName']}") for each in outputs["approvals"].values()
        ],
        "MACHINE": machines,
        "EXECUTIONS": [f"{each.replace(':stateMachine:', ':execution:')}:*" for each in machines],
        "LOG": [aws.arn("logs", "log-group:*")],
        "OPERATOR": [each["operatorArn"] for each in outputs["approvals"].values()],
        "DEAD_LETTERS": [aws.arn("sqs", "*")],
    }


def request_of(link: str) -> str:
    return link.rpartition("/")[2].partition(".")[0]


def test_an_operator_sees_and_acts_and_a_reader_only_sees(
    people: People, tmp_path: Path, resources: Mapping[str, list[str]]
) -> None:
    """With the policies of docs/operations.md."""
    look, act, _ = (page.statements(policy, {**resources, "QUEUE": []}) for policy in page.POLICIES)
    operator = Operator(people, tmp_path, role(people, "operators", *look, *act))
    execution, links = people.ask("askTwo")
    request = request_of(links[0])

    waits = eventually(
        lambda: (
            [each for each in operator.run("waiting", "--state") if each.get("requestId") == request] or None
        )
    )
    assert (waits[0]["executionArn"], waits[0]["stateName"]) == (execution, "Ask")
    (shown,) = operator.run("show", request)
    assert (shown["status"], shown["quorum"]) == ("open", 2)
    (resent,) = operator.run("resend", request, "BOB@example.com", "--yes")
    assert resent["done"]
    people.mails(lambda mail: mail.subject.startswith("Reminder") and request in mail.links[0], 1)
    (reminded,) = operator.run("remind", request, "--yes")
    assert reminded["done"], "the others were not mailed a moment ago"
    people.mails(lambda mail: mail.subject.startswith("Reminder") and request in mail.links[0], 3)

    reader = Operator(people, tmp_path, role(people, "readers", *look))
    (seen,) = reader.run("show", request)
    assert seen["status"] == "open"
    for arguments, missing in {
        ("cancel", request, "--reason", "a mistake", "--yes"): "execute-api:Invoke",
        ("start-again", execution, "--yes"): "states:DescribeExecution",
    }.items():
        (refused,) = reader.run(*arguments, code=3)
        assert missing in refused
    assert people.state(links[0]) == "open"
    url = people.stack.outputs["approvals"]["two"]["url"]
    assert people.call(f"{url}/operator", "POST", "{}", content_type="application/json").status == 403

    (cancelled,) = operator.run("cancel", request, "--reason", "a mistake", "--yes")
    assert cancelled == {"requestId": request, "done": True, "status": "cancelled"}
    ended = people.stack.finish(execution)
    assert (ended.status, ended.error) == ("FAILED", "ApprovalCancelled")
    assert json.loads(ended.cause)["reason"] == "a mistake"
    assert people.call(links[0]).status == 410
    last = operator.run("history", request)[-1]
    assert (last["what"], last["reason"]) == ("cancelled", "a mistake")
    assert last["by"].endswith("assumed-role/operators/olga")
    assert last | {"requestId": request} in reader.run("history", "--since", "1h")
    exported = [each for each in reader.run("export", "--since", "1h") if each["requestId"] == request]
    assert exported[-1] == last | {"kind": "audit", "requestId": request}


def test_what_ended_is_started_again_and_all_that_waits_is_ended(
    people: People, tmp_path: Path, resources: Mapping[str, list[str]]
) -> None:
    look, act, _ = (page.statements(policy, {**resources, "QUEUE": []}) for policy in page.POLICIES)
    operator = Operator(people, tmp_path, role(people, "enders", *look, *act))
    execution, links = people.ask("askSome", 1, approvers=["ann@example.com", "bob@example.com"])
    (ended,) = operator.run("end-waiting", "--workflow", "askSome", "--reason", "over", "--yes")
    assert ended == {
        "kind": "request",
        "requestId": request_of(links[0]),
        "done": True,
        "status": "cancelled",
    }
    assert people.stack.finish(execution).error == "ApprovalCancelled"

    name = execution.rpartition(":")[2]
    told = {"executionArn": execution, "again": f"{name}-again-1", "started": True}
    assert operator.run("start-again", name, "--workflow", "askSome", "--yes") == [told]
    second = f"{execution}-again-1"
    eventually(
        lambda: (
            [
                each
                for each in operator.run("waiting")
                if each.get("executionArn") == second and "requestId" in each
            ]
            or None
        )
    )
    assert len(operator.run("end-waiting", "--workflow", "askSome", "--reason", "over", "--yes")) == 1
    assert people.stack.finish(second).error == "ApprovalCancelled"
    again = operator.run("start-again", name, "--workflow", "askSome", "--yes", code=1)
    assert again == [told | {"started": False, "status": "FAILED"}]
