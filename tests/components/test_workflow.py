"""CallbackWorkflow: a checked definition, exactly the permissions it needs, and who may answer it."""

from functools import cache
from typing import Any

import pulumi
import pytest

from components import CallbackQueue, CallbackWorkflow, CallbackWorkflowArgs, asl
from tests.support.cases import KEY, make
from tests.support.engine import ACCOUNT, PARTITION, REGION, Deployment, arn, deploy, queue_url

RETURN = "states:SendTaskSuccess states:SendTaskFailure states:SendTaskHeartbeat"
MACHINE = arn("aws:sfn/stateMachine:StateMachine", "pay-workflow")
ENCRYPTING = ("EncryptExecutions", "EncryptLogDelivery")
EXECUTIONS = MACHINE.replace(":stateMachine:", ":execution:")


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


def test_the_machine_is_standard_traced_and_logs_no_execution_data() -> None:
    """It waits for its permissions, and its deletion for what waits: AWS's provider gives up after 5 minutes,
    AWS not before the last execution comes on."""
    machine = as_it_is().one("StateMachine", "pay-workflow")
    assert as_it_is().one("RolePolicy", "pay-execution").urn in machine.dependencies
    assert machine.options["deleteTimeout"] == "60m"
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
        # Said aloud, since AWS's provider would leave a key that was there before.
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }


def test_under_the_customers_key_its_role_may_encrypt_and_who_reads_histories_may_decrypt_them() -> None:
    """Who answers needs nothing of the key: Step Functions encrypts that as the machine's role.
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""
    found = made({"kms_key_arn": KEY, "history_role_names": ["reader"]})
    assert found.one("StateMachine", "pay-workflow").inputs["encryptionConfiguration"] == {
        "type": "CUSTOMER_MANAGED_KMS_KEY",
        "kmsKeyId": KEY,
        "kmsDataKeyReusePeriodSeconds": 300,
    }
    context = "kms:EncryptionContext"
    may = statements(found, "RolePolicy", "pay-execution")
    assert may.keys() == {"SendMessages", "DeliverLogs", "WriteTraces", "UseKeys", *ENCRYPTING}
    assert {sid: may[sid] for sid in ENCRYPTING} == {
        "EncryptExecutions": (
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [KEY],
            {"StringLike": {f"{context}:aws:states:stateMachineArn": there("states", "stateMachine:*")}},
        ),
        "EncryptLogDelivery": (
            ["kms:GenerateDataKey"],
            [KEY],
            {"StringEquals": {f"{context}:SourceArn": there("logs", "*")}},
        ),
    }
    assert statements(found, "Policy", "pay-histories") == {
        "SeeWhetherItArrived": (["states:GetExecutionHistory"], [f"{EXECUTIONS}:*"], None),
        "DecryptHistories": (
            ["kms:Decrypt"],
            [KEY],
            {"StringLike": {f"{context}:aws:states:stateMachineArn": [MACHINE]}},
        ),
    }
    assert found.rights("pay-callbacks", "Policy") == {"ReturnTaskTokens": f"{RETURN} on {MACHINE}"}


ENCRYPT, DECRYPT, WRITE = "kms:Decrypt kms:GenerateDataKey", "kms:Decrypt", "kms:GenerateDataKey"


@pytest.mark.parametrize("own", [None, KEY], ids=["no-key", "another-key"])
@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("ApprovalApi", ENCRYPT),
        ("CallbackBucket", WRITE),
        ("CallbackQueue", ENCRYPT),
        ("CallbackTable", DECRYPT),
        ("Notifier", ENCRYPT),
    ],
)
def test_its_role_may_use_the_key_of_what_a_component_has(kind: str, actions: str, own: str | None) -> None:
    """A state that sends there would fail otherwise, and only when it runs."""
    theirs = KEY.replace("key/1234", "key/theirs")

    def program() -> None:
        key = pulumi.Output.from_input(theirs) if own else theirs
        there = make(kind, "it", kms_key_arn=key)
        state = (
            there.publish(subject="Paid", message="$")
            if kind == "Notifier"
            else there.wait("$.order", timeout_seconds=60)
        )
        definition = {"StartAt": "Tell", "States": {"Tell": {**state, "End": True}}}
        CallbackWorkflow("pay", {"definition": definition, "callback_role_names": [], "kms_key_arn": own})

    may = statements(deploy(program), "RolePolicy", "pay-execution")
    uses = [(" ".join(may_do), on) for sid, (may_do, on, _) in may.items() if sid.startswith("UseKeys")]
    assert uses == [(actions, [theirs])]


def there(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


def statements(found: Deployment, kind: str, name: str) -> dict[str, Any]:
    """Sid → actions, resources and condition."""
    return {
        each["Sid"]: (each["Action"], each["Resource"], each.get("Condition"))
        for each in found.one(kind, name).json("policy")["Statement"]
    }


def test_every_choice_reaches_its_resource() -> None:
    more = {"Sid": "Extra", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:x"]}
    found = made({"tracing": False, "extra_statements": [more], "unscoped_callbacks": True})
    rights = found.rights("pay-execution")
    assert rights.keys() == {"SendMessages", "DeliverLogs", "Extra"}
    assert rights["Extra"] == "s3:GetObject on arn:x"
    assert found.one("StateMachine", "pay-workflow").inputs["tracingConfiguration"] == {"enabled": False}
    assert found.rights("pay-callbacks", "Policy") == {"ReturnTaskTokens": f"{RETURN} on *"}


def test_the_callback_roles_may_return_this_machines_tokens_only() -> None:
    found = as_it_is()
    assert found.one("PolicyAttachment", "pay-callbacks").inputs == {
        "policyArn": arn("aws:iam/policy:Policy", "pay-callbacks"),
        "roles": ["orders-dead-letters"],
    }
    assert found.rights("pay-callbacks", "Policy") == {"ReturnTaskTokens": f"{RETURN} on {MACHINE}"}


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
    assert found.one("RolePolicy", "pay-schedule").urn in schedule.dependencies


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
    answer = found.rights("pay-callbacks", "Policy")["ReturnTaskTokens"]
    assert answer == f"{RETURN} on {MACHINE} {MACHINE}/*"
    runs = found.rights("pay-map-runs")
    actions = {action for right in runs.values() for action in right.split(" on ")[0].split()}
    assert actions == {f"states:{name}Execution" for name in ("Start", "Describe", "Redrive")}
    assert all(":pay-workflow" in on for right in runs.values() for on in right.split(" on ")[1].split())
    look = found.rights("pay-histories", "Policy")["SeeWhetherItArrived"]
    assert look == f"states:GetExecutionHistory on {EXECUTIONS}:* {EXECUTIONS}/*:*"


PUBLISH = {
    "Type": "Task",
    "Resource": "arn:${AWS::Partition}:states:::sns:publish",
    "Parameters": {"TopicArn.$": "$.topic", "Message": "done"},
    "End": True,
}
WAIT = {**asl.wait.sqs("https://sqs.example/q", timeout_seconds=60), "End": True}
del WAIT["TimeoutSeconds"]


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        (PUBLISH, asl.UnresolvedPermission, "Ask: TopicArn is only known at run time"),
        (WAIT, asl.DefinitionError, "Ask: wait-timeout: "),
    ],
)
def test_a_permission_that_cannot_be_derived_and_a_wait_without_a_timeout_stop_a_preview(
    state: dict[str, Any], error: type[Exception], said: str
) -> None:
    def program() -> None:
        with pytest.raises(error, match=said):
            CallbackWorkflow("pay", {"definition": {"StartAt": "Ask", "States": {"Ask": state}}})

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


def test_more_policies_than_a_role_takes_are_told_before_aws_tells_them() -> None:
    """Each workflow attaches one to a role: 10 by default, and 20 at most."""
    warned: list[str] = []

    def program() -> None:
        queue = CallbackQueue("orders", {})
        for number in range(20):
            args: CallbackWorkflowArgs = {
                "definition": waiting(queue),
                "callback_role_names": [*queue.callback_role_names, "theirs"],
            }
            CallbackWorkflow(f"pay{number}", args)
        message = "callback_role_names must leave each role at most 20 attached policies, got 21 for 'theirs'"
        with pytest.raises(ValueError, match=f": {message}$"):
            CallbackWorkflow(
                "more", {"definition": waiting(queue), "callback_role_names": ["theirs"], "tracing": False}
            )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", lambda text, *_: warned.append(text))
        deploy(program)
        deploy(lambda: CallbackQueue("orders", {}))
    assert [text.partition(" has ")[2].partition(",")[0] for text in warned] == ["11 attached policies"]
