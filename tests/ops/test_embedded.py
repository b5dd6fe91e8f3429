"""The command on the embedded AWS, with IAM enforced: signed calls, and who made them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.approvals.people import People, eventually
from tests.package.build import ROOT

pytestmark = pytest.mark.embedded
PATIENCE_SECONDS = 120


class Operator:
    """Somebody with a shell and credentials."""

    def __init__(self, people: People, folder: Path, credentials: Mapping[str, str]) -> None:
        self._people = people
        self._outputs = folder / "outputs.json"
        self._outputs.write_text(json.dumps(people.stack.outputs))
        self._environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": people.stack.endpoint,
            "AWS_DEFAULT_REGION": people.stack.aws.region,
            "PATH": str(folder),  # without Pulumi
            **credentials,
        }

    def run(self, *arguments: str, code: int = 0) -> list[Any]:
        """What the command says, in JSON, which holds no token and no link; what went wrong, as it is."""
        done = subprocess.run(
            [sys.executable, "-m", "ops", *arguments, "--json", "--outputs", str(self._outputs)],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == code, printed
        for item in [*self._people.items(0), *self._people.items(1)]:
            if token := item.get("token", {}).get("S"):
                assert token not in printed
        for mail in self._people.inbox.mails():
            assert not any(link in printed for link in mail.links)
        return [json.loads(line) for line in done.stdout.splitlines()] or [done.stderr.strip()]


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


def test_an_operator_sees_reminds_and_cancels_and_a_reader_only_sees(people: People, tmp_path: Path) -> None:
    aws, approvals = people.stack.aws, people.stack.outputs["approvals"]
    tables = [aws.arn("dynamodb", f"table/{each['tableName']}") for each in approvals.values()]
    read = {
        "Effect": "Allow",
        "Action": "dynamodb:Query",
        "Resource": [*tables, *(f"{table}/index/waiting" for table in tables)],
    }
    runs = {"Effect": "Allow", "Action": "states:ListExecutions", "Resource": "*"}
    operate = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [each["operatorArn"] for each in approvals.values()],
    }
    operator = Operator(people, tmp_path, role(people, "operators", read, runs, operate))
    execution, links = people.ask("askTwo")
    request = links[0].rpartition("/")[2].partition(".")[0]

    waits = eventually(
        lambda: [each for each in operator.run("waiting") if each.get("requestId") == request] or None
    )
    assert waits[0]["executionArn"] == execution
    (shown,) = operator.run("show", request)
    assert (shown["status"], shown["quorum"]) == ("open", 2)
    (reminded,) = operator.run("remind", request, "--yes")
    assert reminded["done"]
    people.mails(lambda mail: mail.subject.startswith("Reminder") and request in mail.links[0], 3)

    reader = Operator(people, tmp_path, role(people, "readers", read, runs))
    (seen,) = reader.run("show", request)
    assert seen["status"] == "open"
    (refused,) = reader.run("cancel", request, "--reason", "a mistake", "--yes", code=3)
    assert "refused the call (403)" in refused
    assert people.state(links[0]) == "open"
    unsigned = people.call(
        f"{approvals['two']['url']}/operator", "POST", "{}", content_type="application/json"
    )
    assert unsigned.status == 403

    (cancelled,) = operator.run("cancel", request, "--reason", "a mistake", "--yes")
    assert cancelled == {"requestId": request, "done": True, "status": "cancelled"}
    ended = people.stack.finish(execution)
    assert (ended.status, ended.error) == ("FAILED", "ApprovalCancelled")
    assert json.loads(ended.cause)["reason"] == "a mistake"
    assert people.call(links[0]).status == 410
    last = operator.run("history", request)[-1]
    assert (last["what"], last["reason"]) == ("cancelled", "a mistake")
    assert last["by"].endswith("assumed-role/operators/olga")
