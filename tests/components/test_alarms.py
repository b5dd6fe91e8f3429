"""Every alarm, whole: one on a metric that does not exist stays OK for ever, and nobody notices."""

from typing import Any

from tests.support.cases import TAGS, as_it_is, with_common
from tests.support.engine import ACCOUNT, ALARMS, REGION, Deployment

MACHINE = f"arn:aws-test:states:{REGION}:{ACCOUNT}:stateMachine:it-workflow"


def metric(namespace: str, name: str, dimensions: dict[str, str], stat: str = "Sum") -> dict[str, Any]:
    return {
        "namespace": namespace,
        "metricName": name,
        "dimensions": dimensions,
        "period": 60,
        "stat": stat,
    }


def alarm(*metrics: dict[str, Any], minutes: int = 1) -> dict[str, Any]:
    """More than nothing in so many of the last five minutes, where a minute without data is nothing."""
    names = [f"metric{number}" for number, _ in enumerate(metrics, start=1)]
    total = {
        "id": "total",
        "expression": " + ".join(f"FILL({name}, 0)" for name in names),
        "label": "Total",
        "returnData": True,
    }
    return {
        "metricQueries": [
            total,
            *({"id": name, "metric": each} for name, each in zip(names, metrics, strict=True)),
        ],
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 0,
        "datapointsToAlarm": minutes,
        "evaluationPeriods": 5,
        "treatMissingData": "notBreaching",
        "alarmActions": [ALARMS],
    }


def dead_letters(name: str) -> dict[str, Any]:
    stuck = {"QueueName": f"{name}-dead-letters"}
    return alarm(
        metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", stuck, "Maximum"),
        metric("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", stuck, "Maximum"),
        minutes=2,
    )


EXPECTED = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "it-page": alarm(metric("AWS/ApiGateway", "5xx", {"ApiId": "it-page-id"})),
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "it-follow-up": alarm(metric("AWS/Lambda", "Errors", {"FunctionName": "it-follow-up"}), minutes=2),
    "it-intake-dead-letters": dead_letters("it-intake"),
    "it-dead-letters": dead_letters("it"),
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "it-unsuccessful": alarm(
        metric("AWS/States", "ExecutionsFailed", {"StateMachineArn": MACHINE}),
        metric("AWS/States", "ExecutionsTimedOut", {"StateMachineArn": MACHINE}),
    ),
    "it-undelivered": alarm(
        metric("Countersign", "NotificationsFailed", {"TopicName": "it-notices"}),
        # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
        metric("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "it-notices"}),
    ),
}


def alarms(found: Deployment) -> dict[str, dict[str, Any]]:
    return {r.name: dict(r.inputs) for r in found.cloud() if r.type.endswith(":MetricAlarm")}


def test_every_alarm_of_the_components_looks_at_exactly_this() -> None:
    found = alarms(with_common())
    assert all(each.pop("alarmDescription") and each.pop("tags") == TAGS for each in found.values())
    assert found == EXPECTED


def test_without_a_topic_they_tell_nobody() -> None:
    found = alarms(as_it_is())
    assert found.keys() == EXPECTED.keys()
    assert not any("alarmActions" in each for each in found.values())
