"""What components have in common, resolved the same way everywhere: use this one, make one, or none.

| thing | use yours | otherwise |
|---|---|---|
| queue | `queue_arn` and `queue_url` | one is made |
| topic | `topic_arn` | one is made |
| log group | `log_group_arn` | one is made, kept for `log_retention_days` |
| KMS key | `kms_key_arn` | none: keys that AWS owns or manages |
| permissions boundary | `permissions_boundary_arn` | none |
| alarm topic | `alarm_topic_arn` | none: the alarm tells nobody |

An alarm topic is one that CloudWatch may publish to: without encryption, or under a KMS key whose policy lets
cloudwatch.amazonaws.com use it, which AWS's own key does not. So it is not a Notifier's topic, whose
subscribers would not get an alarm's message either.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .checks import ArgumentError, arn, log_retention


class CommonArgs(TypedDict):
    """Arguments of every component."""

    kms_key_arn: NotRequired[pulumi.Input[str] | None]
    """KMS key for what the component makes: queues, topics, tables, buckets and logs. Its roles get what they
    need of the key; the key's own policy must let the services use it. Default: keys that AWS owns or
    manages."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Tags of every resource that can carry them."""


class RunningArgs(CommonArgs):
    """Arguments of every component that runs something, and so has roles and a log."""

    log_group_arn: NotRequired[pulumi.Input[str] | None]
    """Log group to write to. Default: one is made for each function or state machine. One that was made goes,
    with what is in it, when another is brought."""
    log_retention_days: NotRequired[pulumi.Input[int] | None]
    """Days to keep logs. Default 30. Not with `log_group_arn`, whose retention is its owner's."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str] | None]
    """Policy that bounds what every role of the component may do. Default: none."""


class Running(TypedDict):
    """What roles and logs are made with: the arguments above, checked."""

    log_group_arn: pulumi.Input[str] | None
    log_retention_days: pulumi.Input[int]
    kms_key_arn: pulumi.Input[str] | None
    permissions_boundary_arn: pulumi.Input[str] | None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None


class LogGroup(NamedTuple):
    """A log group, made here or not."""

    arn: pulumi.Output[str]
    name: pulumi.Output[str]


def existing(options: Mapping[str, Any], *arguments: str, instead_of: Sequence[str] = ()) -> bool:
    """Whether the caller brings the thing that `arguments` tell of; otherwise one is made, or none.

    Raises ValueError for a thing that is told of only in part, and for an argument of `instead_of` beside it,
    which says how one is made.
    """
    told = [argument for argument in arguments if argument in options]
    if not told:
        return False
    for argument in arguments:
        if argument not in options:
            raise ArgumentError(f"{argument} must be given with {told[0]}, got {told[0]} alone")
    for argument in instead_of:
        if argument in options:
            value = options[argument]
            raise ArgumentError(
                f"{argument} must not be given with {told[0]}, whose owner decides it, got {value!r}"
            )
    return True


def key_of(options: Mapping[str, Any]) -> pulumi.Input[str] | None:
    """The KMS key to encrypt with, checked."""
    # An alias stands in no policy: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    return _arn(options, "kms_key_arn", "kms", "a KMS key", "key/.+")


def alarm_topic_of(options: Mapping[str, Any]) -> pulumi.Input[str] | None:
    """The topic that hears of the component's alarms, checked."""
    return _arn(options, "alarm_topic_arn", "sns", "a topic")


def running(options: Mapping[str, Any]) -> Running:
    """What the component's roles and logs are made with. Raises ValueError for what contradicts itself."""
    existing(options, "log_group_arn", instead_of=("log_retention_days",))
    return {
        "log_group_arn": _arn(options, "log_group_arn", "logs", "a log group"),
        "log_retention_days": log_retention("log_retention_days", options.get("log_retention_days", 30)),
        "kms_key_arn": key_of(options),
        "permissions_boundary_arn": _arn(options, "permissions_boundary_arn", "iam", "a policy"),
        "tags": options.get("tags"),
    }


def log_group(
    name: str,
    *,
    prefix: str,
    existing_arn: pulumi.Input[str] | None,
    retention_days: pulumi.Input[int],
    kms_key_arn: pulumi.Input[str] | None,
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None,
    opts: pulumi.ResourceOptions,
) -> LogGroup:
    """The log group that exists, or one whose name starts with `prefix`."""
    if existing_arn is not None:
        # Some of AWS's own answers end a log group's ARN with `:*`.
        found = pulumi.Output.from_input(existing_arn).apply(lambda text: text.removesuffix(":*"))
        return LogGroup(found, found.apply(lambda text: text.split(":", 6)[6]))
    made = aws.cloudwatch.LogGroup(
        name,
        name_prefix=prefix,
        retention_in_days=retention_days,
        kms_key_id=kms_key_arn,
        tags=tags,
        opts=opts,
    )
    return LogGroup(made.arn, made.name)


def _arn(
    options: Mapping[str, Any], argument: str, service: str, what: str, resource: str = ".+"
) -> pulumi.Input[str] | None:
    return arn(argument, options[argument], service, what, resource) if argument in options else None
