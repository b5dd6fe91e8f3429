"""CloudWatch: log groups, what is counted in them, alarms and dashboards."""

from collections.abc import Mapping
from typing import Any

from local.aws.request import Request
from local.model import Created


def _create_log_group(request: Request) -> Created:
    request.skip("deletionProtectionEnabled")
    name = request.physical_name(longest=512, pattern=r"[A-Za-z0-9_/.#-]+")
    request.call("logs", "create_log_group", logGroupName=name)
    if days := request.get("retentionInDays"):
        request.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)
    return Created(name, {"name": name, "arn": request.aws.arn("logs", f"log-group:{name}")})


def _create_filter(request: Request) -> Created:
    name = request.physical_name(longest=512, pattern=r"[^:*]+")
    request.call(
        "logs",
        "put_metric_filter",
        filterName=name,
        filterPattern=request.require("pattern"),
        metricTransformations=[_transformation(request.require("metricTransformation"))],
        logGroupName=(group := request.require("logGroupName")),
    )
    return Created(name, {"name": name, "logGroupName": group})


def _transformation(given: Mapping[str, Any]) -> dict[str, Any]:
    """AWS calls three of its fields otherwise."""
    longer = {key: f"metric{key.capitalize()}" for key in ("name", "namespace", "value")}
    return {longer.get(key, key): value for key, value in given.items()}


def _create_alarm(request: Request) -> Created:
    name = request.physical_name(longest=255, pattern=r"[ -~]+")
    queries = [_metric_query(query) for query in request.get("metricQueries", [])]
    request.call("cloudwatch", "put_metric_alarm", AlarmName=name, Metrics=queries or None)
    return Created(name, {"name": name, "arn": request.aws.arn("cloudwatch", f"alarm:{name}")})


def _metric_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """AWS wants to be told which one is watched, and puts the metric itself one step deeper."""
    metric = dict(query.get("metric") or {})
    watched = {key: metric.pop(key, None) for key in ("period", "stat", "unit")}
    stat = {"MetricStat": {"Metric": metric, **watched}} if metric else {}
    others = {key: value for key, value in query.items() if key != "metric"}
    return {"returnData": False, **others, **stat}


def _create_dashboard(request: Request) -> Created:
    name = request.require("dashboardName")
    request.call("cloudwatch", "put_dashboard", DashboardName=name)
    return Created(name, {"dashboardName": name})


KINDS = {
    "aws:cloudwatch/dashboard:Dashboard": _create_dashboard,
    "aws:cloudwatch/logGroup:LogGroup": _create_log_group,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _create_filter,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _create_alarm,
}
