"""Moto's interpreter of Amazon States Language, with the tasks that the embedded AWS cannot run.

AWS's SDK integration writes an object that is given as Body as JSON. Moto hands it to boto3 as it is, which
takes only text: the one thing that is added here.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import boto3
import botocore.session
import pytest
from moto import mock_aws

from tests.support.patience import until

T = TypeVar("T")

ACCOUNT = "123456789012"


def _body_as_json(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    body = params.get("Body")
    return {**params, "Body": json.dumps(body).encode()} if isinstance(body, dict) else params


@contextmanager
def interpreted(region: str) -> Iterator[boto3.Session]:
    """A session whose state machines run."""
    core = botocore.session.Session()
    core.register("provide-client-params.s3.PutObject", _body_as_json)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        made = boto3.Session(botocore_session=core, region_name=region)
        with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
            patch.setattr(boto3, "DEFAULT_SESSION", made)  # what moto makes its clients with
            yield made


def start(session: boto3.Session, definition: str, request: object) -> str:
    """Start an execution of a new state machine; its ARN."""
    machines = session.client("stepfunctions")
    machine = machines.create_state_machine(
        name="interpreted", definition=definition, roleArn=f"arn:aws:iam::{ACCOUNT}:role/any"
    )
    started = machines.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(request))
    return started["executionArn"]


def ending(session: boto3.Session, execution: str) -> Any:
    """How an execution ended, once it has."""
    machines = session.client("stepfunctions")

    def ended() -> Any:
        found = machines.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return until("the end of the execution", ended)
