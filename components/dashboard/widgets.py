"""What a dashboard shows of each thing, as widgets of CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import pulumi

from countersign_contract import metrics
from countersign_contract.approvals import rings

from ..common.alarms import NAMESPACE, RANG
from ..common.policies import Place, last_part

Widget = Mapping[str, Any]
Row = Sequence[Widget]
"""Widgets side by side."""

WIDTH = 24
"""Columns of a dashboard."""
HEIGHT = 6
NUMBER_WIDTH = 6
ABOUT_HEIGHT = 2

MINUTE, FIVE_MINUTES, HOUR = 60, 300, 3_600
GREEN, RED, ORANGE, GREY = "#2ca02c", "#d62728", "#ff7f0e", "#7f7f7f"

ABOUT = """\
What waits, and what became of it. Each number is that of a whole instance: who is asked, and what, is shown \
by `countersign waiting`. What a row means and what to do is in the guide to operations, *What the dashboard \
shows*. Something that never happened has no line."""


def approvals(title: str, table_arn: pulumi.Output[str]) -> Row:
    """Of an ApprovalApi, which counts with `metrics`."""
    table = table_arn.apply(last_part).apply(lambda text: text.rpartition("/")[2])
    rang = table.apply(lambda name: f"{NAMESPACE}/{name}")

    def one(name: str, **how: Any) -> list[Any]:
        return [metrics.NAMESPACE, name, metrics.OF_TABLE, table, how]

    def hours(name: str, number: str, label: str, stat: str) -> list[list[Any]]:
        """Seconds, shown as hours."""
        hidden = one(name, id=number, stat=stat, visible=False)
        return [[{"expression": f"{number} / 3600", "label": label, "id": f"hours_{number}"}], hidden]

    decided = metrics.DECIDED_SECONDS
    return [
        _number(f"{title}: open", table_arn, [one(metrics.OPEN, stat="Maximum")], MINUTE),
        _number(
            f"{title}: hours the oldest has been open",
            table_arn,
            hours(metrics.OPEN_SECONDS, "oldest", "Oldest", "Maximum"),
            HOUR,
        ),
        _lines(
            f"{title}: asked, and how it ended",
            table_arn,
            [
                one(metrics.REQUESTED, color=GREY),
                one(metrics.APPROVED, color=GREEN),
                one(metrics.REJECTED, color=RED),
                one(metrics.EXPIRED, color=ORANGE),
                one(metrics.CANCELLED),
            ],
            HOUR,
        ),
        _lines(
            f"{title}: hours to decide",
            table_arn,
            [*hours(decided, "half", "Half", "p50"), *hours(decided, "most", "Nine of ten", "p90")],
            HOUR,
            "Hours",
        ),
        _lines(
            f"{title}: for somebody to look at",
            table_arn,
            [
                one(metrics.UNREACHABLE, label="Approvers without mail"),
                one(metrics.UNDELIVERED, label="Decisions undelivered"),
                [rang, RANG, rings.FIELD, rings.UNSENT, {"label": "Mails or events given up"}],
                [rang, RANG, rings.FIELD, rings.FORGED, {"label": "Forged"}],
            ],
            HOUR,
        ),
    ]


def workers(title: str, function_arn: pulumi.Output[str]) -> Row:
    """Of a worker's function, which counts with `metrics`."""
    function = function_arn.apply(last_part)

    def one(name: str, namespace: str = metrics.NAMESPACE, **how: Any) -> list[Any]:
        return [namespace, name, "FunctionName", function, how]

    return [
        _lines(
            f"{title}: tasks",
            function_arn,
            [
                one(metrics.SUCCEEDED, color=GREEN),
                one(metrics.FAILED, color=ORANGE),
                one(metrics.FAULTS, color=RED),
                one(metrics.DEAD_LETTERS, color=GREY, label="Dead letters"),
            ],
            FIVE_MINUTES,
        ),
        _lines(
            f"{title}: function",
            function_arn,
            [one("Errors", "AWS/Lambda", color=RED), one("Throttles", "AWS/Lambda", color=ORANGE)],
            FIVE_MINUTES,
        ),
    ]


def queues(title: str, queue_arn: pulumi.Output[str]) -> Row:
    """Of a queue, dead letters' too: by SQS's own metrics."""
    queue = queue_arn.apply(last_part)

    def one(name: str, **how: Any) -> list[Any]:
        return ["AWS/SQS", name, "QueueName", queue, {"stat": "Maximum", **how}]

    return [
        _lines(
            f"{title}: messages",
            queue_arn,
            [
                one("ApproximateNumberOfMessagesVisible", label="Waiting"),
                one("ApproximateNumberOfMessagesNotVisible", label="In work"),
            ],
            FIVE_MINUTES,
        ),
        _lines(
            f"{title}: seconds the oldest has waited",
            queue_arn,
            [one("ApproximateAgeOfOldestMessage", label="Oldest")],
            FIVE_MINUTES,
            "Seconds",
        ),
    ]


def workflows(title: str, machine_arn: pulumi.Output[str]) -> Row:
    """Of a state machine: by Step Functions' own metrics."""

    def one(name: str, **how: Any) -> list[Any]:
        return ["AWS/States", name, "StateMachineArn", machine_arn, how]

    return [
        _lines(
            f"{title}: executions",
            machine_arn,
            [
                one("ExecutionsStarted", label="Started", color=GREY),
                one("ExecutionsSucceeded", label="Succeeded", color=GREEN),
                one("ExecutionsFailed", label="Failed", color=RED),
                one("ExecutionsTimedOut", label="Timed out", color=ORANGE),
                one("ExecutionsAborted", label="Stopped"),
            ],
            FIVE_MINUTES,
        ),
    ]


def body(rows: Sequence[Row]) -> dict[str, Any]:
    """A dashboard of a day: a text, and the rows below one another, each as wide as the page."""
    return {
        "start": "-P1D",
        "periodOverride": "inherit",
        "widgets": [
            _at(0, 0, WIDTH, ABOUT_HEIGHT, {"markdown": ABOUT}) | {"type": "text"},
            *_placed(rows),
        ],
    }


def _placed(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Numbers above one another on the left, and what has lines beside them."""
    for top, row in zip(count(ABOUT_HEIGHT, HEIGHT), rows, strict=False):
        numbers = [widget for widget in row if widget["view"] == "singleValue"]
        for y, widget in zip(count(top, HEIGHT // 2), numbers, strict=False):
            yield _at(0, y, NUMBER_WIDTH, HEIGHT // 2, widget)
        lines = [widget for widget in row if widget["view"] != "singleValue"]
        left = NUMBER_WIDTH if numbers else 0
        width = (WIDTH - left) // len(lines)
        for x, widget in zip(count(left, width), lines, strict=False):
            yield _at(x, top, width, HEIGHT, widget)


def _at(x: int, y: int, width: int, height: int, widget: Widget) -> dict[str, Any]:
    return {"type": "metric", "x": x, "y": y, "width": width, "height": height, "properties": widget}


def _number(title: str, arn: pulumi.Output[str], shown: Sequence[Any], period: int) -> Widget:
    """One number, the newest."""
    about = {"view": "singleValue", "sparkline": True, "stat": "Maximum"}
    return {"title": title, "region": _region(arn), "metrics": shown, "period": period, **about}


def _lines(
    title: str, arn: pulumi.Output[str], shown: Sequence[Any], period: int, unit: str = "Count"
) -> Widget:
    """Lines over time, from zero."""
    axis = {"min": 0, "label": unit, "showUnits": False}
    about = {"view": "timeSeries", "stat": "Sum", "yAxis": {"left": axis}}
    return {"title": title, "region": _region(arn), "metrics": shown, "period": period, **about}


def _region(arn: pulumi.Output[str]) -> pulumi.Output[str]:
    return arn.apply(lambda text: Place.of(text).region)
