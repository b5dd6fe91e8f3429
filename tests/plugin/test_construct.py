"""Components constructed over gRPC, as programs in other languages do: the same children as from Python."""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import grpc
import pytest
from pulumi.provider.experimental.util import camel_case

from tests.plugin.host import Host, Recorder, output, running
from tests.support.cases import ARGUMENTS, COMPONENTS, make
from tests.support.engine import Deployment, arn, deploy, queue_url

each = pytest.mark.parametrize("kind", COMPONENTS)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running() as started:
        yield started


def sent(kind: str, **more: Any) -> dict[str, Any]:
    """The arguments of `kind` under the names that other languages know."""
    return {camel_case(name): value for name, value in {**ARGUMENTS[kind], **more}.items()}


def without_order(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs with JSON texts read."""
    return {
        key: json.loads(value) if isinstance(value, str) and value.startswith('{"') else value
        for key, value in inputs.items()
    }


def children(found: Deployment) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Everything registered: type, name, parent's name and inputs."""
    names = {resource.urn: resource.name for resource in found.resources}
    return sorted(
        ((r.type, r.name, names.get(r.parent, ""), without_order(r.inputs)) for r in found.resources),
        key=lambda resource: resource[:2],
    )


@each
def test_it_is_what_python_gets_and_what_the_schema_says(host: Host, kind: str) -> None:
    """The same children, in a preview too, and the outputs that the schema promises."""
    with Recorder(preview=True) as preview, Recorder() as update:
        host.construct(kind, "it", sent(kind), preview)
        outputs = host.construct(kind, "it", sent(kind), update)
    assert children(update.deployment) == children(deploy(lambda: make(kind, "it")))
    assert preview.deployment.keys() == update.deployment.keys()
    schema = host.schema()["resources"][f"countersign:index:{kind}"]
    assert set(outputs) == set(schema["properties"]) == set(schema["required"])


REQUEST = {"rate": 2.5, "orderId.$": "$.order_id", "lineItems": 3.0}


def waiting(queue: Any) -> dict[str, Any]:
    """A definition as another language writes it: numbers are floats, and the queue is an Output."""
    return {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": "countersign:wait",
                "Parameters": {"QueueUrl": queue, "Request": REQUEST},
                "TimeoutSeconds": 60.0,
                "ResultPath": "$.answer_of",
                "End": True,
            }
        },
    }


def test_a_definition_arrives_unharmed_and_its_waits_are_built(host: Host) -> None:
    with Recorder() as monitor:
        queue = host.construct("CallbackQueue", "orders", {}, monitor)
        inputs = {
            "definition": waiting(output(queue["queueUrl"])),
            "callbackRoleNames": output(queue["callbackRoleNames"]),
        }
        host.construct("CallbackWorkflow", "pay", inputs, monitor)
    found = monitor.deployment
    ask = found.one("StateMachine", "pay-workflow").json("definition")["States"]["Ask"]
    assert ask["Resource"] == "arn:aws-test:states:::sqs:sendMessage.waitForTaskToken"
    assert ask["Parameters"]["QueueUrl"] == queue_url("orders-callbacks")
    assert ask["Parameters"]["MessageBody"]["TaskToken.$"] == "$$.Task.Token"
    request = ask["Parameters"]["MessageBody"]["Request"]
    assert request == {"orderId.$": "$.order_id", "lineItems": 3, "rate": 2.5}
    assert list(request) == sorted(request), "objects have no order on the wire"
    assert (ask["TimeoutSeconds"], ask["ResultPath"]) == (60, "$.answer_of")
    text = found.one("StateMachine", "pay-workflow").inputs["definition"]
    assert "60.0" not in text
    assert "3.0" not in text
    assert found.one("PolicyAttachment", "pay-callbacks").inputs == {
        "policyArn": arn("aws:iam/policy:Policy", "pay-callbacks"),
        "roles": ["orders-dead-letters"],
    }


def test_in_a_preview_neither_the_queue_nor_how_many_roles_there_are_nor_an_address_need_be_known(
    host: Host,
) -> None:
    unknown = output(known=False)
    arns = {"audit": unknown, "hear": "arn:aws-test:sqs:eu-west-1:123456789012:hear"}
    with Recorder(preview=True) as monitor:
        inputs = {"definition": waiting(unknown), "callbackRoleNames": unknown}
        host.construct("CallbackWorkflow", "pay", inputs, monitor)
        host.construct("Notifier", "mail", {"queueArnsByName": arns}, monitor)
    resources = monitor.deployment.cloud()
    assert {r.name for r in resources if r.type.startswith("aws:iam/policy")} == {"pay-callbacks"}
    subscriptions = {r.name for r in resources if r.type.endswith(":TopicSubscription")}
    assert subscriptions == {"mail-queue-audit", "mail-queue-hear"}


_numbers = count()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Recorder]:
    """An engine that lasts, as a real one does, while a refused component is still being registered."""
    with Recorder() as monitor:
        yield monitor


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("CallbackQueue", {"timeoutSeconds": 0}),
        ("CallbackQueue", {"tag": "payments"}),
        ("CallbackFunction", {}),
        ("CallbackWorkflow", {"definition": {"StartAt": "A", "States": {}}}),
        ("CallbackWorkflow", {"definition": {}, "tracing": 1}),
        ("Notifier", {"emails": "ann@example.com"}),
        ("Notifier", {"emailsByName": {"ann": "nobody"}}),
    ],
)
def test_a_wrong_argument_gets_the_message_it_gets_in_python(
    host: Host, lasting: Recorder, kind: str, inputs: dict[str, Any]
) -> None:
    arguments = {re.sub("(?=[A-Z])", "_", name).lower(): value for name, value in inputs.items()}
    name = f"it-{next(_numbers)}"
    with pytest.raises(ValueError, match=f"^{kind} {name}: ") as in_python:
        deploy(lambda: COMPONENTS[kind](name, arguments))
    with pytest.raises(grpc.RpcError) as elsewhere:
        host.construct(kind, name, inputs, lasting)
    assert elsewhere.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert lasting.deployment.cloud() == []
    metadata = {item.key: item.value for item in elsewhere.value.trailing_metadata() or ()}
    told = metadata["grpc-status-details-bin"]
    assert isinstance(told, bytes)
    assert str(in_python.value).encode() in told
    assert b"Traceback" not in told
    assert b'File "' not in told


def test_children_get_the_parent_the_provider_and_the_outputs_of_the_program(host: Host) -> None:
    parent = "urn:pulumi:test::countersign::test:index:Team::team"
    provider = "urn:pulumi:test::countersign::pulumi:providers:aws::frankfurt::provider-id"
    numbers = {"timeoutSeconds": output(60.0)}
    with Recorder() as monitor:
        host.construct("CallbackQueue", "it", numbers, monitor, parent=parent, providers={"aws": provider})
    found = monitor.deployment
    assert found.one("Queue", "it-callbacks").inputs["visibilityTimeoutSeconds"] == 360
    assert found.one("CallbackQueue", "it").parent == parent
    assert {monitor.providers[resource.urn]["aws"] for resource in found.cloud()} == {provider}
