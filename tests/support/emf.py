"""What CloudWatch makes of a function's log: its records as Lambda writes them, and the metrics in them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

UNLOGGED = {*vars(logging.makeLogRecord({})), "aws_request_id", "_frame_type"}
"""Attributes of a record that Lambda does not write; all others are at the root of its JSON:
https://github.com/aws/aws-lambda-python-runtime-interface-client, awslambdaric/lambda_runtime_log_utils.py"""

UNITS = (
    "Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|"
    "Gigabits|Terabits|Percent|Count|Bytes/Second|Kilobytes/Second|Megabytes/Second|Gigabytes/Second|"
    "Terabytes/Second|Bits/Second|Kilobits/Second|Megabits/Second|Gigabits/Second|Terabits/Second|"
    "Count/Second|None"
)


def written(record: logging.LogRecord) -> str:
    """A record as it is in CloudWatch Logs."""
    own = {"timestamp": "2026-01-01T00:00:00.000Z", "level": record.levelname, "logger": record.name}
    extra = {key: value for key, value in vars(record).items() if key not in UNLOGGED and key not in own}
    return json.dumps({**own, "message": record.getMessage(), **extra}, ensure_ascii=False)


def embedded(records: Iterable[logging.LogRecord]) -> Iterator[dict[str, Any]]:
    """The lines that hold metrics, each of which keeps to the format."""
    for record in records:
        line = json.loads(written(record))
        if "_aws" in line:
            check(line)
            assert record.levelno >= logging.INFO, "Lambda would leave it out"
            yield line


def counted(records: Iterable[logging.LogRecord], dimension: str, instance: str) -> list[dict[str, float]]:
    """Metric → value of each such line, all of which are of this instance and say no more."""
    found = []
    for line in embedded(records):
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Countersign"
        assert directive["Dimensions"] == [[dimension]]
        names = [each["Name"] for each in directive["Metrics"]]
        assert set(line) == {"timestamp", "level", "logger", "message", "_aws", dimension, *names}
        assert (line["message"], line[dimension]) == ("metrics", instance)
        found.append({name: line[name] for name in names})
    return found


def check(line: dict[str, Any]) -> None:
    """The JSON schema of the specification, and what its text says besides."""
    about = line["_aws"]
    assert set(about) == {"Timestamp", "CloudWatchMetrics"}
    assert type(about["Timestamp"]) is int
    for directive in about["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 255
        assert directive["Dimensions"]
        for names in directive["Dimensions"]:
            assert len(names) <= 9
            assert all(1 <= len(name) <= 255 and isinstance(line[name], str) for name in names)
        assert 1 <= len(directive["Metrics"]) <= 100
        for metric in directive["Metrics"]:
            assert set(metric) == {"Name", "Unit"}
            assert 1 <= len(metric["Name"]) <= 255
            assert re.fullmatch(UNITS, metric["Unit"])
            assert type(line[metric["Name"]]) in (int, float)
