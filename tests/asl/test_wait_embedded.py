"""The embedded AWS runs what the builders build, and the message arrives whole, whatever it asks."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from components.asl import Definition, wait
from local import observe
from local.aws import Aws
from local.emulator import Emulator
from tests.support.patience import until

pytestmark = pytest.mark.embedded

REGION = "eu-north-1"
SECONDS = 900  # Every task is answered, however long this machine takes for it.
NAME = 'Ask "it\'s" {x}'
ORDER = {"n": 1.5, "text": "it's {a} \\ \" é 한 \n", "list": [1, None, True, {}], "empty": ""}
LITERAL = {"a.b": "it's {x} \\ \" é \n", "list": [1, None, True, []], "zero": 0}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with Emulator(region=REGION) as emulator:
        yield Aws(emulator.endpoint, REGION)


@pytest.fixture(scope="module")
def queue_url(aws: Aws) -> str:
    return aws.sqs.create_queue(QueueName="waits")["QueueUrl"]


@pytest.fixture(scope="module")
def table(aws: Aws) -> str:
    aws.dynamodb.create_table(
        TableName="waits",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "waits"


def start(aws: Aws, name: str, state: dict[str, Any]) -> str:
    """Start an execution of a machine of one state."""
    definition = {"StartAt": NAME, "States": {NAME: {**state, "End": True}}}
    account = aws.arn("sqs", "x").split(":")[4]
    text = Definition(definition).fill(partition="aws", region=REGION, account_id=account).render()
    machine = aws.step_functions.create_state_machine(
        name=name, definition=text, roleArn=f"arn:aws:iam::{account}:role/any"
    )
    started = aws.step_functions.start_execution(
        stateMachineArn=machine["stateMachineArn"], input=json.dumps({"order": ORDER, "seconds": SECONDS})
    )
    return started["executionArn"]


def output(aws: Aws, execution: str) -> Any:
    """What a successful execution returned."""
    found = observe.wait_for_end(aws, execution)
    assert found.status == "SUCCEEDED", found.cause
    return found.output


def receive(aws: Aws, queue_url: str) -> Any:
    """The one message of the queue, once it has come."""
    (message,) = until("a message", lambda: observe.receive(aws, queue_url))
    return json.loads(message.body)


def text(queue_url: str, request: Any, seconds: Any, query_language: str) -> dict[str, Any]:
    arguments = {"QueueUrl": queue_url, "MessageBody": wait.MESSAGE_TEXT}
    return wait.task(
        "sqs:sendMessage", arguments, request, timeout_seconds=seconds, query_language=query_language
    )


def template(queue_url: str, request: Any, seconds: Any, query_language: str) -> dict[str, Any]:
    return wait.sqs(queue_url, request, timeout_seconds=seconds, query_language=query_language)


REQUESTS = [
    ("JSONPath", "$.order", "$.seconds", ORDER),
    ("JSONPath", {"order.$": "$.order", "literal": LITERAL}, SECONDS, {"order": ORDER, "literal": LITERAL}),
    # A timeout that is an expression is not evaluated there (MiniStack 1.5.33).
    ("JSONata", "{% $states.input.order %}", SECONDS, ORDER),
    (
        "JSONata",
        {"order": "{% $states.input.order %}", "literal": LITERAL},
        SECONDS,
        {"order": ORDER, "literal": LITERAL},
    ),
]


@pytest.mark.parametrize("build", [template, text])
@pytest.mark.parametrize(("query_language", "request_", "seconds", "expected"), REQUESTS)
def test_a_message_arrives_whole_and_its_token_is_the_answer(
    aws: Aws,
    queue_url: str,
    build: Callable[..., dict[str, Any]],
    query_language: str,
    request_: Any,
    seconds: Any,
    expected: Any,
) -> None:
    name = f"{build.__name__}-{query_language}-{'path' if isinstance(request_, str) else 'dict'}"
    execution = start(aws, name, build(queue_url, request_, seconds, query_language))
    message = receive(aws, queue_url)
    token, entered = message.pop("TaskToken"), message.pop("EnteredTime")
    machine = execution.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    assert message == {
        "ExecutionArn": execution,
        "StateMachineArn": machine,
        "StateName": NAME,
        "RetryCount": 0,
        "TimeoutSeconds": SECONDS,
        "Request": expected,
    }
    assert entered.startswith("20")
    aws.step_functions.send_task_success(taskToken=token, output=json.dumps({"done": name}))
    assert output(aws, execution) == {"done": name}


@pytest.mark.parametrize(("query_language", "request_", "seconds", "expected"), REQUESTS)
def test_an_item_holds_the_same_message(
    aws: Aws, table: str, query_language: str, request_: Any, seconds: Any, expected: Any
) -> None:
    kind = "path" if isinstance(request_, str) else "dict"
    state = wait.dynamodb(table, None, request_, timeout_seconds=seconds, query_language=query_language)
    execution = start(aws, f"item-{query_language}-{kind}", state)

    def stored() -> list[Any]:
        items = aws.dynamodb.scan(TableName=table)["Items"]
        return [item for item in items if item["ExecutionArn"]["S"] == execution]

    (item,) = until("the item", stored)
    assert item["RetryCount"] == {"N": "0"}
    assert item["TimeoutSeconds"] == {"N": str(SECONDS)}
    assert item["StateName"] == {"S": NAME}
    assert json.loads(item["Request"]["S"]) == expected
    assert len(item["id"]["S"]) == 64
    aws.step_functions.send_task_success(taskToken=item["TaskToken"]["S"], output="{}")
    assert output(aws, execution) == {}


def test_an_event_carries_the_message(aws: Aws, queue_url: str) -> None:
    queue_arn = aws.arn("sqs", "waits")
    aws.events.put_rule(Name="waits", EventPattern=json.dumps({"source": ["shop"]}))
    aws.events.put_targets(Rule="waits", Targets=[{"Id": "queue", "Arn": queue_arn}])
    state = wait.events("default", "shop", "Order Waiting", "$.order", timeout_seconds=SECONDS)
    execution = start(aws, "event", state)
    event = receive(aws, queue_url)
    assert event["detail-type"] == "Order Waiting"
    assert event["detail"]["Request"] == ORDER
    aws.step_functions.send_task_success(taskToken=event["detail"]["TaskToken"], output="{}")
    assert output(aws, execution) == {}


def test_another_machine_has_the_message_as_input(aws: Aws) -> None:
    child = {"StartAt": "Work", "States": {"Work": {"Type": "Pass", "End": True}}}
    machine = aws.step_functions.create_state_machine(
        name="child",
        definition=Definition(child).render(),
        roleArn=f"arn:aws:iam::{aws.arn('sqs', 'x').split(':')[4]}:role/any",
    )["stateMachineArn"]
    execution = start(aws, "parent", wait.states(machine, "$.order", timeout_seconds=SECONDS))
    list_executions = aws.step_functions.list_executions
    (child_execution,) = until("the child", lambda: list_executions(stateMachineArn=machine)["executions"])
    found = aws.step_functions.describe_execution(executionArn=child_execution["executionArn"])
    message = json.loads(found["input"])
    assert (message["ExecutionArn"], message["Request"]) == (execution, ORDER)
    aws.step_functions.send_task_success(taskToken=message["TaskToken"], output="{}")
    assert output(aws, execution) == {}
