"""What the other tests stand on: start, finish, look, pause."""

import json
from collections.abc import Iterator

import pytest

from tests.local.support import QUEUE_WORKER
from tests.support.embedded import Embedded, embedded

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def small() -> Iterator[Embedded]:
    with embedded(QUEUE_WORKER, overrides={"greeting": "good morning"}) as deployed:
        yield deployed


def test_an_execution_runs_to_its_end_with_iam_enforced(small: Embedded) -> None:
    execution = small.run(small.outputs["stateMachineArn"], {"name": "ann"})
    assert (execution.status, execution.output) == ("SUCCEEDED", {"said": "good morning", "to": "ann"})
    assert small.history(execution.arn)[-1]["type"] == "ExecutionSucceeded"


def test_a_paused_queue_keeps_its_messages_until_it_goes_on(small: Embedded) -> None:
    queue = small.outputs["queueUrl"]
    with small.paused(queue):
        arn = small.start(small.outputs["stateMachineArn"], {"name": "bob"})
        (message,) = small.messages(queue, wait_seconds=5)
        assert json.loads(message.body)["Name"] == "bob"
        assert small.aws.step_functions.describe_execution(executionArn=arn)["status"] == "RUNNING"
        small.aws.sqs.send_message(QueueUrl=queue, MessageBody=message.body)
        assert small.count(queue) == 1
    assert small.finish(arn).output["to"] == "bob"


def test_a_resource_is_found_by_type_and_name(small: Embedded) -> None:
    found = small.resource("aws:sqs/queue:Queue", "work")
    assert (found["url"], found["delaySeconds"]) == (small.outputs["queueUrl"], 0)
    with pytest.raises(KeyError):
        small.resource("aws:sqs/queue:Queue", "other")
