"""A rule on an EventBridge bus, on which state machines leave task tokens for a worker."""

from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from countersign_contract import wait_message

from .arguments import Common, existing
from .checks import ArgumentError, did_you_mean, plain, text
from .documents import json_text

EXAMPLE = "a pattern of EventBridge, a dict such as {'source': ['shop']}"
BUS = r"[/.\-_A-Za-z0-9]{1,256}|arn:[^:]+:events:[^:]*:\d{12}:event-bus/[/.\-_A-Za-z0-9]+"
"""https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html"""


FIELDS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "$or")
"""What an event has, and a pattern: of another field there is none that matches.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"""


class EventArgs(TypedDict):
    """Arguments of every component to which an EventBridge bus can bring task tokens."""

    event_pattern: NotRequired[Mapping[str, Any] | None]
    """Which events of `event_bus_name` are for this worker, such as `{"source": ["shop"], "detail-type":
    ["Order"]}`: a pattern of EventBridge, of which only events with a task token are taken. The wait is
    `asl.wait.events`, with this bus, source and detail type. Default: none."""
    event_bus_name: NotRequired[pulumi.Input[str] | None]
    """Name or ARN of the bus that `event_pattern` is about. Default: the account's default bus."""


class EventSource(NamedTuple):
    """The arguments above, checked. The pattern is for events with a task token alone."""

    pattern: Mapping[str, Any]
    bus_name: pulumi.Input[str] | None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "EventSource | None":
        """None without a pattern. Raises ValueError for what is none, and for a bus without one."""
        if "event_pattern" not in options:
            existing(options, "event_bus_name", "event_pattern")
            return None
        pattern = plain("event_pattern", options["event_pattern"], Mapping, EXAMPLE)
        for key in pattern:
            if key not in FIELDS:
                hint = did_you_mean(str(key), FIELDS)
                raise ArgumentError(f"event_pattern must have fields of an event, got {key!r}{hint}")
        detail = plain("event_pattern['detail']", pattern.get("detail", {}), Mapping, "a dict")
        _check("event_pattern", pattern)
        only = {wait_message.TASK_TOKEN: [{"exists": True}]}
        bus_name = options.get("event_bus_name")
        if bus_name is not None:
            bus_name = text("event_bus_name must be the name or ARN of an event bus", bus_name, BUS)
        return cls({**pattern, "detail": {**only, **detail}}, bus_name)

    def rule(self, name: str, common: Common) -> aws.cloudwatch.EventRule:
        """The rule on the bus, as yet without a target."""
        return aws.cloudwatch.EventRule(
            name,
            description="Task tokens for a worker.",
            event_bus_name=self.bus_name,
            event_pattern=json_text(self.pattern),
            tags=common.tags,
            opts=common.child(),
        )

    def send(
        self,
        name: str,
        rule: aws.cloudwatch.EventRule,
        target_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
        dead_letters_arn: pulumi.Input[str] | None = None,
    ) -> None:
        """Have the rule send its events there; what cannot be delivered, to the dead letters if any."""
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            event_bus_name=self.bus_name,
            arn=target_arn,
            dead_letter_config={"arn": dead_letters_arn} if dead_letters_arn is not None else None,
            opts=opts,
        )


def _check(at: str, pattern: Mapping[str, Any]) -> None:
    """What matches stands in a list, however deep it is, and EventBridge takes no empty one."""
    for key, value in pattern.items():
        if isinstance(value, Mapping):
            _check(f"{at}[{key!r}]", value)
        elif not isinstance(key, str) or not isinstance(value, list | tuple) or not value:
            raise ArgumentError(f"{at}[{key!r}] must be a list of what matches, got {value!r}")
