"""What components have in common, resolved the same way everywhere: use this one, make one, or none.

| thing | use yours | otherwise |
|---|---|---|
| queue | `queue_arn` and `queue_url` | one is made |
| topic | `topic_arn` | one is made |
| log group | `log_group_arn` | one is made, kept for `log_retention_days` |
| KMS key | `kms_key_arn`; `topic_kms_key_arn` of a topic | none: keys that AWS owns or manages |
| permissions boundary | `permissions_boundary_arn` | none |
| alarm topic | `alarm_topic_arn` | none: the alarm tells nobody |

What is yours must be in the component's region, and a queue, a log group, a permissions boundary and a
certificate in its account. What is of another place is refused, in a preview if the region of the provider is
set there. Topics and subscribed queues are standard ones.

An alarm topic is one that CloudWatch may publish to: without encryption, or under a KMS key whose policy lets
cloudwatch.amazonaws.com use it, which AWS's own key does not. So it is not a Notifier's topic, whose
subscribers would not get an alarm's message either.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from .checks import LOG_RETENTION_DAYS, ArgumentError, arn, checked, must, standard_topic, text
from .program import MadeTopic, thing_of


class CommonArgs(TypedDict):
    """Arguments of every component."""

    kms_key_arn: NotRequired[pulumi.Input[str] | None]
    """KMS key for what the component makes; its description says for what. Its roles get what they need of
    the key; the key's own policy must let the services use it. Default: keys that AWS owns or manages."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Tags of every resource that can carry them, at most 50."""


class RunningArgs(CommonArgs):
    """Arguments of every component that runs something, and so has roles and a log."""

    log_group_arn: NotRequired[pulumi.Input[str] | None]
    """Log group to write to. Default: one is made for each function or state machine. One that was made goes,
    with what is in it, when another is brought."""
    log_retention_days: NotRequired[pulumi.Input[int] | None]
    """Days to keep logs. Default 30. Not with `log_group_arn`, whose retention is its owner's."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str] | None]
    """Policy that bounds what every role of the component may do. Default: none."""


MOST_TAGS = 50
TAG_NAME = r"(?![aA][wW][sS]:)[\w .:/=+@-]{1,128}"
TAG_VALUE = r"[\w .:/=+@-]{0,256}"


@dataclass(frozen=True)
class Common:
    """What the children of a component are made with: the component, and the arguments above, checked."""

    parent: pulumi.Resource
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None
    kms_key_arn: pulumi.Input[str] | None
    log_group_arn: pulumi.Input[str] | None
    log_retention_days: pulumi.Input[int]
    permissions_boundary_arn: pulumi.Input[str] | None
    alarm_topic_arn: pulumi.Input[str] | None

    @classmethod
    def of(cls, parent: pulumi.Resource, options: Mapping[str, Any]) -> "Common":
        """Raises ValueError for what is wrong, or contradicts itself."""
        existing(options, "log_group_arn", instead_of=("log_retention_days",))
        if isinstance(thing_of(options.get("alarm_topic_arn")), MadeTopic):
            raise ArgumentError(
                "alarm_topic_arn must be a topic of its own, such as an aws.sns.Topic, got that of a "
                "Notifier, whose subscribers get no alarm"
            )
        return cls(
            parent,
            tags=checked(options.get("tags"), _tags),
            # An alias stands in no policy:
            # https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
            kms_key_arn=arn(options, "kms_key_arn", "kms", "a KMS key", "key/.+"),
            log_group_arn=arn(options, "log_group_arn", "logs", "a log group"),
            log_retention_days=must(
                f"log_retention_days must be one of {', '.join(map(str, LOG_RETENTION_DAYS))}",
                options.get("log_retention_days", 30),
                lambda days: not isinstance(days, bool) and days in LOG_RETENTION_DAYS,
            ),
            permissions_boundary_arn=arn(options, "permissions_boundary_arn", "iam", "a policy", "policy/.+"),
            alarm_topic_arn=standard_topic(options, "alarm_topic_arn"),
        )

    def child(self, *after: pulumi.Resource, **more: Any) -> pulumi.ResourceOptions:
        """Options of a child, made after the resources `after`."""
        return pulumi.ResourceOptions(parent=self.parent, depends_on=list(after), **more)


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


def _tags(tags: Any) -> Any:
    """Tags as IAM takes them, which takes fewer characters than others do:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""
    if not isinstance(tags, Mapping | None):
        raise ArgumentError(f"tags must be a dict of tags, got {tags!r}")
    if len(tags or {}) > MOST_TAGS:
        raise ArgumentError(f"tags must be at most {MOST_TAGS}, got {len(tags or {})}")
    what = "letters, digits, spaces and any of _.:/=+-@"
    name_rule = f"tags must have names of 1 to 128 {what}, none that begins with aws:"
    return tags and {
        text(name_rule, key, TAG_NAME): text(f"tags[{key!r}] must be at most 256 {what}", value, TAG_VALUE)
        for key, value in tags.items()
    }
