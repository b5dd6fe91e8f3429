"""Alarms: something happened that should not, or nothing did that should, and perhaps somebody is told."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from countersign_contract.metrics import NAMESPACE

from .arguments import Common

OF_LAST_MINUTES = 5
"""How many minutes count. Metrics come late, and FILL makes nothing of a minute whose data is still on its
way: an alarm that looks at the last one alone can stay OK for ever.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"""

TOTAL = "SUM(FILL(METRICS(), 0))"
"""SUM leaves out what has no data: a metric that never had any is no reason to miss the others, whatever `+`
and FILL make of it."""

SILENT_MINUTES = 15
"""After how many minutes without data something has stopped. A minute's data can be late, or never come:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""

RANG = "Rang"
"""What is counted there of an ApprovalApi: what somebody should hear."""


def namespace_of(instance: pulumi.Output[str]) -> pulumi.Output[str]:
    """The namespace of what is counted in the log of one instance, which this names: a dimension of it can
    only be a field of the log.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html"""
    return instance.apply(lambda name: f"{NAMESPACE}/{name}")


class Metric(NamedTuple):
    """A CloudWatch metric, looked at minute by minute."""

    namespace: pulumi.Input[str]
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Sum"


def alarm(
    name: str,
    common: Common,
    metrics: Sequence[Metric],
    *,
    description: str,
    above: int = 0,
    minutes: int = 1,
) -> None:
    """Alarm when the metrics add up to more than `above` in `minutes` of the last `OF_LAST_MINUTES`.

    A metric without data counts as nothing. Without a topic for alarms it shows, and tells nobody.
    """
    queries: list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict] = [
        {
            "id": f"metric{number}",
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": metric.dimensions,
                "period": 60,
                "stat": metric.statistic,
            },
        }
        for number, metric in enumerate(metrics, start=1)
    ]
    aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=description,
        metric_queries=[
            {"id": "total", "expression": TOTAL, "label": "Total", "return_data": True},
            *queries,
        ],
        comparison_operator="GreaterThanThreshold",
        threshold=above,
        datapoints_to_alarm=minutes,
        evaluation_periods=OF_LAST_MINUTES,
        treat_missing_data="notBreaching",
        alarm_actions=_told(common),
        tags=common.tags,
        opts=common.child(),
    )


def alarm_of_silence(name: str, common: Common, metric: Metric, *, description: str) -> None:
    """Alarm when the metric, which has data every minute, has had none for `SILENT_MINUTES`.

    A new alarm has no data, either, and must not ring. So missing data does not breach: it leads to the state
    in which alarms begin, INSUFFICIENT_DATA, and an alarm tells when its state changes.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=description,
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        period=60,
        statistic=metric.statistic,
        comparison_operator="LessThanThreshold",
        threshold=1,
        evaluation_periods=SILENT_MINUTES,
        treat_missing_data="missing",
        alarm_actions=_told(common),
        insufficient_data_actions=_told(common),
        tags=common.tags,
        opts=common.child(),
    )


def counted(
    name: str,
    common: Common,
    log_group_name: pulumi.Input[str],
    pattern: pulumi.Input[str],
    metric: Metric,
) -> None:
    """Count the records of a log that match the pattern. A dimension's value is a field, `$.kind`, of few
    values: each is a metric."""
    aws.cloudwatch.LogMetricFilter(
        name,
        log_group_name=log_group_name,
        pattern=pattern,
        metric_transformation={
            "namespace": metric.namespace,
            "name": metric.name,
            "value": "1",
            "dimensions": metric.dimensions or None,
        },
        opts=common.child(),
    )


def _told(common: Common) -> list[pulumi.Input[str]] | None:
    return [common.alarm_topic_arn] if common.alarm_topic_arn is not None else None
