"""How a function is hosted: on which Python and processor, with how much of what, in which network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, Self

import pulumi

from . import policies
from .arguments import RunningArgs, existing
from .checks import ArgumentError, each_once, plain, text, whole_number
from .code.runtimes import DEPLOYED, GLIBC, MACHINES, Platform


class HostingArgs(RunningArgs):
    """Arguments of every component with a function of the caller's own."""

    timeout_seconds: NotRequired[pulumi.Input[int] | None]
    """How long one run of the worker may take, for all the tasks it gets at once. 1 to 900, default 30."""
    memory_mb: NotRequired[pulumi.Input[int] | None]
    """Memory of the worker. 128 to 10240, default 256."""
    ephemeral_storage_mb: NotRequired[pulumi.Input[int] | None]
    """Room in the worker's `/tmp`. 512 to 10240, default 512."""
    reserved_concurrency: NotRequired[pulumi.Input[int] | None]
    """Runs of the worker at the same time that are kept for it, and are the most it gets. 1 to 10000, of what
    the account's other functions share, of which Lambda keeps 100. Default: it shares with them."""
    runtime: NotRequired[str | None]
    """Python of the worker: `python3.11`, `python3.12`, `python3.13` or `python3.14`. Default
    `python3.13`."""
    architecture: NotRequired[str | None]
    """Processor of the worker: `arm64` or `x86_64`. Default `arm64`."""
    layer_arns: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Versions of layers to put under the worker, at most 5. Default: none."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Subnets of a VPC in which the worker is, with `security_group_ids`, at most 16. It then reaches AWS
    through endpoints or a NAT gateway there, or not at all. Default: no VPC."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]] | None]
    """Security groups of the worker, with `subnet_ids`, at most 5."""


_JOINING = [
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]
_LOOKING = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]


@dataclass(frozen=True)
class Hosting:
    """The arguments above, checked. None is Lambda's own default."""

    timeout_seconds: pulumi.Input[int]
    memory_mb: pulumi.Input[int]
    ephemeral_storage_mb: pulumi.Input[int] | None = None
    reserved_concurrency: pulumi.Input[int] | None = None
    platform: Platform = DEPLOYED
    layer_arns: Sequence[pulumi.Input[str]] = ()
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    security_group_ids: Sequence[pulumi.Input[str]] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Raises ValueError for what is out of range, or nothing that Lambda has."""
        network = ("subnet_ids", "security_group_ids")
        existing({name: options[name] for name in network if options.get(name)}, *network)
        return cls(
            timeout_seconds=whole_number(options, "timeout_seconds", 30, 1, 900),
            memory_mb=whole_number(options, "memory_mb", 256, 128, 10_240),
            ephemeral_storage_mb=whole_number(options, "ephemeral_storage_mb", None, 512, 10_240),
            reserved_concurrency=whole_number(options, "reserved_concurrency", None, 1, 10_000),
            platform=Platform(
                _one_of(options, "runtime", DEPLOYED.runtime, GLIBC),
                _one_of(options, "architecture", DEPLOYED.architecture, MACHINES),
            ),
            # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
            layer_arns=_several(
                options,
                "layer_arns",
                5,
                "the ARN of a layer's version",
                r"arn:[^:]+:lambda:.+:layer:.+:\d+",
                # Lambda takes one version of a layer.
                lambda version: version.rpartition(":")[0],
            ),
            subnet_ids=_several(options, "subnet_ids", 16, "the id of a subnet", "subnet-.+"),
            security_group_ids=_several(
                options, "security_group_ids", 5, "the id of a security group", "sg-.+"
            ),
        )

    def inputs(self) -> dict[str, Any]:
        """What a function's resource takes of this."""
        network = {"subnet_ids": self.subnet_ids, "security_group_ids": self.security_group_ids}
        storage = self.ephemeral_storage_mb
        return {
            "runtime": self.platform.runtime,
            "architectures": [self.platform.architecture],
            "timeout": self.timeout_seconds,
            "memory_size": self.memory_mb,
            "ephemeral_storage": {"size": storage} if storage is not None else None,
            "reserved_concurrent_executions": self.reserved_concurrency,
            "layers": self.layer_arns or None,
            "vpc_config": network if self.subnet_ids else None,
        }

    def statements(self, neighbour_arn: pulumi.Output[str]) -> list[policies.Statement]:
        """What the function's role must be allowed so that Lambda can bring the function into its network;
        the function's own code is not. `neighbour_arn` is that of something in its account and region.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
        """
        if not self.subnet_ids:
            return []
        place = neighbour_arn.apply(policies.Place.of)
        functions = place.apply(lambda here: here.arn("lambda", "function:*"))
        # Interfaces have no names before they are made, and subnets may be shared by another account.
        interfaces = place.apply(lambda here: here._replace(account_id="*").arn("ec2", "*/*"))
        return [
            policies.allow("JoinTheNetwork", _JOINING, [interfaces]),
            # These take no resources:
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
            policies.allow("LookAtTheNetwork", _LOOKING, ["*"]),
            {
                "Sid": "ForLambdaAlone",
                "Effect": "Deny",
                "Action": [*_JOINING, *_LOOKING],
                # All there are, as the page says: what is refused is the caller.
                "Resource": ["*"],
                "Condition": {"ArnLike": {"lambda:SourceFunctionArn": functions}},
            },
        ]


def _one_of(options: Mapping[str, Any], argument: str, default: str, known: Mapping[str, Any]) -> str:
    """It decides which packages can run there, and so must be known when the program runs."""
    rule = f"one of {', '.join(known)}"
    value: str = plain(argument, options.get(argument, default), str, rule)
    if value not in known:
        raise ArgumentError(f"{argument} must be {rule}, got {value!r}")
    return value


def _several(
    options: Mapping[str, Any],
    argument: str,
    most: int,
    what: str,
    pattern: str,
    compared: Callable[[str], str] = str,
) -> list[pulumi.Input[str]]:
    """The list of an argument: at most so many, each once and each `what`."""
    values = options.get(argument, ())
    if len(values) > most:
        raise ArgumentError(f"{argument} must be at most {most}, got {len(values)}")
    checked = [text(f"{argument} must each be {what}", value, pattern) for value in values]
    each_once(argument, checked, compared)
    return checked
