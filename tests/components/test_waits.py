"""What a machine may do that waits for a component; and wait states written as data become what a component's
`wait` builds, and say what is wrong with them."""

from typing import Any

import pulumi
import pytest

from components import CallbackWorkflow, Notifier
from components.asl import wait
from components.common.waits import expand
from tests.support.cases import OTHERS_QUEUE, make
from tests.support.engine import arn, deploy

QUEUE = "https://sqs.example/1/q"


def written(state: dict[str, Any]) -> Any:
    """What becomes of one state."""
    return expand({"StartAt": "Ask", "States": {"Ask": state}})["States"]["Ask"]


def task(parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    wait = {"Type": "Task", "Resource": "countersign:wait", "Parameters": parameters, "TimeoutSeconds": 60}
    return {**wait, **more}


QUEUE_ARN, TABLE = arn("aws:sqs/queue:Queue", "it-callbacks"), arn("aws:dynamodb/table:Table", "it-callbacks")
OBJECTS = f"{arn('aws:s3/bucket:Bucket', 'it-callbacks')}/waits/*"
WORKER_ARN = arn("aws:lambda/function:Function", "it-worker")
KEY = "arn:aws-test:kms:eu-west-1:123456789012:key/k"
RIGHTS: dict[str, tuple[str, str, list[str]]] = {
    "CallbackBucket": ("s3:PutObject", OBJECTS, ["kms:GenerateDataKey"]),
    "CallbackFunction": ("lambda:InvokeFunction", WORKER_ARN, []),
    "CallbackQueue": ("sqs:SendMessage", QUEUE_ARN, ["kms:Decrypt", "kms:GenerateDataKey"]),
    "CallbackTable": ("dynamodb:PutItem", TABLE, ["kms:Decrypt"]),
}
"""Component → what the machine does, on what, and what it needs of the key of both."""


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("kind", RIGHTS)
def test_a_machine_may_leave_a_token_there_and_do_nothing_else(kind: str, key: str | None) -> None:
    def program() -> None:
        waited_for = make(kind, "it", kms_key_arn=key)
        asks = {**waited_for.wait({"order.$": "$.order"}, timeout_seconds=60), "End": True}
        args: Any = {
            "definition": {"StartAt": "Ask", "States": {"Ask": asks}},
            "callback_role_names": waited_for.callback_role_names,
            "kms_key_arn": key,
        }
        CallbackWorkflow("orders", args)

    found = deploy(program)
    statements = found.one("RolePolicy", "orders-execution").json("policy")["Statement"]
    rights = {s["Sid"]: (s["Action"], s["Resource"]) for s in statements if "Condition" not in s}
    assert rights.pop("UseKeys", ([], [])) == (
        (RIGHTS[kind][2], [key]) if key and RIGHTS[kind][2] else ([], [])
    )
    assert rights.keys() - {"DeliverLogs", "WriteTraces"} == {next(iter(rights))}
    action, resource, _ = RIGHTS[kind]
    assert next(iter(rights.values())) == ([action], [resource])
    assert found.one("PolicyAttachment", "orders-callbacks").inputs["roles"] == ["it-worker"]
    ask = found.one("StateMachine", "orders-workflow").json("definition")["States"]["Ask"]
    assert ask["Resource"].endswith(".waitForTaskToken")
    assert "$$.Task.Token" in str(ask["Parameters"])
    assert ask["TimeoutSeconds"] == 60


def test_they_become_what_the_components_build() -> None:
    pairs: list[tuple[Any, Any]] = []

    def program() -> None:
        queue, function = make("CallbackQueue", "it"), make("CallbackFunction", "it")
        ordered_queue, bus = make("CallbackQueue", "fifo", **OTHERS_QUEUE, fifo=True), "shop"
        grouped = task({"QueueUrl": ordered_queue.queue_url, "GroupId.$": "$.account"})
        by_hand = {"GroupId": "all", "DeduplicationId.$": "$.id", "Attributes": {"trace.$": "$.trace"}}
        said = task({"QueueUrl": ordered_queue.queue_url, **by_hand})
        event = task({"EventBusName": bus, "Source": "shop", "DetailType": "Order", "Request.$": "$.order"})
        table, bucket, mail = make("CallbackTable", "it"), make("CallbackBucket", "it"), Notifier("mail")
        short = {"timeout_seconds": 60}
        ordered = task({"QueueUrl": queue.queue_url, "Request.$": "$.order"}, HeartbeatSeconds=9)
        called = task({"FunctionArn": function.function_arn, "Request": {"id.$": "$.id"}})
        pairs.extend(
            [
                (task({"QueueUrl": queue.queue_url}), queue.wait(**short)),
                (ordered, queue.wait("$.order", heartbeat_seconds=9, **short)),
                (called, function.wait({"id.$": "$.id"}, **short)),
                (task({"TableName": table.table_name}), table.wait(**short)),
                (task({"BucketName": bucket.bucket_name}), bucket.wait(**short)),
                (grouped, ordered_queue.wait(group_id="$.account", **short)),
                (
                    said,
                    ordered_queue.wait(
                        group_id="all", deduplication_id="$.id", attributes={"trace": "$.trace"}, **short
                    ),
                ),
                (event, wait.events(bus, "shop", "Order", "$.order", **short)),
            ]
        )
        trace = {"trace.$": "$.trace"}
        state = written(task({"TopicArn": mail.topic_arn, "To": "a@example.com", "Attributes": trace}))
        built = mail.wait("a@example.com", timeout_seconds=60, attributes=trace)
        assert state["Parameters"]["MessageAttributes"]["trace"] == {
            "DataType": "String",
            "StringValue.$": "$.trace",
        }
        assert state["Parameters"].keys() == built["Parameters"].keys()
        pulumi.export("to", state["Parameters"]["MessageAttributes"]["to"]["StringValue"])

    assert deploy(program).exports == {"to": '["a@example.com"]'}
    for data, built in pairs:
        assert written(data) == built


def test_what_is_said_of_the_state_stays_and_the_timeout_may_be_a_path() -> None:
    more = {"Next": "Ship", "ResultPath": "$.answer", "Comment": "asks", "TimeoutSecondsPath": "$.seconds"}
    state = task({"QueueUrl": QUEUE}, **more)
    del state["TimeoutSeconds"]
    assert written(state).items() >= more.items()
    assert written(state)["Parameters"]["MessageBody"]["TimeoutSeconds.$"] == "$.seconds"


def test_jsonata_takes_arguments_wherever_it_is_said() -> None:
    state = task({}, Arguments={"QueueUrl": QUEUE, "Request": "{% $states.input.order %}"})
    del state["Parameters"]
    own = written({**state, "QueryLanguage": "JSONata"})
    assert own["Arguments"]["MessageBody"]["Request"] == "{% $states.input.order %}"
    machine = {"QueryLanguage": "JSONata", "StartAt": "Ask", "States": {"Ask": state}}
    assert expand(machine)["States"]["Ask"] == own


def test_waits_inside_map_and_parallel_are_built_too() -> None:
    inner = {"StartAt": "Ask", "States": {"Ask": task({"QueueUrl": QUEUE}, End=True)}}
    built = expand(inner)["States"]["Ask"]
    states: dict[str, Any] = {
        "Each": {"Type": "Map", "ItemProcessor": inner, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [inner, inner], "End": True},
    }
    found = expand({"StartAt": "Each", "States": states})["States"]
    assert found["Each"]["ItemProcessor"]["States"]["Ask"] == built
    assert [branch["States"]["Ask"] for branch in found["Both"]["Branches"]] == [built, built]
    assert states["Each"]["ItemProcessor"] is inner, "the definition itself is not changed"


def test_a_machine_that_contains_itself_is_left_to_the_checks() -> None:
    machine: dict[str, Any] = {"StartAt": "Each", "States": {}}
    machine["States"]["Each"] = {"Type": "Parallel", "Branches": [machine, machine], "End": True}
    assert expand(machine)["States"]["Each"]["Branches"][0] is machine


ONE_TIMEOUT = "TimeoutSeconds or TimeoutSecondsPath must be given, one of them"
ONE_OF = (
    "Parameters must have one of QueueUrl, FunctionArn, TableName, BucketName, TopicArn, EventBusName, got"
)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (task({}), f"{ONE_OF} none"),
        (task({"Request": 1}), f"{ONE_OF} Request"),
        (task({"QueueUrl": QUEUE, "FunctionArn": "f"}), f"{ONE_OF} QueueUrl, FunctionArn"),
        (task({"QueueUrl": QUEUE, "Body": 1}), "Parameters must have QueueUrl and no more, but for Body"),
        (task({"TopicArn": "t"}), "Parameters must have To, TopicArn and no more, but for To"),
        (
            task({"EventBusName": "b", "Source": "s"}),
            "Parameters must have DetailType, EventBusName, Source and no more, but for DetailType",
        ),
        (
            task({"FunctionArn": "f", "GroupId": "g"}),
            "Parameters must have FunctionArn and no more, but for GroupId",
        ),
        (
            task({"QueueUrl": QUEUE, "GroupId": "g", "GroupId.$": "$.g"}),
            r"Parameters must have GroupId or GroupId\.\$, got both",
        ),
        (
            task({"QueueUrl": f"{QUEUE}.fifo"}),
            f"group_id must be given for a FIFO queue, got none for '{QUEUE}.fifo'",
        ),
        (
            task({"TopicArn": "t", "To": "a", "Attributes": {"to": "b"}}),
            r"attributes must be at most 9, none of them to, got \['to'\]",
        ),
        (task({}, Type="Pass"), "countersign:wait must be the Resource of a Task state with Parameters"),
        (task({"QueueUrl": QUEUE}, TimeoutSecondsPath="$.t"), ONE_TIMEOUT),
        (
            task({"QueueUrl": QUEUE}, TimeoutSeconds=0),
            "timeout_seconds must be between 1 and 31536000, got 0",
        ),
    ],
)
def test_what_is_wrong_is_said_of_the_state(state: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^Ask: {message}$"):
        written(state)
