"""A Map may still be written with the old name of its processor, `Iterator`, and be a distributed one."""

from typing import Any

from components.asl import diagram, needs_own_statements, own_statements, statements
from tests.asl.places import PLACE

SEND = {
    "Type": "Task",
    "Resource": "arn:aws-test:states:::sqs:sendMessage",
    "Parameters": {
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        "MessageBody.$": "$",
    },
    "End": True,
}


def distributed(processor: str) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    each = {"ProcessorConfig": config, "StartAt": "Send", "States": {"Send": SEND}}
    return {"StartAt": "Each", "States": {"Each": {"Type": "Map", processor: each, "End": True}}}


def test_it_needs_the_same_permissions() -> None:
    old, new = distributed("Iterator"), distributed("ItemProcessor")
    machine = "arn:aws-test:states:eu-west-1:123456789012:stateMachine:orders"
    assert needs_own_statements(old)
    assert own_statements(old, state_machine_arn=machine) == own_statements(new, state_machine_arn=machine)
    assert statements(old, **PLACE) == statements(new, **PLACE) != []


def test_it_is_drawn_the_same() -> None:
    assert diagram.mermaid(distributed("Iterator")) == diagram.mermaid(distributed("ItemProcessor"))
