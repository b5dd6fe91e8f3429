"""Alarms: something happened that should not, and perhaps somebody is told."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from .arguments import Common

OF_LAST_MINUTES = 5
"""How many minutes count. Metrics come late, and FILL makes nothing of a minute whose data is still on its
way: an alarm that looks at the last one alone can stay OK for ever.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"""


class Metric(NamedTuple):
    """A CloudWatch metric, looked at minute by minute."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Sum"


def alarm(
    name: str,
    common: Common,
    metrics: Sequence[Metric],
    *,
    description: str,
    minutes: int = 1,
) -> None:
    """Alarm when the metrics add up to more than nothing in `minutes` of the last `OF_LAST_MINUTES`.

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
    total = " + ".join(f"FILL(metric{number}, 0)" for number in range(1, len(metrics) + 1))
    aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=description,
        metric_queries=[
            {"id": "total", "expression": total, "label": "Total", "return_data": True},
            *queries,
        ],
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        datapoints_to_alarm=minutes,
        evaluation_periods=OF_LAST_MINUTES,
        treat_missing_data="notBreaching",
        alarm_actions=[common.alarm_topic_arn] if common.alarm_topic_arn is not None else None,
        tags=common.tags,
        opts=common.child(),
    )
