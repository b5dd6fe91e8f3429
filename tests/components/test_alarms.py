"""Every alarm, whole: one on a metric that does not exist stays OK for ever, and nobody notices."""

import re
from pathlib import Path
from typing import Any

import pytest

from components.workflow.alarm import ERROR_NAME, EXPECTED_ERRORS, MOST_EXPECTED
from countersign_contract.approvals import rings
from tests.support.cases import FUNCTIONS, TAGS, as_it_is, make, with_common
from tests.support.engine import ACCOUNT, ALARMS, REGION, Deployment, deploy

MACHINE = f"arn:aws-test:states:{REGION}:{ACCOUNT}:stateMachine:it-workflow"
EXECUTION = f"arn:aws-test:states:{REGION}:{ACCOUNT}:execution:it-workflow:e"
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def metric(namespace: str, name: str, dimensions: dict[str, str], stat: str = "Sum") -> dict[str, Any]:
    return {
        "namespace": namespace,
        "metricName": name,
        "dimensions": dimensions,
        "period": 60,
        "stat": stat,
    }


def alarm(*metrics: dict[str, Any], minutes: int = 1, above: int = 0) -> dict[str, Any]:
    """More than so much in so many of the last five minutes, where a minute without data is nothing."""
    names = [f"metric{number}" for number, _ in enumerate(metrics, start=1)]
    total = {
        "id": "total",
        "expression": "SUM(FILL(METRICS(), 0))",
        "label": "Total",
        "returnData": True,
    }
    return {
        "metricQueries": [
            total,
            *({"id": name, "metric": each} for name, each in zip(names, metrics, strict=True)),
        ],
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": above,
        "datapointsToAlarm": minutes,
        "evaluationPeriods": 5,
        "treatMissingData": "notBreaching",
        "alarmActions": [ALARMS],
    }


def silence(namespace: str, name: str, dimensions: dict[str, str]) -> dict[str, Any]:
    """No data for 15 minutes. What is not there never breaches, so that an alarm that is just made, which has
    none either, stays in the state in which it began and tells nobody."""
    return {
        "namespace": namespace,
        "metricName": name,
        "dimensions": dimensions,
        "period": 60,
        "statistic": "Sum",
        "comparisonOperator": "LessThanThreshold",
        "threshold": 1,
        "evaluationPeriods": 15,
        "treatMissingData": "missing",
        "alarmActions": [ALARMS],
        "insufficientDataActions": [ALARMS],
    }


def rang(what: str) -> dict[str, Any]:
    return metric("Countersign/it-requests", "Rang", {"rings": what})


def dead_letters(name: str) -> dict[str, Any]:
    stuck = {"QueueName": f"{name}-dead-letters"}
    return alarm(
        metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", stuck, "Maximum"),
        metric("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", stuck, "Maximum"),
        minutes=2,
    )


EXPECTED = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "it-page": alarm(metric("AWS/ApiGateway", "5xx", {"ApiId": "it-page-id"})),
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "it-follow-up": alarm(metric("AWS/Lambda", "Errors", {"FunctionName": "it-follow-up"}), minutes=2),
    "it-follow-up-stopped": silence("AWS/Lambda", "Invocations", {"FunctionName": "it-follow-up"}),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    "it-follow-up-uncalled": silence("AWS/Events", "Invocations", {"RuleName": "it-follow-up"}),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "it-unasked": alarm(
        metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "it-intake-callbacks"}, "Maximum"),
        above=600,
    ),
    "it-unreachable": alarm(rang("unreachable")),
    "it-unsent": alarm(rang("unsent")),
    "it-forged": alarm(rang("forged")),
    "it-unconfirmed": alarm(rang("unconfirmed")),
    "it-intake-dead-letters": dead_letters("it-intake"),
    "it-dead-letters": dead_letters("it"),
    "it-unsuccessful": alarm(metric("Countersign/it-workflow", "ExecutionsUnsuccessful", {})),
    "it-undelivered": alarm(
        metric("Countersign", "NotificationsFailed", {"TopicName": "it-notices"}),
        # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
        metric("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "it-notices"}),
    ),
}


def alarms(found: Deployment) -> dict[str, dict[str, Any]]:
    return {r.name: dict(r.inputs) for r in found.cloud() if r.type.endswith(":MetricAlarm")}


def test_every_alarm_of_the_components_looks_at_exactly_this() -> None:
    found = alarms(with_common())
    assert all(each.pop("alarmDescription") and each.pop("tags") == TAGS for each in found.values())
    assert found == EXPECTED


def test_without_a_topic_they_tell_nobody() -> None:
    found = alarms(as_it_is())
    assert found.keys() == EXPECTED.keys()
    assert not any(key.endswith("Actions") for each in found.values() for key in each)


def test_the_guide_to_operations_has_a_row_for_every_alarm_and_for_no_other() -> None:
    rows = {
        name
        for line in OPERATIONS.read_text().splitlines()
        if line.startswith("| `…-")
        for name in re.findall("`…-([a-z-]+)`", line.split("|")[1])
    }
    names = {name.removeprefix("it-") for name in EXPECTED} - {"intake-dead-letters"}
    assert rows == names


def filters(found: Deployment) -> dict[str, dict[str, Any]]:
    return {r.name: dict(r.inputs) for r in found.cloud() if r.type.endswith(":LogMetricFilter")}


def test_what_a_function_says_that_rings_is_counted_by_what_rings() -> None:
    """Nothing else of the record is in the metric. Lambda's JSON has the fields of `extra` at its top:
    https://github.com/aws/aws-lambda-python-runtime-interface-client `lambda_runtime_log_utils.py`"""
    counted = {
        name: {
            "logGroupName": log_group,
            "pattern": '{ $.rings = "*" }',
            "metricTransformation": {
                "namespace": "Countersign/it-requests",
                "name": "Rang",
                "value": "1",
                "dimensions": {"rings": "$.rings"},
            },
        }
        for name, log_group in {
            "it-intake-rings": "it-intake-worker",
            "it-follow-up-rings": "it-follow-up",
            "it-page-rings": "it-page",
            "it-operator-rings": "it-operator",
        }.items()
    }
    assert {key: value for key, value in filters(as_it_is()).items() if key in counted} == counted


def test_functions_ring_nothing_that_has_no_alarm() -> None:
    sources = [file.read_text() for file in FUNCTIONS.rglob("*.py")]
    names = {name for source in sources for name in re.findall(r"\brings\.([A-Z]+)", source)}
    said = {text for source in sources for text in re.findall(r'"rings": "(\w+)"', source)}
    said |= {getattr(rings, name) for name in names - {"FIELD"}}
    assert said
    assert {f"it-{each}" for each in said} <= EXPECTED.keys()


def unsuccessful(**more: Any) -> Deployment:
    return deploy(lambda: make("CallbackWorkflow", "it", **more))


def found_by(pattern: str, record: dict[str, Any]) -> bool:
    """Whether a metric filter finds the record: a reading of the syntax as far as it is used here.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html"""

    def at(path: str) -> Any:
        value: Any = record
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def compared(path: str, operator: str, text: str) -> bool:
        value = at(path)
        if value is None:  # Nothing that is not there is equal, and nothing is other.
            return False
        return bool(re.fullmatch(re.escape(text).replace(r"\*", ".*"), value)) == (operator == "=")

    expression = re.sub(r"\$\.([\w.]+) NOT EXISTS", r'(at("\1") is None)', pattern.strip("{} "))
    expression = re.sub(r'\$\.([\w.]+) (!?=) "([^"]*)"', r'compared("\1", "\2", "\3")', expression)
    expression = expression.replace("&&", "and").replace("||", "or")
    return bool(eval(expression, {"at": at, "compared": compared}))


def ended(kind: str, execution: str = EXECUTION, **details: str) -> dict[str, Any]:
    """As AWS logs it without execution data: error and cause are there. It was recorded for
    https://github.com/localstack/localstack, `tests/aws/services/stepfunctions/v2/logs`,
    in test_logs.snapshot.json."""
    return {"id": "3", "type": kind, "details": details, "execution_arn": execution, "redrive_count": "0"}


@pytest.mark.parametrize(
    ("record", "rings"),
    [
        (ended("ExecutionFailed", error="ApprovalRejected", cause="{}"), False),
        (ended("ExecutionFailed", error="ApprovalTimedOut", cause="Nobody decided."), False),
        (ended("ExecutionFailed", error="PaymentDeclined"), False),
        (ended("ExecutionFailed", error="States.Timeout"), True),
        (ended("ExecutionFailed", error="InvalidApprovalRequest", cause="ApprovalRejected"), True),
        (ended("ExecutionFailed", error="NotApprovalRejected"), True),
        (ended("ExecutionFailed"), True),  # by a Fail state that names none
        (ended("ExecutionTimedOut"), True),
        (ended("ExecutionAborted", error="Cancelled"), False),  # by somebody who knows
        (ended("ExecutionSucceeded"), False),
        (ended("TaskFailed", error="Other"), False),  # and caught, perhaps
        (ended("ExecutionFailed", EXECUTION.replace("it-workflow", "it-workflow-2"), error="Other"), False),
        (ended("ExecutionFailed", EXECUTION.replace("it-workflow", "it-workflow/items"), error="E"), False),
    ],
)
def test_an_execution_that_ends_otherwise_than_it_may_rings(record: dict[str, Any], rings: bool) -> None:
    """Other machines may have the same log group, and one's items are executions too, which may fail."""
    found = unsuccessful(expected_errors=[*EXPECTED_ERRORS, "PaymentDeclined"])
    counted = filters(found)["it-unsuccessful"]
    assert counted["logGroupName"] == "it-executions"
    assert found_by(counted["pattern"], record) is rings


def test_what_people_decide_does_not_ring_unless_asked_to() -> None:
    pattern = filters(as_it_is())["it-unsuccessful"]["pattern"]
    for error in ("ApprovalCancelled", "ApprovalRejected", "ApprovalTimedOut"):
        assert not found_by(pattern, ended("ExecutionFailed", error=error))
    assert found_by(pattern, ended("ExecutionFailed", error="PaymentDeclined"))
    found = unsuccessful(expected_errors=[], alarm_topic_arn=ALARMS)
    assert filters(found) == {}
    every = alarms(found)["it-unsuccessful"]
    del every["alarmDescription"]
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    names = ("ExecutionsFailed", "ExecutionsTimedOut")
    assert every == alarm(*(metric("AWS/States", each, {"StateMachineArn": MACHINE}) for each in names))


def test_the_longest_names_of_errors_fit_into_a_pattern() -> None:
    longest = "E" * 80
    assert re.fullmatch(ERROR_NAME, longest)
    assert not re.fullmatch(ERROR_NAME, longest + "E")
    found = unsuccessful(expected_errors=[longest] * MOST_EXPECTED)
    pattern = filters(found)["it-unsuccessful"]["pattern"]
    spare = len("arn:aws-us-gov:states:us-gov-west-1:") - len(f"arn:aws-test:states:{REGION}:")
    assert len(pattern) + spare + 80 - len("it-workflow") <= 1_024
