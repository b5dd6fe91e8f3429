"""The topic is gone: what was paid stays paid, what failed stays failed, and somebody is told."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from local import observe
from local.observe import Execution
from tests.e2e.support import ORDERS, order, shorten_waits, task_ends
from tests.support.embedded import Embedded, embedded
from tests.support.patience import until

pytestmark = pytest.mark.embedded

REQUESTS = {"paid": order(), "declined": order(paymentReference="pm_declined_by_bank")}
METRIC = "NotificationsFailed"


@pytest.fixture(scope="module")
def topicless() -> Iterator[Embedded]:
    """A stack of its own, whose topic has been deleted. Retries come after 2 % of their time."""
    with embedded() as stack:
        shorten_waits(stack, 0.02)
        stack.aws.sns.delete_topic(TopicArn=stack.outputs["notificationTopicArn"])
        yield stack


@pytest.fixture(scope="module")
def ended(topicless: Embedded) -> Mapping[str, Execution]:
    """An order that is paid and one that is declined, at their end."""
    started = {name: topicless.start(ORDERS, request) for name, request in REQUESTS.items()}
    return {name: topicless.finish(arn) for name, arn in started.items()}


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
    order_: str, states: list[str], topicless: Embedded, ended: Mapping[str, Execution]
) -> None:
    history = observe.history(topicless.aws, ended[order_].arn)
    entered = [e["stateEnteredEventDetails"]["name"] for e in history if e["type"].endswith("StateEntered")]
    assert entered == states
    sent = [e["taskScheduledEventDetails"]["resource"] for e in history if e["type"] == "TaskScheduled"]
    assert [resource.rsplit(":::", 1)[1] for resource in sent] == [
        "sqs:sendMessage.waitForTaskToken",
        *["sns:publish"] * 4,
        "aws-sdk:cloudwatch:putMetricData",
    ]


def test_the_report_is_a_datapoint_of_the_metric_that_the_notifiers_alarm_watches(
    topicless: Embedded, ended: Mapping[str, Execution]
) -> None:
    alarm = topicless.resource("aws:cloudwatch/metricAlarm:MetricAlarm", "notices-undelivered")
    (watched,) = [
        query["metric"]
        for query in alarm["metricQueries"]
        if query.get("metric", {}).get("metricName") == METRIC
    ]
    dimensions = [{"Name": name, "Value": value} for name, value in watched["dimensions"].items()]
    (metric,) = topicless.aws.cloudwatch.list_metrics(Namespace=watched["namespace"])["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == (METRIC, dimensions)

    def reports() -> float:
        now = datetime.now(UTC)
        points = topicless.aws.cloudwatch.get_metric_statistics(
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


def test_a_report_that_fails_too_changes_neither_ending(topicless: Embedded) -> None:
    machines = topicless.aws.step_functions
    deployed = machines.describe_state_machine(stateMachineArn=topicless.workflow(ORDERS)["stateMachineArn"])
    definition = deployed["definition"].replace("putMetricData", "noSuchAction")
    assert definition != deployed["definition"]
    copied = machines.create_state_machine(
        name="unreported", definition=definition, roleArn=deployed["roleArn"]
    )["stateMachineArn"]
    started = [topicless.start(copied, request) for request in REQUESTS.values()]
    paid, declined = (topicless.finish(arn) for arn in started)
    for execution, state in ((paid, "SuccessUnnotified"), (declined, "FailureUnnotified")):
        assert task_ends(topicless, execution, state) == ["TaskFailed"]
    assert (paid.status, paid.output["status"]) == ("SUCCEEDED", "PAID")
    assert (declined.status, declined.error) == ("FAILED", "PaymentDeclined")
