"""CallbackWorkflow: a state machine that may wait, with exactly the permissions its definition needs."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NotRequired

import pulumi
import pulumi_aws as aws

from . import asl, policies, waits
from .alarms import Metric, alarm
from .checks import (
    SCHEDULE,
    ArgumentError,
    checked,
    explained,
    given,
    late,
    mapping,
    plain,
    statements,
    text,
)
from .common import RunningArgs, alarm_topic_of, log_group, running
from .documents import compact, json_text
from .names import check_name
from .place import Place

CALLBACK_ACTIONS = ("states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat")

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


DELETION = pulumi.CustomTimeouts(delete="60m")
"""How long a destroy waits for the machine to be gone. Step Functions keeps it DELETING until each execution
comes to its next transition, which one that waits for a task does not; AWS's provider gives up after 5
minutes. In an hour somebody sees it and ends what still waits (see the guide to operations).
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html"""

UNUSED = "silence-unused"
"""A silence may be for what an Output turns out to be, so this is told when they are known."""


class CallbackWorkflowArgs(RunningArgs):
    """Arguments of a CallbackWorkflow. Only `definition` is required."""

    definition: Mapping[str, Any]
    """The state machine in Amazon States Language. Leaves may be Outputs. `${AWS::Partition}`,
    `${AWS::Region}` and `${AWS::AccountId}` are filled in. A Task with the Resource `countersign:wait`
    becomes a wait state: see the guide to components."""
    callback_role_names: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Roles that may return this machine's task tokens, and only this machine's: the outputs of the same name
    of the components it waits for. Default: none."""
    history_role_names: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Roles that may read the histories of this machine's executions, with all that went in and out of their
    states: the output of the same name of an ApprovalApi, which sees there whether an answer arrived.
    Default: none."""
    unscoped_callbacks: NotRequired[bool | None]
    """Let those roles return any task token of the account. Only for a place where AWS does not evaluate the
    machine's ARN for `states:SendTask*`, whose reference lists no resource type. Default false."""
    extra_statements: NotRequired[Sequence[Any] | None]
    """IAM statements for the execution role, beside those derived from the definition. Default: none."""
    silenced_rules: NotRequired[Mapping[str, str] | None]
    """Checks to leave out: rule, or `State name.rule`, with the reason. Default: none."""
    schedule: NotRequired[pulumi.Input[str] | None]
    """When to start it by itself: `rate(1 day)`, `cron(0 9 ? * MON-FRI *)` or `at(...)`. Default: never."""
    schedule_input: NotRequired[Any | None]
    """Input of the executions that the schedule starts. Default: an empty object."""
    schedule_timezone: NotRequired[pulumi.Input[str] | None]
    """Time zone of the schedule, as in `Europe/Berlin`. Default: UTC."""
    tracing: NotRequired[bool | None]
    """Trace executions with X-Ray. Default true."""
    alarm_topic_arn: NotRequired[pulumi.Input[str] | None]
    """Topic that hears of executions that failed or timed out. Default: the alarm tells nobody."""


class CallbackWorkflow(pulumi.ComponentResource):
    """A Standard state machine, checked when it is constructed, with a role derived from its definition.

    Its log never holds execution data: the parameters of a wait hold the task token.

    No change of an argument replaces the machine: executions that run go on with the definition they started
    with. When it is deleted, or its name in the program changes, nobody can answer its tasks any more, its
    executions are terminated at their next transition, and the deletion waits up to an hour for those that
    wait for a task. So end them first.

    Raises `asl.DefinitionError` for a definition that AWS would refuse or that could hang, and ValueError for
    other arguments, before anything is registered but the component itself.
    """

    state_machine_arn: pulumi.Output[str]
    """ARN of the state machine."""
    state_machine_name: pulumi.Output[str]
    """Name of the state machine."""
    role_name: pulumi.Output[str]
    """Name of the execution role."""

    @explained
    def __init__(
        self, name: str, args: CallbackWorkflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("countersign:index:CallbackWorkflow", name, {}, opts)
        options = given(CallbackWorkflowArgs, args)
        check_name("CallbackWorkflow", name)
        definition = plain(
            "definition", options.get("definition"), Mapping, "a dict in Amazon States Language"
        )
        definition = asl.Definition(waits.expand(definition))
        silence = options.get("silenced_rules", {})
        mapping("silenced_rules", silence, "a dict from a rule to the reason")
        for finding in asl.require_valid(definition, silence=silence):
            if finding.severity is asl.Severity.WARNING and finding.rule != UNUSED:
                pulumi.log.warn(str(finding), self)
        extra = statements("extra_statements", options.get("extra_statements", ()))
        asl.require_statements(definition, extra_statements=extra)
        callback_roles = _roles("callback_role_names", options)
        history_roles = _roles("history_role_names", options)
        if asl.has_waits(definition) and "callback_role_names" not in options:
            pulumi.log.warn("nobody may return the task tokens: give callback_role_names (or [])", self)
        common = running(options)
        alarm_topic_arn = alarm_topic_of(options)
        if "schedule" in options:
            text("schedule", options["schedule"], SCHEDULE, "rate(...), cron(...) with six fields or at(...)")
        for argument in ("schedule_input", "schedule_timezone"):
            if argument in options and "schedule" not in options:
                raise ArgumentError(f"{argument} needs schedule, got {options[argument]!r} without one")
        tracing = options.get("tracing", True)
        tags = common["tags"]
        own = pulumi.ResourceOptions(parent=self)

        log = log_group(
            f"{name}-executions",
            # The prefix keeps CloudWatch's resource policy short, whatever the number of machines:
            # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
            prefix=f"/aws/vendedlogs/states/{pulumi.get_project()}-{pulumi.get_stack()}-{name}-",
            existing_arn=common["log_group_arn"],
            retention_days=common["log_retention_days"],
            kms_key_arn=common["kms_key_arn"],
            tags=tags,
            opts=own,
        )
        has_map_runs = asl.needs_own_statements(definition)
        rendered = _render(definition, silence, log.arn, tracing, extra, common["kms_key_arn"])
        role = aws.iam.Role(
            f"{name}-execution",
            assume_role_policy=policies.trust("states.amazonaws.com", log.arn, "stateMachine:*"),
            permissions_boundary=common["permissions_boundary_arn"],
            tags=tags,
            opts=own,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-execution",
            role=role.name,
            policy=rendered.apply(lambda known: known.policy),
            opts=own,
        )
        machine = aws.sfn.StateMachine(
            f"{name}-workflow",
            type="STANDARD",  # Express workflows have no callbacks
            definition=rendered.apply(lambda known: known.text),
            role_arn=role.arn,
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                include_execution_data=False,
                log_destination=log.arn.apply(lambda arn: f"{arn}:*"),
            ),
            tracing_configuration={"enabled": tracing},
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy], custom_timeouts=DELETION),
        )
        # The items of a Distributed Map are executions of `machine/label`:
        # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        machines = [machine.arn, *([machine.arn.apply(lambda text: f"{text}/*")] if has_map_runs else [])]
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
        answerable = ["*"] if options.get("unscoped_callbacks") else machines
        answer = policies.allow("ReturnTaskTokens", CALLBACK_ACTIONS, answerable)
        _let(f"{name}-callbacks", callback_roles, answer, tags, own)
        executions = [
            each.apply(lambda text: f"{text.replace(':stateMachine:', ':execution:', 1)}:*")
            for each in machines
        ]
        look = policies.allow("SeeWhetherItArrived", ["states:GetExecutionHistory"], executions)
        _let(f"{name}-histories", history_roles, look, tags, own)
        if has_map_runs:
            _let_map_run(f"{name}-map-runs", role, machine, rendered, own)
        of_machine = {"StateMachineArn": machine.arn}
        alarm(
            f"{name}-unsuccessful",
            [
                Metric("AWS/States", "ExecutionsFailed", of_machine),
                Metric("AWS/States", "ExecutionsTimedOut", of_machine),
            ],
            description="Executions failed or timed out.",
            topic_arn=alarm_topic_arn,
            tags=tags,
            opts=own,
        )
        if "schedule" in options:
            _schedule(f"{name}-schedule", machine, log.arn, {**options, **common}, self)

        self.state_machine_arn = machine.arn
        self.state_machine_name = machine.name
        self.role_name = role.name
        self.register_outputs(
            {
                "state_machine_arn": self.state_machine_arn,
                "state_machine_name": self.state_machine_name,
                "role_name": self.role_name,
            }
        )


def _roles(argument: str, options: Mapping[str, Any]) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    given_roles = options.get(argument, ())

    def check(names: Any) -> Sequence[pulumi.Input[str]]:
        if not isinstance(names, list | tuple):
            raise ArgumentError(f"{argument} must be a list of roles, got {names!r}")
        if not names and isinstance(given_roles, pulumi.Output):
            # The policy is registered before anybody knows, and IAM's attachments to nobody are an error of
            # AWS's provider ("empty result").
            raise ArgumentError(
                f"{argument} must hold at least one role where it is an Output, got {names!r}"
            )
        for role in names:
            text(argument, role, r"[\w+=,.@-]{1,64}", "names of roles, not ARNs")
        return names

    return checked(given_roles, check)


def _let(
    name: str,
    role_names: pulumi.Input[Sequence[pulumi.Input[str]]],
    statement: policies.Statement,
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Let the roles, if any, do what the statement says, with one policy attached to all of them.

    How many roles there are need not be known, as it is not when the list comes from another stack or
    language: a preview registers what an update does. A role takes 10 such policies, 20 on request:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if not isinstance(role_names, pulumi.Output) and not role_names:
        return
    policy = aws.iam.Policy(name, policy=policies.document(statement), tags=tags, opts=opts)
    aws.iam.PolicyAttachment(name, policy_arn=policy.arn, roles=role_names, opts=opts)


class _Rendered(NamedTuple):
    """A resolved definition, its text, and the policy of its execution role as JSON text."""

    definition: asl.Definition
    text: str
    policy: str


def _render(
    definition: asl.Definition,
    silence: Mapping[str, str],
    neighbour_arn: pulumi.Output[str],
    tracing: bool,
    extra: Sequence[Any],
    kms_key_arn: pulumi.Input[str] | None,
) -> pulumi.Output[_Rendered]:
    """The definition and the policy of its execution role, for where `neighbour_arn` is."""
    # Log delivery and tracing have no resource type:
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    # https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
    own = [policies.allow("DeliverLogs", LOG_DELIVERY_ACTIONS, ["*"])]
    if tracing:
        own.append(policies.allow("WriteTraces", TRACING_ACTIONS, ["*"]))

    @late()
    def texts(place: Place, resolved: asl.Definition, by_hand: list[Any], key: str | None) -> _Rendered:
        if asl.needs_own_statements(resolved) and not asl.needs_own_statements(definition):
            raise ArgumentError(
                "definition must not hide a Distributed Map in an Output: what it needs is registered before"
            )
        for finding in asl.require_valid(resolved, silence=silence):  # Outputs may hold whole states.
            if finding.rule == UNUSED:
                pulumi.log.warn(str(finding))
        derived = asl.statements(resolved, **place._asdict(), extra_statements=by_hand, kms_key=key)
        policy = {"Version": "2012-10-17", "Statement": [*derived, *by_hand, *own]}
        return _Rendered(resolved, resolved.render(), compact(policy))

    def fill_in(arn: str) -> pulumi.Output[_Rendered]:
        place = Place.of(arn)
        # Not Output.all: it would make an Output of every node of the definition.
        return definition.resolve(**place._asdict(), within=late).apply(
            lambda resolved: pulumi.Output.all(pulumi.Output.from_input(list(extra)), kms_key_arn).apply(
                lambda known: texts(place, resolved, *known)
            )
        )

    return neighbour_arn.apply(fill_in)


def _let_map_run(
    name: str,
    role: aws.iam.Role,
    machine: aws.sfn.StateMachine,
    rendered: pulumi.Output[_Rendered],
    opts: pulumi.ResourceOptions,
) -> None:
    """Let a Distributed Map start and follow the machine's own executions, which have an ARN only now."""

    @late()
    def text(known: list[Any]) -> str:
        statements = asl.own_statements(known[0], state_machine_arn=known[1])
        return compact({"Version": "2012-10-17", "Statement": statements})

    policy = pulumi.Output.all(rendered.apply(lambda known: known.definition), machine.arn).apply(text)
    aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=opts)


def _schedule(
    name: str,
    machine: aws.sfn.StateMachine,
    neighbour_arn: pulumi.Output[str],
    options: dict[str, Any],
    parent: pulumi.Resource,
) -> None:
    """Start the machine on its schedule, with a role that may do just that."""
    own = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        assume_role_policy=policies.trust("scheduler.amazonaws.com", neighbour_arn, "schedule-group/default"),
        permissions_boundary=options["permissions_boundary_arn"],
        tags=options.get("tags"),
        opts=own,
    )
    policy = aws.iam.RolePolicy(
        name,
        role=role.name,
        policy=policies.document(
            policies.allow("StartTheWorkflow", ["states:StartExecution"], [machine.arn])
        ),
        opts=own,
    )
    aws.scheduler.Schedule(
        name,
        schedule_expression=options["schedule"],
        schedule_expression_timezone=options.get("schedule_timezone", "UTC"),
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": machine.arn,
            "role_arn": role.arn,
            "input": json_text(options.get("schedule_input", {})),
        },
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
