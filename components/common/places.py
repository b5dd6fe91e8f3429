"""Where what is brought must be: in the component's region, and some of it in its account.

AWS calls nothing across regions, and tells so late, in other words, or not at all: an alarm without its topic
rings in vain. What is known is checked when a component is constructed, the rest when it becomes known.
Nothing is looked up for it, so that a preview needs no more rights and answers than what is registered does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from .checks import ArgumentError, checked, checked_together
from .program import hand_out, thing_of

IN_REGION = (
    "alarm_topic_arn",
    "certificate_arn",
    "event_bus_name",
    "function_arns",
    "function_arns_by_name",
    "kms_key_arn",
    "layer_arns",
    "log_group_arn",
    "queue_arn",
    "topic_arn",
    "topic_kms_key_arn",
)
"""Arguments that name what must be in the component's region. SNS also delivers to queues of other regions:
https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html"""

IN_ACCOUNT = ("certificate_arn", "log_group_arn", "permissions_boundary_arn", "queue_arn")
"""Arguments that name what must be in the component's account. A key and a topic may be shared with it."""

IN_PLACE = frozenset({*IN_REGION, *IN_ACCOUNT})
"""Both, which are in the component's partition."""

NOWHERE = {("account", "aws")}
"""What IAM policies have that AWS manages: they are in every account."""

MADE = "what the component makes"

Known = tuple[str, str]
"""An argument, and an ARN in it."""


def in_place(component: pulumi.Resource, options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, of which those that are brought are where they must be.

    Raises ArgumentError for what is from another region than that of the component's provider, or from
    elsewhere than what else is brought. In the place of an Output there is one that fails if its value is
    elsewhere, so that nothing is asked of AWS with it.
    """
    region, brought = region_of(component), [*_brought(options)]
    plain = [(argument, value) for argument, value in brought if isinstance(value, str)]
    _check(plain, region if isinstance(region, str) else None)

    def look_at_all(known: Sequence[Any]) -> None:
        _check([*zip((argument for argument, _ in brought), known[1:], strict=True)], known[0])

    # Each Output by itself, below, as long as another is not known; then all of them beside each other.
    checked_together([region, *(value for _, value in brought)], look_at_all)

    def placed(argument: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: placed(argument, each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [placed(argument, each) for each in value]
        if not isinstance(value, pulumi.Output):
            return value

        def look(known: Sequence[Any]) -> Any:
            _check([*plain, (argument, known[0])], known[1])
            return known[0]

        found: Any = checked(pulumi.Output.all(value, region), look)
        hand_out(thing_of(value), found)
        return found

    return {
        argument: placed(argument, value) if argument in IN_PLACE else value
        for argument, value in options.items()
    }


def region_of(component: pulumi.Resource) -> pulumi.Input[Any]:
    """The region of the component's provider as far as the program has it, or None."""
    provider = component.get_provider("aws:index/getRegion:getRegion")
    # The default provider reads its settings, and the environment, as this does.
    return getattr(provider, "region", None) if provider is not None else aws.config.region


def beside(argument: str, value: pulumi.Input[str], made_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """The same of one argument, once the component has made something that must be in the same place."""

    def look(known: Sequence[str]) -> str:
        _check([(MADE, known[0]), (argument, known[1])], None)
        return known[1]

    return pulumi.Output.from_input(checked(pulumi.Output.all(made_arn, value), look))


def of_one_queue(queue_arn: pulumi.Input[str], queue_url: pulumi.Input[str]) -> pulumi.Output[Sequence[str]]:
    """Both. Raises ArgumentError if they are not of one queue; for an Output, once it is known. An address
    that is not AWS's own says nothing of a region."""

    def check_both(known: Sequence[str]) -> Sequence[str]:
        arn, url = known
        region, account, name = arn.split(":")[3:6]
        parts = urlsplit(url)
        host = _SQS_HOST.search(parts.hostname or "")
        if parts.path != f"/{account}/{name}" or (host and region not in host.groups()):
            raise ArgumentError(f"queue_arn and queue_url must be of one queue, got {arn!r} and {url!r}")
        return known

    return pulumi.Output.from_input(checked_together([queue_arn, queue_url], check_both))


_SQS_HOST = re.compile(r"(?:^|\.)sqs(?:-fips)?\.([a-z]+-[a-z0-9-]+)\.|^([a-z]+-[a-z0-9-]+)\.queue\.")
"""https://docs.aws.amazon.com/general/latest/gr/sqs-service.html"""


def _brought(options: Mapping[str, Any]) -> Iterator[tuple[str, pulumi.Input[Any]]]:
    for argument in sorted(IN_PLACE & options.keys()):
        value = options[argument]
        if isinstance(value, Mapping):
            value = list(value.values())
        yield from ((argument, each) for each in (value if isinstance(value, list | tuple) else [value]))


def _check(known: Sequence[Known], region: str | None) -> None:
    """Raises ArgumentError if one of them is elsewhere."""
    kinds = (
        ("partition", IN_PLACE, 1, None),
        ("region", IN_REGION, 3, region),
        ("account", IN_ACCOUNT, 4, None),
    )
    for kind, arguments, place, expected in kinds:
        like = "its provider"
        for argument, value in known:
            parts = str(value).split(":", 5)
            # What is no ARN has its own check; IAM has no regions.
            found = parts[place] if len(parts) > place + 1 else ""
            if argument not in (MADE, *arguments) or (kind, found) in NOWHERE or not found:
                continue
            if not expected:
                expected, like = found, argument
            elif found != expected:
                raise ArgumentError(f"{argument} must be of {kind} {expected}, as {like} is, got {value!r}")
