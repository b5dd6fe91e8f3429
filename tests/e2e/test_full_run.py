"""What the demo's scenes do not look at (tests/local/test_demo.py plays them); then nowhere a token."""

import hashlib
import json
import re
from collections.abc import Mapping

import pytest

from local.observe import Execution
from tests.e2e.support import (
    CHAIN,
    ORDERS,
    STORED,
    Asking,
    Notices,
    calls_for,
    order,
    task_ends,
    waits_of,
)
from tests.support.embedded import Embedded

pytestmark = pytest.mark.embedded

CARD_NUMBER = "4111111111111111"
SCENES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "paid": (ORDERS, order()),
    "declined": (ORDERS, order(paymentReference="pm_declined_by_bank")),
    "with a card number": (ORDERS, order(cardNumber=CARD_NUMBER)),
    "provider down": (ORDERS, order(paymentReference="pm_error_503")),
    "chain": (CHAIN, {"from": "a test"}),
    "stored": (STORED, {"from": "a test"}),
}


class Run:
    """All scenes, started together; each is waited for when a test asks for it."""

    def __init__(self, stack: Embedded) -> None:
        self._stack = stack
        self._ended: dict[str, Execution] = {}
        self._arns = {name: stack.start(workflow, request) for name, (workflow, request) in SCENES.items()}

    def __getitem__(self, name: str) -> Execution:
        if name not in self._ended:
            self._ended[name] = self._stack.finish(self._arns[name])
        return self._ended[name]


@pytest.fixture(scope="module")
def run(stack: Embedded) -> Run:
    return Run(stack)


def test_an_order_is_paid_and_its_end_notified_once(run: Run, stack: Embedded, notices: Notices) -> None:
    execution, request = run["paid"], SCENES["paid"][1]
    assert execution.status == "SUCCEEDED"
    (call,) = calls_for(stack, execution)
    assert call.fields["outcome"] == "succeeded"
    assert execution.output == {
        **request,
        "status": "PAID",
        "transactionId": execution.output["transactionId"],
    }
    assert execution.output["transactionId"] == f"txn_{call.fields['task_id'][:24]}"
    (notice,) = notices.about(execution)
    assert notice["Subject"] == "Payment succeeded"
    assert json.dumps(execution.output, separators=(",", ":")) in notice["Message"]


def test_a_declined_order_ends_failed_with_the_payments_error_after_it_was_notified_once(
    run: Run, stack: Embedded, notices: Notices
) -> None:
    execution, request = run["declined"], SCENES["declined"][1]
    assert (execution.status, execution.error) == ("FAILED", "PaymentDeclined")
    reason = f"The provider declined the payment of order {request['orderId']}"
    assert json.loads(execution.cause) == {"Error": "PaymentDeclined", "Cause": reason}
    (notice,) = notices.about(execution)
    assert notice["Subject"] == "Payment failed"
    assert "PaymentDeclined" in notice["Message"]
    assert reason in notice["Message"]
    states = [
        event["stateEnteredEventDetails"]["name"]
        for event in stack.history(execution.arn)
        if event["type"].endswith("StateEntered")
    ]
    assert states == ["ProcessPayment", "NotifyFailure", "PaymentFailed"]


def test_an_order_with_card_data_is_refused_and_its_number_told_to_nobody(
    run: Run, stack: Embedded, notices: Notices
) -> None:
    execution = run["with a card number"]
    assert (execution.status, execution.error) == ("FAILED", "InvalidOrder")
    told = [execution.cause, *(notice["Message"] for notice in notices.about(execution))]
    assert calls_for(stack, execution)
    told += [line.text for line in stack.logs()]
    assert not [text for text in told if CARD_NUMBER in text]


def test_the_chain_goes_through_queue_function_and_topic_with_ids_of_execution_machine_and_state(
    run: Run, stack: Embedded
) -> None:
    execution, request = run["chain"], SCENES["chain"][1]
    assert execution.status == "SUCCEEDED"

    def answer(integration: str, state: str, request: Mapping[str, object]) -> dict[str, object]:
        return {
            "integration": integration,
            "executionArn": execution.arn,
            "stateMachineArn": stack.workflow(CHAIN)["stateMachineArn"],
            "stateName": state,
            "request": request,
        }

    first = {**request, "queue": answer("SQS", "ThroughQueue", request)}
    second = {**first, "function": answer("Lambda", "ThroughFunction", first)}
    assert execution.output == {**second, "topic": answer("SNS", "ThroughTopic", second)}
    calls = {line.fields["state_name"]: line.fields["outcome"] for line in calls_for(stack, execution, 3)}
    assert calls == dict.fromkeys(("ThroughQueue", "ThroughFunction", "ThroughTopic"), "succeeded")
    for state in calls:
        assert task_ends(stack, execution, state) == ["TaskSucceeded"]


def test_no_token_is_in_any_log_notification_output_export_metric_or_setting(
    run: Run, stack: Embedded, notices: Notices, asking: Asking
) -> None:
    executions = [run[name] for name in SCENES]
    waits = {execution.arn: waits_of(stack, execution) for execution in executions}
    calls = [line.fields for e in executions for line in calls_for(stack, e, at_least=waits[e.arn])]
    ids = {fields["task_id"] for fields in calls}
    assert len(ids) == sum(waits.values()), "of every wait the token is known by its id"
    functions = stack.aws.functions.list_functions()["Functions"]
    texts = {
        "logs": [line.text for line in stack.logs()],
        "notifications": [notice.body for notice in notices.all()],
        "results": [f"{e.output} {e.error} {e.cause}" for e in executions],
        "exports": [json.dumps(stack.outputs)],
        "metrics": [json.dumps(m, default=str) for m in stack.aws.cloudwatch.list_metrics()["Metrics"]],
        "settings of functions": [json.dumps(function, default=str) for function in functions],
        "what the embedded AWS printed": [stack.stack.emulator.process.output()],
    }
    assert all(texts[place] for place in ("logs", "notifications", "results"))
    leaks = {place: tokens for place, found in texts.items() if (tokens := _tokens(found, ids))}
    assert leaks == {}

    asked = asking.ask()
    assert _tokens([asked.body()], {asked.task_id}) == {asked.token}, "this test would not see a token"
    stack.aws.step_functions.stop_execution(executionArn=asked.execution_arn)


def _tokens(texts: list[str], ids: set[str]) -> set[str]:
    """Whatever looks like a token of the embedded AWS (a UUID) and is one: its hash is the id of a task."""
    shaped = {
        word
        for text in texts
        for word in re.findall(r"(?=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))", text)
    }
    return {word for word in shaped if hashlib.sha256(word.encode()).hexdigest()[:32] in ids}
