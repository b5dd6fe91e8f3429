"""CallbackWorkflow: a state machine that may wait, with exactly the permissions its definition needs."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from .. import asl
from ..common import places, policies, waits
from ..common.arguments import RunningArgs
from ..common.checks import (
    checked,
    explained,
    plain,
    statements,
)
from ..common.component import Component
from ..common.running import log_group, log_of, role
from . import attached
from .alarm import expected_errors, ring_when_unsuccessful
from .execution_role import UNUSED, check_region, let_map_run, render
from .schedule import Starts, start_on_schedule

CALLBACK_ACTIONS = ("states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat")

DELETION = pulumi.CustomTimeouts(delete="60m")
"""How long a destroy waits for the machine to be gone. Step Functions keeps it DELETING until each execution
comes to its next transition, which one that waits for a task does not; AWS's provider gives up after 5
minutes. In an hour somebody sees it and ends what still waits (see the guide to operations).
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html"""

DATA_KEY_SECONDS = 300
"""For how long Step Functions uses a data key before it asks KMS for another one; 60 to 900.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html"""


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
    expected_errors: NotRequired[Sequence[str] | None]
    """Errors with which an execution may end FAILED without an alarm, such as people's "no": up to 5.
    Default: `ApprovalCancelled`, `ApprovalRejected` and `ApprovalTimedOut`. With an empty list every failed
    execution rings."""


class CallbackWorkflow(Component):
    """A Standard state machine, checked when it is constructed, with a role derived from its definition.

    Its log never holds execution data: the parameters of a wait hold the task token.

    `kms_key_arn` is the key of the definition, of all that goes in and out of executions and their states,
    and of the log; not of the schedule's input. The execution role and the roles that read histories may use
    it for that; roles that answer need nothing of it. Whoever deploys, or looks at executions, needs it too,
    and the key's policy must let delivery.logs.amazonaws.com decrypt. Events about executions are without
    input, output, error and cause then. While the key is disabled or gone, executions fail. Those that began
    under another key may still need that one: allow it in `extra_statements` until they have ended.

    What the definition sends to or reads (queues, topics, tables, buckets, secrets) may be under
    `kms_key_arn` too, or under the key of a component of the same program, in Python, whose output the
    definition holds as it is. The use of any other key allow in `extra_statements`, or the state fails.

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
    log_group_names: Mapping[str, pulumi.Output[str]]
    """What its log group is called in AWS, under `executions`."""

    @explained
    def __init__(
        self, name: str, args: CallbackWorkflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(CallbackWorkflowArgs, name, args, opts)
        options, common = self._options, self._common
        definition = self._checked_definition()
        callback_roles = attached.roles("callback_role_names", options)
        history_roles = attached.roles("history_role_names", options)
        if asl.has_waits(definition) and "callback_role_names" not in options:
            pulumi.log.warn("nobody may return the task tokens: give callback_role_names (or [])", self)
        expected = expected_errors(options)
        starts = Starts.of(options)

        # The prefix keeps CloudWatch's resource policy short, whatever the number of machines:
        # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        log = log_group(f"{name}-executions", common, "/aws/vendedlogs/states", of=name)
        rendered = render(definition, options, log.arn, common.kms_key_arn)
        execution = role(
            f"{name}-execution",
            common,
            policies.trust("states.amazonaws.com", log.arn, "stateMachine:*"),
            rendered.apply(lambda known: known.policy),
        )
        machine = aws.sfn.StateMachine(
            f"{name}-workflow",
            type="STANDARD",  # Express workflows have no callbacks
            definition=rendered.apply(lambda known: known.text),
            role_arn=execution.role.arn,
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                include_execution_data=False,
                log_destination=log_of(log, common, execution.role.arn).arn.apply(lambda arn: f"{arn}:*"),
            ),
            tracing_configuration={"enabled": options.get("tracing", True)},
            encryption_configuration=_encryption(common.kms_key_arn),
            tags=common.tags,
            opts=common.child(execution.policy, custom_timeouts=DELETION),
        )
        machines = [machine.arn]
        if asl.needs_own_statements(definition):
            let_map_run(f"{name}-map-runs", execution.role, machine, rendered, common)
            # The items of a Distributed Map are executions of `machine/label`:
            # https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
            machines.append(machine.arn.apply(lambda text: f"{text}/*"))
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
        answerable = ["*"] if options.get("unscoped_callbacks") else machines
        answer = policies.allow("ReturnTaskTokens", CALLBACK_ACTIONS, answerable)
        attached.let(f"{name}-callbacks", callback_roles, [answer], common)
        executions = [
            each.apply(lambda text: f"{text.replace(':stateMachine:', ':execution:', 1)}:*")
            for each in machines
        ]
        look = policies.allow("SeeWhetherItArrived", ["states:GetExecutionHistory"], executions)
        of_machine = {"StringLike": {policies.OF_MACHINE: machines}}
        decrypt = policies.use_key("DecryptHistories", common.kms_key_arn, Condition=of_machine)
        attached.let(f"{name}-histories", history_roles, [look, *decrypt], common)
        ring_when_unsuccessful(f"{name}-unsuccessful", common, machine, executions[0], log.name, expected)
        if starts is not None:
            start_on_schedule(f"{name}-schedule", machine, log.arn, starts, common)

        self.state_machine_arn = machine.arn
        self.state_machine_name = machine.name
        self.role_name = execution.role.name
        self.log_group_names = {"executions": log.name}
        self._register()

    def _checked_definition(self) -> asl.Definition:
        """The definition, once nothing is wrong with it that can be known now. What may be wrong is told."""
        options = self._options
        given = plain("definition", options["definition"], Mapping, "a dict in Amazon States Language")
        definition = asl.Definition(waits.expand(given))
        silence = plain(
            "silenced_rules", options.get("silenced_rules", {}), Mapping, "a dict from a rule to the reason"
        )
        for finding in asl.require_valid(definition, silence=silence):
            if finding.severity is asl.Severity.WARNING and finding.rule != UNUSED:
                pulumi.log.warn(str(finding), self)
        extra = statements("extra_statements", options.get("extra_statements", ()))
        asl.require_statements(definition, extra_statements=extra)
        checked(places.region_of(self), lambda region: check_region(definition, region))
        return definition


def _encryption(
    key_arn: pulumi.Input[str] | None,
) -> aws.sfn.StateMachineEncryptionConfigurationArgsDict:
    """Under which key the machine is. What is left out AWS's provider leaves as it is: a machine without a
    key of the customer's any more must say so."""
    if key_arn is None:
        return {"type": "AWS_OWNED_KEY"}
    return {
        "type": "CUSTOMER_MANAGED_KMS_KEY",
        "kms_key_id": key_arn,
        "kms_data_key_reuse_period_seconds": DATA_KEY_SECONDS,
    }
