"""What a CallbackWorkflow's execution role may do: what its definition needs, and no more."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from .. import asl
from ..common import policies
from ..common.arguments import Common
from ..common.checks import ArgumentError, late
from ..common.program import thing_of

LOG_DELIVERY_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
TRACING_ACTIONS = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)

UNUSED = "silence-unused"
"""A silence may be for what an Output turns out to be, so this is told when they are known."""


class Rendered(NamedTuple):
    """A resolved definition, its text, and the policy of its execution role as JSON text."""

    definition: asl.Definition
    text: str
    policy: pulumi.Input[str]


def render(
    definition: asl.Definition,
    options: Mapping[str, Any],
    neighbour_arn: pulumi.Output[str],
    kms_key_arn: pulumi.Input[str] | None,
) -> pulumi.Output[Rendered]:
    """The definition and the policy of its execution role, for where `neighbour_arn` is.

    `options` are the arguments of the CallbackWorkflow.
    """
    # Log delivery and tracing have no resource type:
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    # https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
    own = [policies.allow("DeliverLogs", LOG_DELIVERY_ACTIONS, ["*"])]
    if options.get("tracing", True):
        own.append(policies.allow("WriteTraces", TRACING_ACTIONS, ["*"]))

    def texts(
        place: policies.Place,
        resolved: asl.Definition,
        by_hand: list[Any],
        key: str | None,
        keys: Mapping[str, str],
    ) -> Rendered:
        if asl.needs_own_statements(resolved) and not asl.needs_own_statements(definition):
            raise ArgumentError(
                "definition must not hide a Distributed Map in an Output: what it needs is registered before"
            )
        check_region(resolved, place.region)
        # Outputs may hold whole states.
        for finding in asl.require_valid(resolved, silence=options.get("silenced_rules", {})):
            if finding.rule == UNUSED:
                pulumi.log.warn(str(finding))
        derived = asl.statements(
            resolved, **place._asdict(), extra_statements=by_hand, kms_key=key, kms_keys=keys
        )
        under_key = _under_key(key, place) if key is not None else []
        return Rendered(resolved, resolved.render(), policies.document(*derived, *by_hand, *own, *under_key))

    def fill_in(known: list[Any]) -> pulumi.Output[Rendered]:
        place = policies.Place.of(known[0])
        # Not in Output.all: it would make an Output of every node of the definition.
        within = partial(late, any(known[1]))
        resolved = definition.resolve(**place._asdict(), within=within)
        return resolved.apply(lambda found: within()(texts)(place, found, *known[2:]))

    extra = list(options.get("extra_statements", ()))
    secret = [output.is_secret() for output in definition.outputs()]
    return pulumi.Output.all(neighbour_arn, secret, extra, kms_key_arn, _keys(definition)).apply(fill_in)


def _keys(definition: asl.Definition) -> pulumi.Input[Mapping[str, str]]:
    """What this definition names of components → the customer's key that it is under."""
    things = [(output, thing_of(output)) for output in definition.outputs()]
    pairs = [(output, thing.key_arn) for output, thing in things if thing and thing.key_arn is not None]
    return pulumi.Output.all(*(pulumi.Output.all(*pair) for pair in pairs)).apply(dict) if pairs else {}


def check_region(definition: asl.Definition, region: str | None) -> None:
    """Raises ArgumentError for a definition that calls what is in another region, if its own is known."""
    if region and (elsewhere := asl.calls_elsewhere(definition, region=region)):
        raise ArgumentError(
            f"definition must call what is in its own region, {region}, as Step Functions does, "
            f"got {elsewhere[0]!r}"
        )


def _under_key(key_arn: str, place: policies.Place) -> list[policies.Statement]:
    """What Step Functions does with the customer's key of a machine, as its role: it encrypts the executions,
    and what it delivers to the log.

    The role must have this before the machine is under the key, and so before there is an ARN of it to name:
    what runs would fail otherwise, and nothing could start.
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    return [
        policies.allow(
            "EncryptExecutions",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key_arn],
            Condition={"StringLike": {policies.OF_MACHINE: place.arn("states", "stateMachine:*")}},
        ),
        policies.allow(
            "EncryptLogDelivery",
            ["kms:GenerateDataKey"],
            [key_arn],
            # The star is part of the value, as on AWS's page.
            Condition={"StringEquals": {"kms:EncryptionContext:SourceArn": place.arn("logs", "*")}},
        ),
    ]


def let_map_run(
    name: str,
    role: aws.iam.Role,
    machine: aws.sfn.StateMachine,
    rendered: pulumi.Output[Rendered],
    common: Common,
) -> None:
    """Let a Distributed Map start and follow the machine's own executions, which have an ARN only now."""

    @late()
    def text(known: list[Any]) -> pulumi.Input[str]:
        return policies.document(*asl.own_statements(known[0], state_machine_arn=known[1]))

    policy = pulumi.Output.all(rendered.apply(lambda known: known.definition), machine.arn).apply(text)
    aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=common.child())
