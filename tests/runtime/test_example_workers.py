"""The workers of this stack's workflows: what they answer, and what they refuse in words."""

from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed
from countersign_runtime.message import parse

from tests.runtime.events import EXECUTION_ARN, MACHINE_ARN, wait_message
from tests.support.functions import load_function

PAY, GENERATE, PROCESS = "order_payment", "scheduled_generate", "scheduled_process"
TASK = parse(wait_message("t" * 700, StateName="Charge"))[0]
ORDER = {"orderId": "1234567", "amount": 100, "paymentReference": "pm_4711"}


def answered(worker: str, request: Any, task: Task = TASK) -> Any:
    return load_function(worker).handle(request, task)


def order(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (ORDER | changes).items() if value is not ...}


def test_a_good_order_is_paid_and_the_same_task_is_the_same_payment() -> None:
    paid = answered(PAY, order(customerId="98766", currency="KRW"))
    assert paid == {
        "orderId": "1234567",
        "status": "PAID",
        "amount": 100,
        "currency": "KRW",
        "paymentReference": "pm_4711",
        "transactionId": f"txn_{TASK.id[:24]}",
    }
    assert answered(PAY, order())["currency"] == "USD"
    other = answered(PAY, order(), parse(wait_message("u" * 700))[0])
    assert paid["transactionId"] == answered(PAY, order())["transactionId"] != other["transactionId"]


def test_a_provider_that_is_down_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="provider does not answer"):
        answered(PAY, order(paymentReference="pm_error_timeout"))


def test_a_bank_transfer_is_settled_later() -> None:
    assert answered(PAY, order(method="bank_transfer")) is PENDING


def test_a_scheduled_task_is_described_for_people_and_the_same_for_the_same_message() -> None:
    assert answered(GENERATE, {"job": " clean-up ", "items": 40, "requester": "dan"}) == {
        "title": "clean-up: process 40 items",
        "requester": "dan",
        "task": {"id": TASK.id[:12], "job": "clean-up", "items": 40},
    }
    assert answered(GENERATE, {})["title"] == "nightly-clean-up: process 1 items"


@pytest.mark.parametrize(("share", "processed"), [(None, 40), (50, 20), (1, 1)])
def test_what_was_approved_is_processed(share: int | None, processed: int) -> None:
    fields = {} if share is None else {"batchPercent": share}
    decisions = [{"approver": "ann@example.com"}]
    approval = {"outcome": "approved", "fields": fields, "decisions": decisions}
    done = answered(PROCESS, {"task": {"id": "x", "items": 40}, "approval": approval})
    assert (done["status"], done["processed"], done["of"]) == ("PROCESSED", processed, 40)
    assert done["approvedBy"] == ["ann@example.com"]


def test_an_integration_is_named_with_what_its_function_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEGRATION", "SQS")
    assert answered("integration_echo", {"step": 1}) == {
        "integration": "SQS",
        "executionArn": EXECUTION_ARN,
        "stateMachineArn": MACHINE_ARN,
        "stateName": "Charge",
        "request": {"step": 1},
    }


def invalid(request: Any, cause: str) -> tuple[str, Any, str, str]:
    return PAY, request, "InvalidOrder", cause


def card(field: str) -> tuple[str, Any, str, str]:
    return invalid(order(**{field: "1234 5678"}), f"card data is refused ({field}): send a paymentReference")


@pytest.mark.parametrize(
    ("worker", "request_", "error", "cause"),
    [
        invalid(None, "the request must be a JSON object, got NoneType"),
        invalid([ORDER], "the request must be a JSON object, got list"),
        invalid(order(orderId=...), "orderId must be a string, got nothing"),
        invalid(order(orderId=7), "orderId must be a string, got int"),
        invalid(order(orderId=""), "orderId must have between 1 and 128 characters, got 0"),
        invalid(order(orderId="x" * 129), "orderId must have between 1 and 128 characters, got 129"),
        invalid(order(amount=...), "amount must be a number, got NoneType"),
        invalid(order(amount="100"), "amount must be a number, got str"),
        invalid(order(amount=True), "amount must be a number, got bool"),
        invalid(order(amount=0), "amount must be above 0 and at most 1000000, got 0"),
        invalid(order(amount=1_000_001), "amount must be above 0 and at most 1000000, got 1000001"),
        invalid(order(amount=float("nan")), "amount must be above 0 and at most 1000000, got nan"),
        invalid(order(amount=10**4000), f"amount must be above 0 and at most 1000000, got 1{'0' * 39}"),
        invalid(order(currency="usd"), "currency must be three capital letters (ISO 4217), got usd"),
        invalid(order(currency="달러화"), "currency must be three capital letters (ISO 4217), got 달러화"),
        invalid(order(paymentReference=...), "paymentReference must be a string, got nothing"),
        invalid(order(method=None), "method must be a string, got nothing"),
        # What may be a card's number is not repeated.
        invalid(
            order(paymentReference="1234 1234"), "paymentReference must start with pm_, got something else"
        ),
        *map(card, ("creditCardNumber", "cvv", "CVV", "card_number", "cardNumber", "nameOnCard", "expiry")),
        (
            *(PAY, order(paymentReference="pm_declined_visa"), "PaymentDeclined"),
            "The provider declined the payment of order 1234567",
        ),
        (GENERATE, [], "InvalidInput", "the input must be an object, got list"),
        (GENERATE, {"job": " "}, "InvalidInput", "job must be a name, got ' '"),
        (GENERATE, {"items": 0}, "InvalidInput", "items must be at least 1, got 0"),
        (GENERATE, {"items": True}, "InvalidInput", "items must be at least 1, got True"),
        (GENERATE, {"requester": 7}, "InvalidInput", "requester must be a name, got 7"),
        (PROCESS, {}, "NotApproved", "the task may not run, its outcome is None"),
        (
            *(PROCESS, {"approval": {"outcome": "rejected"}}, "NotApproved"),
            "the task may not run, its outcome is 'rejected'",
        ),
    ],
)
def test_what_cannot_be_done_fails_the_task_in_words(
    worker: str, request_: Any, error: str, cause: str
) -> None:
    with pytest.raises(TaskFailed) as failed:
        answered(worker, request_)
    assert (failed.value.error, failed.value.cause) == (error, cause)
