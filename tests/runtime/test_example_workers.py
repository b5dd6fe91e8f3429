"""The workers of this stack's workflows."""

from typing import Any

import pytest
from countersign_runtime import PENDING, Task, TaskFailed
from countersign_runtime.message import parse

from tests.runtime.events import EXECUTION_ARN, MACHINE_ARN, wait_message
from tests.support.functions import load_function

ORDER = {"orderId": "1234567", "amount": 100, "paymentReference": "pm_4711"}


@pytest.fixture
def task() -> Task:
    return parse(wait_message("t" * 700, StateName="Charge"))[0]


def pay(task: Task, **changes: Any) -> Any:
    order = {name: value for name, value in (ORDER | changes).items() if value is not ...}
    return load_function("order_payment").handle(order, task)


def refusal(task: Task, request: Any) -> str:
    with pytest.raises(TaskFailed) as caught:
        load_function("order_payment").handle(request, task)
    assert caught.value.error == "InvalidOrder"
    return caught.value.cause


def test_a_good_order_is_paid(task: Task) -> None:
    assert pay(task) == {
        "orderId": "1234567",
        "status": "PAID",
        "amount": 100,
        "currency": "USD",
        "paymentReference": "pm_4711",
        "transactionId": f"txn_{task.id[:24]}",
    }


def test_the_same_task_is_the_same_payment(task: Task) -> None:
    assert pay(task) == pay(task)
    other = parse(wait_message("u" * 700))[0]
    assert pay(task)["transactionId"] != pay(other)["transactionId"]


def test_other_fields_of_an_order_do_no_harm(task: Task) -> None:
    assert pay(task, customerId="98766", orderDate="2026-01-14", currency="KRW")["currency"] == "KRW"


def test_a_declined_payment_fails_the_task(task: Task) -> None:
    with pytest.raises(TaskFailed) as caught:
        pay(task, paymentReference="pm_declined_visa")
    assert (caught.value.error, caught.value.cause) == (
        "PaymentDeclined",
        "The provider declined the payment of order 1234567",
    )


def test_a_provider_that_is_down_is_a_fault(task: Task) -> None:
    with pytest.raises(RuntimeError, match="provider does not answer"):
        pay(task, paymentReference="pm_error_timeout")


def test_a_bank_transfer_is_settled_later(task: Task) -> None:
    assert pay(task, method="bank_transfer") is PENDING


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"orderId": ...}, "orderId must be a string, got nothing"),
        ({"orderId": 7}, "orderId must be a string, got int"),
        ({"orderId": ""}, "orderId must have between 1 and 128 characters, got 0"),
        ({"orderId": "x" * 129}, "orderId must have between 1 and 128 characters, got 129"),
        ({"amount": ...}, "amount must be a number, got NoneType"),
        ({"amount": "100"}, "amount must be a number, got str"),
        ({"amount": True}, "amount must be a number, got bool"),
        ({"amount": 0}, "amount must be above 0 and at most 1000000, got 0"),
        ({"amount": -5}, "amount must be above 0 and at most 1000000, got -5"),
        ({"amount": 1_000_001}, "amount must be above 0 and at most 1000000, got 1000001"),
        ({"amount": float("nan")}, "amount must be above 0 and at most 1000000, got nan"),
        ({"amount": float("inf")}, "amount must be above 0 and at most 1000000, got inf"),
        ({"amount": 10**4000}, "amount must be above 0 and at most 1000000, got 1" + "0" * 39),
        ({"currency": "usd"}, "currency must be three capital letters (ISO 4217), got usd"),
        ({"currency": "달러화"}, "currency must be three capital letters (ISO 4217), got 달러화"),
        ({"paymentReference": ...}, "paymentReference must be a string, got nothing"),
        ({"method": None}, "method must be a string, got nothing"),
    ],
)
def test_a_wrong_order_fails_with_field_rule_and_value(
    task: Task, changes: dict[str, Any], cause: str
) -> None:
    assert refusal(task, {k: v for k, v in (ORDER | changes).items() if v is not ...}) == cause


@pytest.mark.parametrize("request_", [None, "order", [ORDER], 7])
def test_what_is_no_object_is_no_order(task: Task, request_: Any) -> None:
    assert refusal(task, request_).startswith("the request must be a JSON object, got ")


@pytest.mark.parametrize(
    "field", ["creditCardNumber", "cvv", "CVV", "card_number", "cardNumber", "nameOnCard", "expiry"]
)
def test_card_data_is_refused_and_not_repeated(task: Task, field: str) -> None:
    cause = refusal(task, ORDER | {field: "1234 5678"})
    assert cause == f"card data is refused ({field}): send a paymentReference"


def test_a_card_number_in_the_reference_is_not_repeated(task: Task) -> None:
    cause = refusal(task, ORDER | {"paymentReference": "1234 1234 1234 1234"})
    assert cause == "paymentReference must start with pm_, got something else"


def test_an_integration_is_named_with_what_its_function_was_told(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTEGRATION", "SQS")
    assert load_function("integration_echo").handle({"step": 1}, task) == {
        "integration": "SQS",
        "executionArn": EXECUTION_ARN,
        "stateMachineArn": MACHINE_ARN,
        "stateName": "Charge",
        "request": {"step": 1},
    }
