"""Dashboard: one page of CloudWatch about the approvals, workers, queues and workflows of a stack."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ..common.checks import ArgumentError, explained, plain, text
from ..common.component import Component
from ..common.documents import json_text
from . import widgets
from .widgets import Row


class DashboardArgs(TypedDict):
    """Arguments of a Dashboard. Each is a mapping from a title to an ARN; one of them must be given."""

    approvals: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """`table_arn` of each ApprovalApi, which must have `metrics`."""
    workers: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """`function_arn` of each component with a worker, which must have `metrics`."""
    queues: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """`queue_arn` or `dead_letter_queue_arn` of each CallbackQueue, or any other queue."""
    workflows: NotRequired[Mapping[str, pulumi.Input[str]] | None]
    """`state_machine_arn` of each CallbackWorkflow, or any other state machine."""


KINDS: Mapping[str, tuple[str, str, Callable[[str, pulumi.Output[str]], Row]]] = {
    "approvals": ("a table", r"arn:[^:]+:dynamodb:[^:]+:\d{12}:table/.+", widgets.approvals),
    "workers": ("a function", r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+", widgets.workers),
    "queues": ("a queue", r"arn:[^:]+:sqs:[^:]+:\d{12}:.+", widgets.queues),
    "workflows": ("a state machine", r"arn:[^:]+:states:[^:]+:\d{12}:stateMachine:.+", widgets.workflows),
}
"""Argument → what its ARNs are of, what they look like, and the row of each."""

MOST_ROWS = 80
"""A dashboard has at most 500 widgets:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""


class Dashboard(Component):
    """A page of CloudWatch with a row for each of these things, in the order of the arguments: what is open
    and for how long, what became of it, what somebody should look at.

    It shows counts and times, and nothing of a request: no id, no address, no link. The things may be of
    several regions. It costs what CloudWatch takes for a dashboard; the metrics of approvals and workers cost
    what their components' `metrics` says.

    Raises ValueError for what is no such ARN, and for no row or too many, before anything is registered.
    """

    dashboard_name: pulumi.Output[str]
    """What it is called in CloudWatch, where dashboards of all regions are."""

    @explained
    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(DashboardArgs, name, args, opts)
        rows = [
            draw(title, pulumi.Output.from_input(_arn(argument, title, value, what, pattern)))
            for argument, (what, pattern, draw) in KINDS.items()
            for title, value in _titled(argument, self._options.get(argument, {})).items()
        ]
        if not 1 <= len(rows) <= MOST_ROWS:
            raise ArgumentError(f"{', '.join(KINDS)} must be 1 to {MOST_ROWS} together, got {len(rows)}")
        made = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=_own_name(f"{name}-dashboard", self),
            dashboard_body=json_text(widgets.body(rows)),
            opts=self._common.child(),
        )
        self.dashboard_name = made.dashboard_name
        self._register()


def _titled(argument: str, value: Any) -> Mapping[str, pulumi.Input[str]]:
    given: Mapping[str, pulumi.Input[str]] = plain(argument, value, Mapping, "a dict from titles to ARNs")
    for title in given:
        text(f"{argument} must have titles of 1 to 60 characters", title, r"[^\x00-\x1f]{1,60}")
    return given


def _arn(argument: str, title: str, value: Any, what: str, pattern: str) -> Any:
    return text(f"{argument}[{title!r}] must be the ARN of {what}", value, pattern)


def _own_name(name: str, component: pulumi.Resource) -> pulumi.Output[str]:
    """As Pulumi names other things, but not dashboards: with seven characters behind, always the same for one
    component. All regions' dashboards are in one place, where a second one would replace the first."""
    # Without its dependencies, as a child that depended on its parent would wait for itself.
    urn = pulumi.Output[str | None](set(), component.urn.future(), component.urn.is_known())
    return urn.apply(lambda text: f"{name}-{hashlib.sha256(str(text).encode()).hexdigest()[:7]}")
