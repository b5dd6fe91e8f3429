"""Every way of a token to a worker, with every ending, a message that comes twice, and one that is no wait.

The embedded AWS has no task that puts an object, so the test puts it. From there on all is as deployed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.observe.machines import definition_of
from tests.e2e.support import Asking, calls_for, held, task_ends
from tests.support.embedded import Embedded, embedded
from tests.support.patience import until
from tests.support.stores import stored_item

pytestmark = pytest.mark.embedded

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
QUEUES = ("queue", "topic-to-queue-raw", "topic-to-queue", "bus-to-queue", "fifo", "fifo-in-batches")
FUNCTIONS = ("topic-to-function", "bus-to-function", "function")
STORES = ("table", "bucket")
WAYS = (*QUEUES, *FUNCTIONS, *STORES)
WITHOUT_ATTRIBUTES = ("bus-to-queue", "bus-to-function", "function", *STORES)


@pytest.fixture(scope="module")
def ways() -> Iterator[Embedded]:
    with embedded(Path(__file__).with_name("ways")) as deployed:
        yield deployed


@pytest.fixture(scope="module")
def asking(ways: Embedded) -> Asking:
    """Wait messages in the test's hands, for any of the workers."""
    return Asking(ways, ways.outputs["any-way"], "Ask")


def asked(do: str, group: str = "g", **more: Any) -> dict[str, Any]:
    return {"do": do, "group": group, "trace": TRACE, **more}


def deliver(ways: Embedded, way: str, message: dict[str, Any]) -> None:
    """Send a message as the way's wait state does."""
    body, new = json.dumps(message), uuid4().hex
    if way == "bucket":
        bucket: str = ways.outputs["bucket-name"]
        ways.aws.s3.put_object(Bucket=bucket, Key=f"waits/{new}.json", Body=body)
        return
    to = definition_of(ways.aws, ways.outputs[way])["States"]["Ask"]["Parameters"]
    if "QueueUrl" in to:
        order: Any = {"MessageGroupId": "g", "MessageDeduplicationId": new} if way.startswith("fifo") else {}
        ways.aws.sqs.send_message(QueueUrl=to["QueueUrl"], MessageBody=body, **order)
    elif "TopicArn" in to:
        address = {"to": to["MessageAttributes"]["to"]}
        ways.aws.sns.publish(TopicArn=to["TopicArn"], Message=body, MessageAttributes=address)
    elif "Entries" in to:
        entry: Any = {**to["Entries"][0], "Detail": body}
        ways.aws.events.put_events(Entries=[entry])
    elif "TableName" in to:
        ways.aws.dynamodb.put_item(TableName=to["TableName"], Item=stored_item(message, new))
    else:
        ways.aws.functions.invoke(FunctionName=to["FunctionName"], Payload=body)


def begun(ways: Embedded, asking: Asking, way: str, do: str) -> str:
    """An execution that asks a worker to do something."""
    if way != "bucket":
        return ways.start(ways.outputs[way], asked(do, do))
    task = asking.ask(asked(do))
    deliver(ways, way, dict(task.message))
    return task.execution_arn


@pytest.mark.parametrize("way", WAYS)
def test_every_ending_comes_back(ways: Embedded, asking: Asking, way: str) -> None:
    runs = {do: begun(ways, asking, way, do) for do in ("succeed", "fail", "break")}
    done = ways.finish(runs["succeed"])
    assert done.status == "SUCCEEDED", (done.error, done.cause)
    assert done.output["did"] == "succeed"
    assert done.output["trace"] == (None if way in WITHOUT_ATTRIBUTES else TRACE)
    refused, broken = ways.finish(runs["fail"]), ways.finish(runs["break"])
    assert (refused.status, refused.error, refused.cause) == ("FAILED", "Refused", "as asked")
    assert (broken.status, broken.error, broken.cause) == (
        "FAILED",
        "CallbackQueue.DeadLettered" if way in QUEUES else "RuntimeError",
        "RuntimeError: as asked",
    )


@pytest.mark.parametrize("way", ["fifo", "fifo-in-batches"])
def test_a_group_is_worked_on_in_its_order_and_waits_for_what_comes_again(ways: Embedded, way: str) -> None:
    machine, url = ways.outputs[way], ways.outputs[f"{way}-url"]
    runs: list[str] = []
    with ways.paused(url):
        for number, do in enumerate(["succeed", "break", "succeed", "succeed"]):
            runs.append(ways.start(machine, asked(do, "ordered", number=number)))
            until("its message", lambda: len(held(ways, url)) == len(runs))
    first, broken, *others = [ways.finish(run) for run in runs]
    assert broken.error == "CallbackQueue.DeadLettered"
    assert [each.status for each in (first, *others)] == ["SUCCEEDED"] * 3
    began = [each.output["began"] for each in (first, *others)]
    assert began == sorted(began)
    assert began[1] > broken.stopped.timestamp(), "not before it was given up"
    assert began[0] < broken.stopped.timestamp()


@pytest.mark.parametrize("way", WAYS)
def test_the_same_message_twice_is_answered_once_and_no_fault(
    ways: Embedded, asking: Asking, way: str
) -> None:
    task = asking.ask(asked("succeed"))
    deliver(ways, way, dict(task.message))
    done = ways.finish(task.execution_arn)
    # Only now: the embedded AWS still takes a second answer in the moment in which it ends the task.
    deliver(ways, way, dict(task.message))
    calls = calls_for(ways, done, at_least=2)
    assert sorted(call.fields["outcome"] for call in calls) == ["closed", "succeeded"]
    assert {(call.fields["level"], call.fields["task_id"]) for call in calls} == {("INFO", task.task_id)}
    assert (done.status, done.output["did"]) == ("SUCCEEDED", "succeed")
    assert task_ends(ways, done, "Ask") == ["TaskSucceeded"]


@pytest.mark.parametrize("way", WAYS)
def test_a_message_that_is_no_wait_is_logged_as_unusable_and_fails_nothing(
    ways: Embedded, asking: Asking, way: str
) -> None:
    characters = 5_000 + WAYS.index(way)
    deliver(ways, way, {"TaskToken": "x" * characters, "Request": asked("fail")})
    run = begun(ways, asking, way, "succeed")
    assert ways.finish(run).status == "SUCCEEDED"
    says = f"TaskToken must have between 1 and 2048 characters, got {characters}"
    found = until("its log", lambda: [line for line in ways.logs() if line.fields.get("error") == says])
    assert {(line.fields["outcome"], line.fields["level"]) for line in found} == {("unusable", "ERROR")}
    assert not [line for line in ways.logs() if "xxx" in line.text]
