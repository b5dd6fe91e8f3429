"""What a policy can be told from: whole arguments that are computed, and Outputs that are not known yet."""

import json
import re
from typing import Any

import pulumi
import pytest

from components.asl import Definition, UnresolvedPermission, require_statements, statements
from tests.asl.places import PLACE, QUEUE, task

LATER = pulumi.Output.from_input("later")
COMPUTED = "{% $states.input.arguments %}"


def computed(resource: str, **fields: Any) -> dict[str, Any]:
    """A machine with a Task whose arguments are one expression."""
    state = {"Type": "Task", "Resource": f"arn:aws-test:states:::{resource}", "Arguments": COMPUTED, **fields}
    return {"QueryLanguage": "JSONata", "States": {"Ask": state}}


@pytest.mark.parametrize(
    ("resource", "action", "fields"),
    [
        ("apigateway:invoke", "execute-api:Invoke", {}),
        ("sqs:sendMessage", "sqs:SendMessage", {}),
        ("athena:stopQueryExecution", "athena:StopQueryExecution", {}),
        ("aws-sdk:dynamodb:getItem", "dynamodb:GetItem", {}),
        ("lambda:invoke", "sts:AssumeRole", {"Credentials": "{% $states.input.credentials %}"}),
    ],
)
def test_what_is_asked_for_in_an_expression_is_allowed_by_hand(
    resource: str, action: str, fields: dict[str, Any]
) -> None:
    machine = Definition(computed(resource, **fields)).fill(**PLACE)
    with pytest.raises(UnresolvedPermission, match="its arguments are only known at run time") as raised:
        statements(machine, **PLACE)
    assert raised.value.actions == (action,)
    by_hand = [{"Effect": "Allow", "Action": [action], "Resource": "arn:aws-test:x"}]
    assert statements(machine, **PLACE, extra_statements=by_hand) == []


class TestBeforeTheDeployment:
    def test_what_no_output_can_tell_is_missing_at_once(self) -> None:
        computed = task("sqs:sendMessage", {"QueueUrl.$": "$.queue", "MessageBody": {"a": ["b"]}})
        known, later = (task("sqs:sendMessage", {"QueueUrl": url}) for url in (QUEUE, LATER))
        states = {"Known": known, "Later": later, "Computed": computed}
        with pytest.raises(UnresolvedPermission, match=r"^Computed: QueueUrl is only known at run time"):
            require_statements({"States": states})

    @pytest.mark.parametrize("body", [LATER, {"order": [LATER]}])
    def test_a_state_with_an_output_waits_for_it(self, body: Any) -> None:
        state = task("sqs:sendMessage", {"QueueUrl.$": "$.queue", "MessageBody": body})
        require_statements({"States": {"Later": state, "Whole": LATER}})

    def test_what_is_allowed_by_hand_is_not_missing(self) -> None:
        machine = {"States": {"Computed": task("sqs:sendMessage", {"QueueUrl.$": "$.queue"})}}
        require_statements(machine, extra_statements=[{"Action": "sqs:SendMessage", "Resource": LATER}])
        require_statements(machine, extra_statements=[{"Action": "sqs:SendMessage", "Resource": "arn:x"}])

    def test_the_places_of_the_stack_are_filled_in(self) -> None:
        url = "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/jobs"
        require_statements({"States": {"Send": task("sqs:sendMessage", {"QueueUrl": url})}})


@pytest.mark.parametrize(
    ("resource", "actions", "arns"),
    [
        ("kms:encrypt", ["kms:Encrypt"], ["arn:<Partition>:kms:<Region>:<Account>:key/<KeyId>"]),
        ("ec2:describeVpcs", ["ec2:DescribeVpcs"], ["*"]),
        ("dynamodb:executeTransaction", ["dynamodb:<Action>"], ["<ARN>"]),
    ],
)
def test_the_statement_to_add_is_in_the_message(resource: str, actions: list[str], arns: list[str]) -> None:
    machine = {"States": {"Do": task(f"aws-sdk:{resource}", {})}}
    with pytest.raises(UnresolvedPermission) as raised:
        require_statements(machine)
    found = re.search(r"as in (\{.*\}) \(https://docs.aws.amazon.com/service-auth\S+\)$", str(raised.value))
    assert found is not None
    assert json.loads(found[1]) == {"Effect": "Allow", "Action": actions, "Resource": arns}
    by_hand = [{"Effect": "Allow", "Action": raised.value.actions[0], "Resource": LATER}]
    require_statements(machine, extra_statements=by_hand)


def test_a_role_that_is_passed_is_in_the_message() -> None:
    state = task("aws-sdk:cloudwatchlogs:putDestination", {"RoleArn": "r"})
    with pytest.raises(UnresolvedPermission) as raised:
        require_statements({"States": {"Do": state}})
    assert raised.value.actions == ("iam:PassRole", "logs:PutDestination")
