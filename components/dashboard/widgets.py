"""What a dashboard shows of each thing, as widgets of CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import pulumi

from countersign_contract import metrics
from countersign_contract.approvals import rings

from ..common.alarms import RANG, namespace_of
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


class _Thing:
    """Something with a title, whose metrics are in one region."""

    def __init__(self, title: str, arn: pulumi.Output[str]) -> None:
        self._title = title
        self._region = arn.apply(lambda text: Place.of(text).region)

    def number(self, title: str, shown: Sequence[Any], period: int) -> Widget:
        """One number, the newest."""
        return self._widget(title, shown, period, view="singleValue", sparkline=True, stat="Maximum")

    def lines(self, title: str, shown: Sequence[Any], period: int, unit: str = "Count") -> Widget:
        """Lines over time, from zero."""
        axis = {"left": {"min": 0, "label": unit, "showUnits": False}}
        return self._widget(title, shown, period, view="timeSeries", stat="Sum", yAxis=axis)

    def _widget(self, title: str, shown: Sequence[Any], period: int, **about: Any) -> Widget:
        place = {"title": f"{self._title}: {title}", "region": self._region}
        return {**place, "metrics": shown, "period": period, **about}


def _metrics(
    namespace: str, dimension: str, value: pulumi.Output[str], **common: Any
) -> Callable[..., list[Any]]:
    """From a metric's name, and how it is drawn, to the metric of one thing as widgets name it."""
    return lambda name, **how: [namespace, name, dimension, value, {**common, **how}]


def approvals(title: str, table_arn: pulumi.Output[str]) -> Row:
    """Of an ApprovalApi, which counts with `metrics`."""
    thing = _Thing(title, table_arn)
    table = table_arn.apply(last_part).apply(lambda text: text.rpartition("/")[2])
    rang = namespace_of(table)
    one = _metrics(metrics.NAMESPACE, metrics.OF_TABLE, table)

    def hours(name: str, number: str, label: str, stat: str) -> list[list[Any]]:
        """Seconds, shown as hours."""
        hidden = one(name, id=number, stat=stat, visible=False)
        return [[{"expression": f"{number} / 3600", "label": label, "id": f"hours_{number}"}], hidden]

    decided = metrics.DECIDED_SECONDS
    oldest = hours(metrics.OPEN_SECONDS, "oldest", "Oldest", "Maximum")
    return [
        thing.number("open", [one(metrics.OPEN, stat="Maximum")], MINUTE),
        thing.number("hours the oldest has been open", oldest, HOUR),
        thing.lines(
            "asked, and how it ended",
            [
                one(metrics.REQUESTED, color=GREY),
                one(metrics.APPROVED, color=GREEN),
                one(metrics.REJECTED, color=RED),
                one(metrics.EXPIRED, color=ORANGE),
                one(metrics.CANCELLED),
            ],
            HOUR,
        ),
        thing.lines(
            "hours to decide",
            [*hours(decided, "half", "Half", "p50"), *hours(decided, "most", "Nine of ten", "p90")],
            HOUR,
            "Hours",
        ),
        thing.lines(
            "for somebody to look at",
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
    thing, function = _Thing(title, function_arn), function_arn.apply(last_part)
    counted = _metrics(metrics.NAMESPACE, metrics.OF_FUNCTION, function)
    of_lambda = _metrics("AWS/Lambda", "FunctionName", function)
    tasks = [
        counted(metrics.SUCCEEDED, color=GREEN),
        counted(metrics.FAILED, color=ORANGE),
        counted(metrics.FAULTS, color=RED),
        counted(metrics.DEAD_LETTERS, color=GREY, label="Dead letters"),
    ]
    errors = [of_lambda("Errors", color=RED), of_lambda("Throttles", color=ORANGE)]
    return [thing.lines("tasks", tasks, FIVE_MINUTES), thing.lines("function", errors, FIVE_MINUTES)]


def queues(title: str, queue_arn: pulumi.Output[str]) -> Row:
    """Of a queue, dead letters' too: by SQS's own metrics."""
    thing = _Thing(title, queue_arn)
    one = _metrics("AWS/SQS", "QueueName", queue_arn.apply(last_part), stat="Maximum")
    messages = [
        one("ApproximateNumberOfMessagesVisible", label="Waiting"),
        one("ApproximateNumberOfMessagesNotVisible", label="In work"),
    ]
    oldest = [one("ApproximateAgeOfOldestMessage", label="Oldest")]
    return [
        thing.lines("messages", messages, FIVE_MINUTES),
        thing.lines("seconds the oldest has waited", oldest, FIVE_MINUTES, "Seconds"),
    ]


def workflows(title: str, machine_arn: pulumi.Output[str]) -> Row:
    """Of a state machine: by Step Functions' own metrics."""
    one = _metrics("AWS/States", "StateMachineArn", machine_arn)
    executions = [
        one("ExecutionsStarted", label="Started", color=GREY),
        one("ExecutionsSucceeded", label="Succeeded", color=GREEN),
        one("ExecutionsFailed", label="Failed", color=RED),
        one("ExecutionsTimedOut", label="Timed out", color=ORANGE),
        one("ExecutionsAborted", label="Stopped"),
    ]
    return [_Thing(title, machine_arn).lines("executions", executions, FIVE_MINUTES)]


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
