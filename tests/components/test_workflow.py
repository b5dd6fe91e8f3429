"""CallbackWorkflow: a checked definition, exactly the permissions it needs, and who may answer it."""

from functools import cache
from typing import Any

import pulumi
import pytest

from components import CallbackQueue, CallbackWorkflow, CallbackWorkflowArgs
from components.asl import DefinitionError, UnresolvedPermission
from tests.support.engine import ACCOUNT, REGION, Deployment, arn, deploy, queue_url

RETURN = "states:SendTaskSuccess states:SendTaskFailure states:SendTaskHeartbeat"
MACHINE = arn("aws:sfn/stateMachine:StateMachine", "pay-workflow")


def waiting(queue: CallbackQueue, **more: Any) -> dict[str, Any]:
    return {
        "StartAt": "Ask",
        "States": {"Ask": {**queue.wait("$", timeout_seconds=60), "End": True, **more}},
    }


@cache
def as_it_is() -> Deployment:
    """One that only waits, deployed once for all who only look at it."""
    return made()


def made(args: dict[str, Any] | None = None) -> Deployment:
    def program() -> None:
        queue = CallbackQueue("orders", {})
        given: CallbackWorkflowArgs = {
            "definition": waiting(queue),
            "callback_role_names": queue.callback_role_names,
        }
        CallbackWorkflow("pay", {**given, **(args or {})})  # type: ignore[typeddict-item]

    return deploy(program)


def test_it_has_exactly_these_children() -> None:
    assert as_it_is().children("CallbackWorkflow", "pay") == {
        "pay-callbacks": "Policy PolicyAttachment",
        "pay-execution": "Role RolePolicy",
        "pay-executions": "LogGroup",
        "pay-unsuccessful": "LogMetricFilter MetricAlarm",
        "pay-workflow": "StateMachine",
    }


def test_the_machine_is_standard_traced_and_logs_no_execution_data() -> None:
    machine = as_it_is().one("StateMachine", "pay-workflow")
    definition = machine.json("definition")
    assert definition["States"]["Ask"]["Resource"] == "arn:aws-test:states:::sqs:sendMessage.waitForTaskToken"
    assert definition["States"]["Ask"]["Parameters"]["QueueUrl"] == queue_url("orders-callbacks")
    assert {key: value for key, value in machine.inputs.items() if key != "definition"} == {
        "type": "STANDARD",
        "roleArn": arn("aws:iam/role:Role", "pay-execution"),
        "loggingConfiguration": {
            "level": "ALL",
            "includeExecutionData": False,
            "logDestination": arn("aws:cloudwatch/logGroup:LogGroup", "pay-executions") + ":*",
        },
        "tracingConfiguration": {"enabled": True},
    }


def test_the_machine_waits_for_its_permissions_and_its_deletion_for_what_waits() -> None:
    """AWS's provider gives up after 5 minutes, AWS not before the last execution comes on."""
    machine = as_it_is().one("StateMachine", "pay-workflow")
    assert as_it_is().one("RolePolicy", "pay-execution").urn in machine.dependencies
    assert machine.options["deleteTimeout"] == "60m"
    assert as_it_is().one("Role", "pay-execution").options["deleteTimeout"] == ""


def test_its_role_may_do_what_the_definition_does_and_nothing_else() -> None:
    """Word by word in tests/asl/permissions/test_workflows.py."""
    rights = as_it_is().rights("pay-execution")
    assert rights.keys() == {"SendMessages", "DeliverLogs", "WriteTraces"}
    assert rights["SendMessages"] == f"sqs:SendMessage on {arn('aws:sqs/queue:Queue', 'orders-callbacks')}"


def test_every_choice_reaches_its_resource() -> None:
    more = {"Sid": "Extra", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:x"]}
    found = made({"tracing": False, "extra_statements": [more], "unscoped_callbacks": True})
    rights = found.rights("pay-execution")
    assert rights.keys() == {"SendMessages", "DeliverLogs", "Extra"}
    assert rights["Extra"] == "s3:GetObject on arn:x"
    assert found.one("StateMachine", "pay-workflow").inputs["tracingConfiguration"] == {"enabled": False}
    assert found.rights("pay-callbacks", "Policy") == {"ReturnTaskTokens": f"{RETURN} on *"}


def test_its_role_is_for_state_machines_of_this_account_and_region_only() -> None:
    assert as_it_is().one("Role", "pay-execution").json("assumeRolePolicy")["Statement"] == [
        {
            "Sid": "AssumedByTheService",
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws-test:states:{REGION}:{ACCOUNT}:stateMachine:*"},
            },
        }
    ]


def test_the_callback_roles_may_return_this_machines_tokens_only() -> None:
    found = as_it_is()
    assert found.one("PolicyAttachment", "pay-callbacks").inputs == {
        "policyArn": arn("aws:iam/policy:Policy", "pay-callbacks"),
        "roles": ["orders-dead-letters"],
    }
    assert found.rights("pay-callbacks", "Policy") == {"ReturnTaskTokens": f"{RETURN} on {MACHINE}"}


@pytest.mark.parametrize("preview", [False, True])
def test_how_many_roles_there_are_need_not_be_known(preview: bool) -> None:
    roles = [("a", "b"), ("c",)]

    def program() -> None:
        queue = CallbackQueue("orders", {})
        names = queue.queue_arn.apply(lambda _: [role for group in roles for role in group])
        CallbackWorkflow("pay", {"definition": waiting(queue), "callback_role_names": names})

    found = deploy(program, preview=preview)
    attached = found.one("PolicyAttachment", "pay-callbacks").inputs
    assert preview or attached["roles"] == ["a", "b", "c"]


def test_a_schedule_starts_it_with_a_role_that_may_do_just_that() -> None:
    found = made(
        {"schedule": "rate(1 day)", "schedule_input": {"release": 7}, "schedule_timezone": "Europe/Berlin"}
    )
    schedule = found.one("Schedule", "pay-schedule")
    assert schedule.inputs == {
        "scheduleExpression": "rate(1 day)",
        "scheduleExpressionTimezone": "Europe/Berlin",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": MACHINE,
            "roleArn": arn("aws:iam/role:Role", "pay-schedule"),
            "input": '{"release":7}',
        },
    }
    assert found.rights("pay-schedule") == {"StartTheWorkflow": f"states:StartExecution on {MACHINE}"}
    trust = found.one("Role", "pay-schedule").json("assumeRolePolicy")["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": f"arn:aws-test:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
    }
    assert found.one("RolePolicy", "pay-schedule").urn in schedule.dependencies


def test_a_wait_without_a_timeout_cannot_be_constructed() -> None:
    def program() -> None:
        queue = CallbackQueue("orders", {})
        definition = waiting(queue)
        del definition["States"]["Ask"]["TimeoutSeconds"]
        CallbackWorkflow("pay", {"definition": definition})

    with pytest.raises(DefinitionError, match=r"Ask: .*[Tt]imeout"):
        deploy(program)


def test_a_distributed_map_may_run_its_own_machine_and_what_it_asks_can_be_answered_and_looked_up() -> None:
    """Its items are executions of `machine/label`, not of the machine."""

    def program() -> None:
        queue = CallbackQueue("orders", {})
        each = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **waiting(queue)}
        states = {"Each": {"Type": "Map", "ItemsPath": "$", "ItemProcessor": each, "End": True}}
        CallbackWorkflow(
            "pay",
            {
                "definition": {"StartAt": "Each", "States": states},
                "callback_role_names": queue.callback_role_names,
                "history_role_names": queue.callback_role_names,
            },
        )

    found = deploy(program)
    executions = MACHINE.replace(":stateMachine:", ":execution:")
    answer = found.rights("pay-callbacks", "Policy")["ReturnTaskTokens"]
    assert answer == f"{RETURN} on {MACHINE} {MACHINE}/*"
    runs = found.rights("pay-map-runs")
    actions = {action for right in runs.values() for action in right.split(" on ")[0].split()}
    assert actions == {f"states:{name}Execution" for name in ("Start", "Describe", "Redrive")}
    assert all(":pay-workflow" in on for right in runs.values() for on in right.split(" on ")[1].split())
    look = found.rights("pay-histories", "Policy")["SeeWhetherItArrived"]
    assert look == f"states:GetExecutionHistory on {executions}:* {executions}/*:*"


def test_a_permission_that_cannot_be_derived_stops_a_preview() -> None:
    publish = {
        "Type": "Task",
        "Resource": "arn:${AWS::Partition}:states:::sns:publish",
        "Parameters": {"TopicArn.$": "$.topic", "Message": "done"},
        "End": True,
    }

    def program() -> None:
        with pytest.raises(UnresolvedPermission, match=r"Tell: TopicArn is only known at run time"):
            CallbackWorkflow("pay", {"definition": {"StartAt": "Tell", "States": {"Tell": publish}}})

    assert deploy(program).cloud() == []


def test_a_wait_that_nobody_may_answer_is_warned_of() -> None:
    warned: list[str] = []

    def program() -> None:
        queue = CallbackQueue("orders", {})
        for name, roles in (("open", queue.callback_role_names), ("meant", []), ("closed", None)):
            given: CallbackWorkflowArgs = {"definition": waiting(queue), "callback_role_names": roles}
            CallbackWorkflow(name, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", lambda text, resource: warned.append(f"{resource._name}: {text}"))
        found = deploy(program)
    assert {r.name for r in found.cloud() if r.type.startswith("aws:iam/policy")} == {"open-callbacks"}
    assert warned == ["closed: nobody may return the task tokens: give callback_role_names (or [])"]
