"""Ways to a worker other than a standard queue: a FIFO queue, a topic, an EventBridge bus. Each has exactly
the leave that it needs."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components import CallbackFunction, CallbackQueue, CallbackWorkflow, Notifier
from components.asl import wait
from tests.support.cases import WORKER
from tests.support.engine import Deployment, Registration, arn, deploy

CALLBACKS = arn("aws:sqs/queue:Queue", "orders-callbacks")
DEAD_LETTERS = arn("aws:sqs/queue:Queue", "orders-dead-letters")
RULE = arn("aws:cloudwatch/eventRule:EventRule", "orders-events")
TOPIC = arn("aws:sns/topic:Topic", "asked-notices")
PATTERN = {"source": ["shop"], "detail-type": ["Order"], "detail": {"StateName": ["Pay"]}}


def queue(**args: Any) -> Deployment:
    made: Any = {"worker": WORKER, **args}
    return deploy(lambda: CallbackQueue("orders", made))


def of(found: Deployment, kind: str) -> list[Registration]:
    return [each for each in found.cloud() if each.type.endswith(f":{kind}")]


def senders(found: Deployment, name: str) -> list[tuple[str, str, str]]:
    """Who may put messages on a queue, and do nothing else: service, on behalf of what, on which queue."""
    statements = found.one("QueuePolicy", name).json("policy")["Statement"]
    assert {(each["Effect"], *each["Action"]) for each in statements} == {("Allow", "sqs:SendMessage")}
    return [
        (each["Principal"]["Service"], each["Condition"]["ArnEquals"]["aws:SourceArn"], *each["Resource"])
        for each in statements
    ]


# FIFO.


def test_a_fifo_queue_has_dead_letters_of_its_type_and_gives_one_message_at_a_time() -> None:
    found = queue(fifo=True)
    for name in ("orders-callbacks", "orders-dead-letters"):
        inputs = found.one("Queue", name).inputs
        assert inputs["fifoQueue"] is True
        assert inputs["contentBasedDeduplication"] is True
        assert (inputs["deduplicationScope"], inputs["fifoThroughputLimit"]) == (
            "messageGroup",
            "perMessageGroupId",
        )
        assert inputs["visibilityTimeoutSeconds"] == 180
    for name, size in (("orders-worker", 1), ("orders-dead-letters", 10)):
        mapping = found.one("EventSourceMapping", name).inputs
        assert mapping["batchSize"] == size
        assert "maximumBatchingWindowInSeconds" not in mapping
    assert (
        queue(fifo=True, batch_size=10).one("EventSourceMapping", "orders-worker").inputs["batchSize"] == 10
    )


def test_a_fifo_queue_is_brought_and_its_dead_letters_are_fifo() -> None:
    theirs = "arn:aws-test:sqs:eu-west-1:123456789012:theirs.fifo"
    found = queue(fifo=True, queue_arn=theirs, queue_url="https://sqs.test/123456789012/theirs.fifo")
    (made,) = of(found, "Queue")
    assert (made.name, made.inputs["fifoQueue"]) == ("orders-dead-letters", True)
    assert found.one("EventSourceMapping", "orders-worker").inputs["eventSourceArn"] == theirs


def test_what_only_turns_out_to_be_fifo_is_refused() -> None:
    def program() -> None:
        later = aws.sqs.Queue("theirs", fifo_queue=True)
        CallbackQueue("orders", {"queue_arn": later.arn.apply(lambda a: f"{a}.fifo"), "queue_url": later.url})

    with pytest.raises(
        pulumi.RunError, match=r"^CallbackQueue orders: queue_arn must be the ARN of a standard"
    ):
        deploy(program)


def test_a_wait_says_the_group_and_no_two_waits_are_duplicates() -> None:
    states: dict[str, Any] = {}

    def program() -> None:
        made = CallbackQueue("orders", {"fifo": True})
        states["plain"] = made.wait(timeout_seconds=60, group_id="$.account")
        states["own"] = made.wait(timeout_seconds=60, group_id="all", deduplication_id="$.order.id")
        states["jsonata"] = made.wait(
            timeout_seconds=60, group_id="{% $states.input.account %}", query_language="JSONata"
        )
        with pytest.raises(
            ValueError, match=r"^CallbackQueue orders: group_id must be given to wait, because"
        ):
            made.wait(timeout_seconds=60)
        with pytest.raises(
            ValueError, match=r"^CallbackQueue orders: group_id must be 1 to 128 visible ASCII"
        ):
            made.wait(timeout_seconds=60, group_id="")
        standard = CallbackQueue("standard", {})
        with pytest.raises(ValueError, match="group_id must only be given for a FIFO queue, got 'all'"):
            standard.wait(timeout_seconds=60, group_id="all")
        with pytest.raises(ValueError, match="deduplication_id must be given with group_id, got 'x' alone"):
            standard.wait(timeout_seconds=60, deduplication_id="x")

    deploy(program)
    ordered = {
        name: {k: v for k, v in state.get("Parameters", state.get("Arguments")).items() if "Id" in k}
        for name, state in states.items()
    }
    assert ordered == {
        "plain": {
            "MessageGroupId.$": "$.account",
            "MessageDeduplicationId.$": "States.Hash($$.Task.Token, 'SHA-256')",
        },
        "own": {"MessageGroupId": "all", "MessageDeduplicationId.$": "$.order.id"},
        "jsonata": {
            "MessageGroupId": "{% $states.input.account %}",
            "MessageDeduplicationId": "{% $hash($states.context.Task.Token, 'SHA-256') %}",
        },
    }


# A topic.


def test_a_queue_hears_of_a_topic_what_is_for_it_alone_and_the_topic_may_send_it() -> None:
    def program() -> None:
        topic = Notifier("asked", {})
        made = CallbackQueue("orders", {"worker": WORKER, "topic_arn": topic.topic_arn})
        asks = topic.wait(made.queue_arn, timeout_seconds=60, attributes={"traceparent": "$.trace"})
        args: Any = {
            "definition": {"StartAt": "Ask", "States": {"Ask": {**asks, "End": True}}},
            "callback_role_names": made.callback_role_names,
        }
        CallbackWorkflow("flow", args)

    found = deploy(program)
    assert senders(found, "orders-callbacks") == [("sns.amazonaws.com", TOPIC, CALLBACKS)]
    (subscription,) = of(found, "TopicSubscription")
    assert subscription.json("filterPolicy") == {"to": [CALLBACKS]}
    inputs = subscription.inputs
    assert (inputs["topic"], inputs["protocol"], inputs["endpoint"]) == (TOPIC, "sqs", CALLBACKS)
    assert inputs["rawMessageDelivery"] is True
    assert found.one("QueuePolicy", "orders-callbacks").urn in subscription.dependencies
    ask = found.one("StateMachine", "flow-workflow").json("definition")["States"]["Ask"]
    assert ask["Parameters"]["MessageAttributes"] == {
        "traceparent": {"DataType": "String", "StringValue.$": "$.trace"},
        "to": {"DataType": "String.Array", "StringValue": f'["{CALLBACKS}"]'},
    }


def subscribing(program: Callable[[], object]) -> list[str]:
    """What it warns of."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", lambda text, resource: said.append(f"{resource._name}: {text}"))
        deploy(program)
    return said


NOT_LET = (
    "late: queue_arns holds the queue of CallbackQueue orders, which does not let this topic send: what is "
    "sent there is lost, unless you give the queue an aws.sqs.QueuePolicy. Give the CallbackQueue this topic "
    "as topic_arn instead, and take it out here"
)


@pytest.mark.parametrize("argument", ["queue_arns", "queue_arns_by_name"])
def test_a_notifier_warns_of_a_queue_that_lets_no_topic_send(argument: str) -> None:
    def program(theirs: Any = None, **more: Any) -> None:
        made = CallbackQueue("orders", {"topic_arn": theirs})
        arns: Any = [made.queue_arn] if argument == "queue_arns" else {"orders": made.queue_arn}
        args: Any = {argument: arns, **more}
        Notifier("late", args)

    other = TOPIC.replace("asked", "other")
    assert subscribing(program) == [NOT_LET]
    assert subscribing(lambda: program(other)) == [NOT_LET]
    assert subscribing(lambda: program(other, topic_arn=TOPIC)) == [NOT_LET]
    assert subscribing(lambda: program(other, topic_arn=pulumi.Output.from_input(TOPIC))) == [NOT_LET]
    assert subscribing(lambda: Notifier("fine", {"queue_arns": [CALLBACKS]})) == []
    twice = "queue_arns must not hold the queue of CallbackQueue orders, which is subscribed to this topic by"
    with pytest.raises(pulumi.RunError, match=f"Notifier late: {twice}"):
        deploy(lambda: program(TOPIC, topic_arn=TOPIC))
    with pytest.raises(pulumi.RunError, match=f"Notifier late: {twice}"):
        deploy(lambda: program(TOPIC, topic_arn=pulumi.Output.from_input(TOPIC)))


# A bus.


def test_a_rule_brings_a_queue_the_tokens_of_a_bus_and_what_it_cannot_deliver_is_a_dead_letter() -> None:
    found = queue(event_pattern=PATTERN, event_bus_name="shop")
    rule = found.one("EventRule", "orders-events")
    assert rule.json("eventPattern") == {
        **PATTERN,
        "detail": {"TaskToken": [{"exists": True}], "StateName": ["Pay"]},
    }
    assert rule.inputs["eventBusName"] == "shop"
    assert senders(found, "orders-callbacks") == [("events.amazonaws.com", RULE, CALLBACKS)]
    assert senders(found, "orders-dead-letters") == [("events.amazonaws.com", RULE, DEAD_LETTERS)]
    target = found.one("EventTarget", "orders-events")
    assert target.inputs == {
        "rule": "orders-events",
        "eventBusName": "shop",
        "arn": CALLBACKS,
        "deadLetterConfig": {"arn": DEAD_LETTERS},
    }
    for name in ("orders-callbacks", "orders-dead-letters"):
        assert found.one("QueuePolicy", name).urn in target.dependencies


def test_a_topic_and_a_bus_share_the_one_policy_that_a_queue_has() -> None:
    found = queue(event_pattern={}, topic_arn=TOPIC)
    assert [service for service, *_ in senders(found, "orders-callbacks")] == [
        "sns.amazonaws.com",
        "events.amazonaws.com",
    ]
    assert found.one("EventRule", "orders-events").json("eventPattern") == {
        "detail": {"TaskToken": [{"exists": True}]}
    }
    assert "eventBusName" not in found.one("EventRule", "orders-events").inputs


def test_nobody_else_may_send_to_a_queue() -> None:
    assert of(queue(), "QueuePolicy") == []


def test_a_rule_calls_a_function_which_lets_this_rule_alone() -> None:
    def program() -> None:
        bus = aws.cloudwatch.EventBus("shop")
        made = CallbackFunction(
            "orders",
            {"worker": WORKER, "event_pattern": PATTERN, "event_bus_name": bus.name},
        )
        asks = wait.events(bus.name, "shop", "Order", timeout_seconds=60)
        args: Any = {
            "definition": {"StartAt": "Ask", "States": {"Ask": {**asks, "End": True}}},
            "callback_role_names": made.callback_role_names,
        }
        CallbackWorkflow("flow", args)

    found = deploy(program)
    permission = found.one("Permission", "orders-events")
    assert permission.inputs["principal"] == "events.amazonaws.com"
    assert permission.inputs["sourceArn"] == RULE
    target = found.one("EventTarget", "orders-events")
    function = arn("aws:lambda/function:Function", "orders-worker")
    assert target.inputs == {"rule": "orders-events", "eventBusName": "shop", "arn": function}
    assert {permission.urn, found.one("RolePolicy", "orders-worker").urn} <= set(target.dependencies)
    assert found.rights("flow-execution")["PutEvents"] == (
        "events:PutEvents on arn:aws-test:events:eu-west-1:123456789012:event-bus/shop"
    )
