"""CloudWatch: log groups and alarms."""

from collections.abc import Mapping
from typing import Any

from local.aws.clients import Aws, physical_name
from local.aws.inputs import pairs, pascal
from local.aws.resources.kinds import Kind, Request
from local.model import Created


def _create_log_group(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    inputs.skip("skipDestroy", "deletionProtectionEnabled")
    name = physical_name(request.name, inputs, longest=512, pattern=r"[A-Za-z0-9_/.#-]+")
    aws.logs.create_log_group(
        logGroupName=name,
        tags=inputs.get("tags", {}),
        **inputs.renamed({"kmsKeyId": "kmsKeyId", "logGroupClass": "logGroupClass"}),
    )
    days = inputs.get("retentionInDays")
    if days:
        aws.logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    return Created(name, {"name": name, "arn": aws.arn("logs", f"log-group:{name}")})


def _delete_log_group(aws: Aws, name: str, _properties: Mapping[str, Any]) -> None:
    aws.logs.delete_log_group(logGroupName=name)


def _create_alarm(request: Request) -> Created:
    aws, inputs = request.aws, request.inputs
    name = physical_name(request.name, inputs, longest=255, prefix_key=None, pattern=r"[ -~]+")
    queries = [_metric_query(query) for query in inputs.get("metricQueries", [])]
    metrics: dict[str, Any] = {"Metrics": queries} if queries else {}
    aws.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Dimensions=pairs(inputs.get("dimensions"), key="Name"),
        Tags=pairs(inputs.get("tags")),
        **metrics,
        **inputs.pascal(
            "actionsEnabled",
            "alarmActions",
            "alarmDescription",
            "comparisonOperator",
            "datapointsToAlarm",
            "evaluationPeriods",
            "extendedStatistic",
            "insufficientDataActions",
            "metricName",
            "namespace",
            "period",
            "statistic",
            "threshold",
            "thresholdMetricId",
            "treatMissingData",
            "unit",
        ),
        **inputs.renamed({"okActions": "OKActions"}),
    )
    return Created(name, {"name": name, "arn": aws.arn("cloudwatch", f"alarm:{name}")})


def _metric_query(query: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {key: value for key, value in query.items() if key not in ("metric", "returnData")}
    result: dict[str, Any] = {**pascal(renamed), "ReturnData": query.get("returnData", False)}
    metric = query.get("metric")
    if metric:
        result["MetricStat"] = {
            "Metric": {
                "Namespace": metric.get("namespace", ""),
                "MetricName": metric["metricName"],
                "Dimensions": pairs(metric.get("dimensions"), key="Name"),
            },
            "Period": metric["period"],
            "Stat": metric["stat"],
        }
    return result


def _delete_alarm(aws: Aws, name: str, _properties: Mapping[str, Any]) -> None:
    aws.cloudwatch.delete_alarms(AlarmNames=[name])


KINDS = {
    "aws:cloudwatch/logGroup:LogGroup": Kind(_create_log_group, _delete_log_group),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(_create_alarm, _delete_alarm),
}
