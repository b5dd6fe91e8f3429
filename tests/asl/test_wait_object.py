"""A wait that stores its token in S3, run by moto's interpreter: the embedded AWS has no such task.

AWS's SDK integration writes an object that is given as Body as JSON. Moto hands it to boto3 as it is, which
takes only text: the one thing that is added here.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from moto import mock_aws

from components.asl import wait
from components.asl.resolve import fill, render

REGION, ACCOUNT = "eu-north-1", "123456789012"


def _body_as_json(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    body = params.get("Body")
    return {**params, "Body": json.dumps(body).encode()} if isinstance(body, dict) else params


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    core = botocore.session.Session()
    core.register("provide-client-params.s3.PutObject", _body_as_json)  # type: ignore[arg-type]
    made = boto3.Session(botocore_session=core, region_name=REGION)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", made)  # what moto makes its clients with
        yield made


def test_the_stored_message_holds_the_token_and_its_name_does_not(session: boto3.Session) -> None:
    s3, machines = session.client("s3"), session.client("stepfunctions")
    s3.create_bucket(Bucket="waits", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    state = wait.s3("waits", "open/", {"order.$": "$.order", "kind": "release"}, timeout_seconds=30)
    definition = {"StartAt": "Store", "States": {"Store": {**state, "End": True}}}
    machine = machines.create_state_machine(
        name="store",
        definition=render(fill(definition, partition="aws", region=REGION, account_id=ACCOUNT)),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
    )["stateMachineArn"]
    execution = machines.start_execution(
        stateMachineArn=machine, input=json.dumps({"order": {"id": "it's {1}"}})
    )["executionArn"]

    (stored,) = _until(lambda: s3.list_objects_v2(Bucket="waits").get("Contents"))
    found = s3.get_object(Bucket="waits", Key=stored["Key"])
    message = json.loads(found["Body"].read())
    assert found["ContentType"] == "application/json"
    assert message["Request"] == {"order": {"id": "it's {1}"}, "kind": "release"}
    assert (message["StateName"], message["RetryCount"], message["TimeoutSeconds"]) == ("Store", 0, 30)
    assert stored["Key"].startswith("open/")
    assert stored["Key"].endswith(".json")
    assert message["TaskToken"] not in stored["Key"]

    machines.send_task_success(taskToken=message["TaskToken"], output=json.dumps({"done": True}))
    ended = _until(
        lambda: (
            found
            if (found := machines.describe_execution(executionArn=execution))["status"] != "RUNNING"
            else None
        )
    )
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"done": True})


def _until(look: Any) -> Any:
    """What a look finds within five seconds."""
    for _ in range(100):
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing was found in time")
