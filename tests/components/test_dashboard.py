"""What a Dashboard shows, whole, and what it refuses."""

import re
from typing import Any

import pulumi
import pytest

from components import Dashboard
from tests.support.engine import Deployment, deploy

HERE = "aws-test:{}:eu-west-1:123456789012"
TABLE = f"arn:{HERE.format('dynamodb')}:table/requests-1"
FUNCTION = f"arn:{HERE.format('lambda')}:function:pay-worker-1"
QUEUE = f"arn:{HERE.format('sqs')}:pay-dead-letters-1"
MACHINE = "arn:aws-test:states:us-east-1:123456789012:stateMachine:release-1"
ALL: dict[str, Any] = {
    "workflows": {"Release": MACHINE},
    "queues": {"Dead letters": QUEUE},
    "workers": {"Pay": FUNCTION},
    "approvals": {"Releases": TABLE},
}
GREEN, RED, ORANGE, GREY = "#2ca02c", "#d62728", "#ff7f0e", "#7f7f7f"


def made(args: Any, **options: Any) -> Deployment:
    return deploy(lambda: Dashboard("overview", args), **options)


def at(x: int, y: int, width: int, height: int, title: str, **properties: Any) -> dict[str, Any]:
    where = {"type": "metric", "x": x, "y": y, "width": width, "height": height}
    return {**where, "properties": {"title": title, "region": "eu-west-1", **properties}}


def number(y: int, title: str, metrics: list[Any], period: int) -> dict[str, Any]:
    how = {"view": "singleValue", "sparkline": True, "stat": "Maximum", "period": period}
    return at(0, y, 6, 3, title, metrics=metrics, **how)


def lines(x: int, y: int, width: int, title: str, metrics: list[Any], period: int = 300, **more: Any) -> Any:
    axis = {"left": {"min": 0, "label": more.pop("unit", "Count"), "showUnits": False}}
    how = {"view": "timeSeries", "stat": "Sum", "yAxis": axis, "period": period, **more}
    return at(x, y, width, 6, title, metrics=metrics, **how)


def approvals(name: str, **how: Any) -> list[Any]:
    return ["Countersign", name, "TableName", "requests-1", how]


def hours(name: str, number: str, label: str, stat: str) -> list[Any]:
    shown = {"expression": f"{number} / 3600", "label": label, "id": f"hours_{number}"}
    return [[shown], approvals(name, id=number, stat=stat, visible=False)]


def worker(name: str, namespace: str = "Countersign", **how: Any) -> list[Any]:
    return [namespace, name, "FunctionName", "pay-worker-1", how]


def rang(what: str, label: str) -> list[Any]:
    return ["Countersign/requests-1", "Rang", "rings", what, {"label": label}]


def queue(name: str, label: str) -> list[Any]:
    return ["AWS/SQS", name, "QueueName", "pay-dead-letters-1", {"stat": "Maximum", "label": label}]


def machine(name: str, **how: Any) -> list[Any]:
    return ["AWS/States", f"Executions{name}", "StateMachineArn", MACHINE, how]


WIDGETS = [
    number(2, "Releases: open", [approvals("Open", stat="Maximum")], 60),
    number(
        5,
        "Releases: hours the oldest has been open",
        hours("OpenSeconds", "oldest", "Oldest", "Maximum"),
        3600,
    ),
    lines(
        6,
        2,
        6,
        "Releases: asked, and how it ended",
        [
            approvals("Requested", color=GREY),
            approvals("Approved", color=GREEN),
            approvals("Rejected", color=RED),
            approvals("Expired", color=ORANGE),
            approvals("Cancelled"),
        ],
        3600,
    ),
    lines(
        12,
        2,
        6,
        "Releases: hours to decide",
        [
            *hours("DecidedSeconds", "half", "Half", "p50"),
            *hours("DecidedSeconds", "most", "Nine of ten", "p90"),
        ],
        3600,
        unit="Hours",
    ),
    lines(
        18,
        2,
        6,
        "Releases: for somebody to look at",
        [
            approvals("Unreachable", label="Approvers without mail"),
            approvals("Undelivered", label="Decisions undelivered"),
            rang("unsent", "Mails or events given up"),
            rang("forged", "Forged"),
        ],
        3600,
    ),
    lines(
        0,
        8,
        12,
        "Pay: tasks",
        [
            worker("Succeeded", color=GREEN),
            worker("Failed", color=ORANGE),
            worker("Faults", color=RED),
            worker("DeadLetters", color=GREY, label="Dead letters"),
        ],
    ),
    lines(
        12,
        8,
        12,
        "Pay: function",
        [worker("Errors", "AWS/Lambda", color=RED), worker("Throttles", "AWS/Lambda", color=ORANGE)],
    ),
    lines(
        0,
        14,
        12,
        "Dead letters: messages",
        [
            queue("ApproximateNumberOfMessagesVisible", "Waiting"),
            queue("ApproximateNumberOfMessagesNotVisible", "In work"),
        ],
    ),
    lines(
        12,
        14,
        12,
        "Dead letters: seconds the oldest has waited",
        [queue("ApproximateAgeOfOldestMessage", "Oldest")],
        unit="Seconds",
    ),
    lines(
        0,
        20,
        24,
        "Release: executions",
        [
            machine("Started", label="Started", color=GREY),
            machine("Succeeded", label="Succeeded", color=GREEN),
            machine("Failed", label="Failed", color=RED),
            machine("TimedOut", label="Timed out", color=ORANGE),
            machine("Aborted", label="Stopped"),
        ],
        region="us-east-1",
    ),
]


def test_its_body_is_exactly_this_each_row_in_the_region_of_its_own() -> None:
    body = made(ALL).one("Dashboard", "overview-dashboard").json("dashboardBody")
    about, *widgets = body.pop("widgets")
    assert body == {"start": "-P1D", "periodOverride": "inherit"}
    assert {**about, "properties": {}} == {
        "type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {}
    }  # fmt: skip
    assert "`countersign waiting`" in about["properties"]["markdown"]
    assert "http" not in about["properties"]["markdown"]
    assert widgets == WIDGETS


def test_no_two_widgets_overlap_and_none_is_wider_than_the_page() -> None:
    both: Any = {"approvals": {"A": TABLE, "B": TABLE}, "workers": {"C": FUNCTION}}
    widgets = made(both).one("Dashboard", "overview-dashboard").json("dashboardBody")["widgets"]
    taken: set[tuple[int, int]] = set()
    for each in widgets:
        cells = {
            (x, y)
            for x in range(each["x"], each["x"] + each["width"])
            for y in range(each["y"], each["y"] + each["height"])
        }
        assert not cells & taken, each
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_its_name_is_known_at_a_preview_and_another_one_for_another_parent() -> None:
    def program() -> None:
        parent = pulumi.ComponentResource("test:index:Team", "team")
        later = pulumi.Output.from_input(TABLE)
        for options in (None, pulumi.ResourceOptions(parent=parent)):
            Dashboard("overview", {"approvals": {"Releases": later}}, options)

    names = [
        each.inputs["dashboardName"]
        for each in deploy(program, preview=True).cloud()
        if each.type.endswith(":Dashboard")
    ]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"overview-dashboard-[0-9a-f]{7}", name) for name in names)


MANY = {f"Queue {number}": QUEUE for number in range(81)}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "approvals, workers, queues, workflows must be 1 to 80 together, got 0"),
        ({"queues": MANY}, "approvals, workers, queues, workflows must be 1 to 80 together, got 81"),
        ({"queues": [QUEUE]}, f"queues must be a dict from titles to ARNs, got [{QUEUE!r}]"),
        ({"queues": {"": QUEUE}}, "queues must have titles of 1 to 60 characters, got ''"),
        ({"queues": {"Pay": FUNCTION}}, f"queues['Pay'] must be the ARN of a queue, got {FUNCTION!r}"),
        (
            {"approvals": {"Releases": "requests"}},
            "approvals['Releases'] must be the ARN of a table, got 'requests'",
        ),
        ({"workers": {"Pay": QUEUE}}, f"workers['Pay'] must be the ARN of a function, got {QUEUE!r}"),
        ({"workflows": {"R": TABLE}}, f"workflows['R'] must be the ARN of a state machine, got {TABLE!r}"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_registered(args: Any, message: str) -> None:
    record = Deployment()
    with pytest.raises(ValueError, match=f"^{re.escape(f'Dashboard overview: {message}')}$"):
        made(args, record=record)
    assert record.cloud() == []


def test_what_an_output_turns_out_to_be_is_checked_when_it_is_known() -> None:
    with pytest.raises(pulumi.RunError, match=r"^Dashboard overview: queues\['Pay'\] must be the ARN of"):
        deploy(lambda: Dashboard("overview", {"queues": {"Pay": pulumi.Output.from_input("pay")}}))
