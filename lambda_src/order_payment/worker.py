"""Takes the payment of an order. Stands for a payment provider, so that every ending can be seen.

Request: `orderId`, `amount`, `paymentReference` (what the provider's own form handed out, never a card
number), optional `currency` (default USD) and `method`. How the payment reference or the method decides:

- `pm_declined…`: the provider says no, TaskFailed PaymentDeclined
- `pm_error…`: the provider is down, a fault: delivered again, in the end a dead letter
- `method` `bank_transfer`: settled by somebody else, later
- else paid; the transaction id follows from the task's id, so that a second delivery is the same payment
"""

from collections.abc import Mapping
from typing import Any, Final

from countersign_runtime import PENDING, Task, TaskFailed

# Card data must not come this far: it would stay in the execution's history and in the queue.
CARD_FIELDS: Final = frozenset({"creditcardnumber", "cardnumber", "cvv", "cvc", "expiry", "nameoncard"})
MAX_AMOUNT: Final = 1_000_000


def handle(request: Any, task: Task) -> Any:
    """Pay, or say why not."""
    order = validate(request)
    reference = order["paymentReference"]
    if reference.startswith("pm_declined"):
        raise TaskFailed("PaymentDeclined", f"The provider declined the payment of order {order['orderId']}")
    if reference.startswith("pm_error"):
        raise RuntimeError("the payment provider does not answer")
    if order["method"] == "bank_transfer":
        return PENDING
    return {
        "orderId": order["orderId"],
        "status": "PAID",
        "amount": order["amount"],
        "currency": order["currency"],
        "paymentReference": reference,
        "transactionId": f"txn_{task.id[:24]}",
    }


def validate(request: Any) -> dict[str, Any]:
    """The order, or TaskFailed InvalidOrder that names the field, the rule, and what was wrong."""
    if not isinstance(request, Mapping):
        raise _invalid("the request must be a JSON object", type(request).__name__)
    cards = sorted(name for name in request if str(name).replace("_", "").lower() in CARD_FIELDS)
    if cards:
        raise TaskFailed(
            "InvalidOrder", f"card data is refused ({', '.join(cards)}): send a paymentReference"
        )
    amount = request.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise _invalid("amount must be a number", type(amount).__name__)
    if not 0 < amount <= MAX_AMOUNT:  # NaN is not either
        raise _invalid(f"amount must be above 0 and at most {MAX_AMOUNT}", str(amount)[:40])
    currency = _text(request, "currency", "USD")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise _invalid("currency must be three capital letters (ISO 4217)", currency[:40])
    reference = _text(request, "paymentReference")
    if not reference.startswith("pm_"):
        # Not shown: somebody may have put a card number here.
        raise _invalid("paymentReference must start with pm_", "something else")
    return {
        "orderId": _text(request, "orderId"),
        "amount": amount,
        "currency": currency,
        "paymentReference": reference,
        "method": _text(request, "method", "card"),
    }


def _text(request: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = request.get(name, default)
    if not isinstance(value, str):
        raise _invalid(f"{name} must be a string", "nothing" if value is None else type(value).__name__)
    if not 1 <= len(value) <= 128:
        raise _invalid(f"{name} must have between 1 and 128 characters", str(len(value)))
    return value


def _invalid(rule: str, got: str) -> TaskFailed:
    return TaskFailed("InvalidOrder", f"{rule}, got {got}")
