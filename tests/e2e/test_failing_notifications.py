"""The topic is gone: what was paid stays paid, what failed stays failed, and somebody is told."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.observe import Execution
from local.observe.machines import beside, definition_of
from tests.e2e.support import ORDERS, order, shorten_waits, task_ends
from tests.support.embedded import Embedded
from tests.support.patience import until

pytestmark = pytest.mark.embedded

REQUESTS = {"paid": order(), "declined": order(paymentReference="pm_declined_by_bank")}
METRIC = "NotificationsFailed"


@pytest.fixture(scope="module")
def topicless(stack: Embedded) -> Iterator[dict[str, Any]]:
    """The deployed definition, but its topic is nowhere. Retries come after 2 % of their time."""
    definition = definition_of(stack.aws, stack.workflow(ORDERS)["stateMachineArn"])
    topic = stack.outputs["notificationTopicArn"]
    shorten_waits(stack, 0.02)
    yield json.loads(json.dumps(definition).replace(topic, f"{topic}-gone"))
    shorten_waits(stack, 1)


def _run(stack: Embedded, definition: Mapping[str, Any]) -> dict[str, Execution]:
    """An order that is paid and one that is declined, at their end."""
    machine = beside(stack.aws, stack.workflow(ORDERS)["stateMachineArn"], definition)
    started = {name: stack.start(machine, request) for name, request in REQUESTS.items()}
    return {name: stack.finish(arn) for name, arn in started.items()}


@pytest.fixture(scope="module")
def ended(stack: Embedded, topicless: dict[str, Any]) -> Mapping[str, Execution]:
    return _run(stack, topicless)


def test_a_paid_order_ends_with_the_payments_result(ended: Mapping[str, Execution]) -> None:
    execution = ended["paid"]
    assert execution.status == "SUCCEEDED"
    assert execution.output["status"] == "PAID"
    assert execution.output["orderId"] == REQUESTS["paid"]["orderId"]


def test_a_failed_order_stays_failed_with_the_payments_error(ended: Mapping[str, Execution]) -> None:
    execution = ended["declined"]
    assert (execution.status, execution.error) == ("FAILED", "PaymentDeclined")
    assert f"declined the payment of order {REQUESTS['declined']['orderId']}" in execution.cause


@pytest.mark.parametrize(
    ("order_", "states"),
    [
        ("paid", ["ProcessPayment", "NotifySuccess", "SuccessUnnotified", "PaymentSucceeded"]),
        ("declined", ["ProcessPayment", "NotifyFailure", "FailureUnnotified", "PaymentFailed"]),
    ],
)
def test_publishing_is_tried_four_times_then_reported(
    order_: str, states: list[str], stack: Embedded, ended: Mapping[str, Execution]
) -> None:
    history = stack.history(ended[order_].arn)
    entered = [e["stateEnteredEventDetails"]["name"] for e in history if e["type"].endswith("StateEntered")]
    assert entered == states
    sent = [e["taskScheduledEventDetails"]["resource"] for e in history if e["type"] == "TaskScheduled"]
    assert [resource.rsplit(":::", 1)[1] for resource in sent] == [
        "sqs:sendMessage.waitForTaskToken",
        *["sns:publish"] * 4,
        "aws-sdk:cloudwatch:putMetricData",
    ]


def test_the_report_is_a_datapoint_of_the_metric_that_the_notifiers_alarm_watches(
    stack: Embedded, ended: Mapping[str, Execution]
) -> None:
    alarm = stack.resource("aws:cloudwatch/metricAlarm:MetricAlarm", "notices-undelivered")
    (watched,) = [
        query["metric"]
        for query in alarm["metricQueries"]
        if query.get("metric", {}).get("metricName") == METRIC
    ]
    dimensions = [{"Name": name, "Value": value} for name, value in watched["dimensions"].items()]
    (metric,) = stack.aws.cloudwatch.list_metrics(Namespace=watched["namespace"])["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == (METRIC, dimensions)

    def reports() -> float:
        now = datetime.now(UTC)
        points = stack.aws.cloudwatch.get_metric_statistics(
            Namespace=watched["namespace"],
            MetricName=METRIC,
            Dimensions=metric["Dimensions"],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=10),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(point["Sum"] for point in points)

    assert until("the datapoints", reports) == len(ended)


def test_a_report_that_fails_too_changes_neither_ending(stack: Embedded, topicless: dict[str, Any]) -> None:
    unreported = json.dumps(topicless).replace("putMetricData", "noSuchAction")
    ended = _run(stack, json.loads(unreported))
    for name, state in (("paid", "SuccessUnnotified"), ("declined", "FailureUnnotified")):
        assert task_ends(stack, ended[name], state) == ["TaskFailed"]
    assert (ended["paid"].status, ended["paid"].output["status"]) == ("SUCCEEDED", "PAID")
    assert (ended["declined"].status, ended["declined"].error) == ("FAILED", "PaymentDeclined")
