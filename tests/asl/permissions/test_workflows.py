"""The execution role of every workflow of the stack may do exactly this; a new workflow is added here."""

import pytest

from tests.asl.places import Place, lines
from tests.support.engine import ACCOUNT, PARTITION, REGION, Deployment
from tools.generate.workflows import deployed, machines

PLACE: Place = {"partition": PARTITION, "region": REGION, "account_id": ACCOUNT}

# Log delivery and tracing have no resource type:
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
LOG_ACTIONS = (
    "logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery "
    "logs:ListLogDeliveries logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DescribeLogGroups"
)
TRACE_ACTIONS = "xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets"
EVERY_MACHINE = {f"DeliverLogs: {LOG_ACTIONS} on *", f"WriteTraces: {TRACE_ACTIONS} on *"}
METRICS = '{"StringEquals": {"cloudwatch:namespace": "Countersign"}}'
FUNCTION = "lambda//function:scheduled"
EXPECTED = {
    "callback_chain": {
        "InvokeFunctions: lambda:InvokeFunction on lambda//function:chain-direct-worker",
        "PublishMessages: sns:Publish on sns//chain-notices",
        "SendMessages: sqs:SendMessage on sqs//chain-callbacks",
    },
    "order_payment": {
        "PublishMessages: sns:Publish on sns//notices-notices",
        f"PutMetrics: cloudwatch:PutMetricData on * if {METRICS}",
        "SendMessages: sqs:SendMessage on sqs//order-payment-callbacks",
    },
    "scheduled_approval": {
        (
            "InvokeFunctions: lambda:InvokeFunction on "
            "lambda//function:scheduled-generate-worker lambda//function:scheduled-process-worker"
        ),
        "SendMessages: sqs:SendMessage on sqs//approvals-intake-callbacks",
    },
    "stored_tokens": {
        "PutItems: dynamodb:PutItem on dynamodb//table/stored-items-callbacks",
        "PutObjects: s3:PutObject on s3:::stored-objects-callbacks/waits/*",
    },
}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return deployed()


def test_every_workflow_is_here(deployment: Deployment) -> None:
    assert machines(deployment).keys() == EXPECTED.keys()


@pytest.mark.parametrize("workflow", sorted(EXPECTED))
def test_a_workflow_may_do_exactly_this(deployment: Deployment, workflow: str) -> None:
    name = machines(deployment)[workflow]
    role = deployment.one("aws:sfn/stateMachine:StateMachine", name).inputs["roleArn"].rpartition("/")[2]
    policies = [
        found
        for found in deployment.resources
        if found.type.startswith("aws:iam/rolePolicy") and found.inputs["role"] == role
    ]
    statements = [statement for found in policies for statement in found.json("policy")["Statement"]]
    assert sorted(lines(statements, PLACE)) == sorted(EXPECTED[workflow] | EVERY_MACHINE)
