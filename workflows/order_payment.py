"""An order is paid by a worker behind a queue; its end is notified either way."""

from typing import Any

from components.callback_queue import CallbackQueue
from components.notifier import Notifier


def definition(payments: CallbackQueue, notices: Notifier, timeout_seconds: int) -> dict[str, Any]:
    """The state machine.

    Input: an order as `lambda_src/order_payment` reads it. Output: what the worker returned. A failed payment
    ends FAILED with the payment's error, after it was notified. A notification that cannot be sent changes
    nothing about the payment: it raises the notifier's alarm, and the execution ends as it would have.
    """
    return {
        "Comment": "Pay an order through a queue worker, and notify how it went.",
        "StartAt": "ProcessPayment",
        "States": {
            "ProcessPayment": {
                **payments.wait("$", timeout_seconds=timeout_seconds),
                "ResultPath": "$.payment",
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "NotifyFailure"}],
                "Next": "NotifySuccess",
            },
            "NotifySuccess": {
                **notices.publish(
                    subject="Payment succeeded",
                    message="States.Format('Payment succeeded: {}. Execution: {}.',"
                    " States.JsonToString($.payment), $$.Execution.Id)",
                ),
                "ResultPath": "$.notification",
                "Catch": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "ResultPath": "$.notification",
                        "Next": "SuccessUnnotified",
                    }
                ],
                "Next": "PaymentSucceeded",
            },
            "SuccessUnnotified": {
                **notices.report_undelivered(),
                "ResultPath": "$.report",
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "ResultPath": "$.report", "Next": "PaymentSucceeded"}
                ],
                "Next": "PaymentSucceeded",
            },
            "PaymentSucceeded": {"Type": "Succeed", "OutputPath": "$.payment"},
            "NotifyFailure": {
                **notices.publish(
                    subject="Payment failed",
                    message="States.Format('Payment failed: {}. Execution: {}.',"
                    " States.JsonToString($.error), $$.Execution.Id)",
                ),
                "ResultPath": "$.notification",
                "Catch": [
                    {
                        "ErrorEquals": ["States.ALL"],
                        "ResultPath": "$.notification",
                        "Next": "FailureUnnotified",
                    }
                ],
                "Next": "PaymentFailed",
            },
            "FailureUnnotified": {
                **notices.report_undelivered(),
                "ResultPath": "$.report",
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.report", "Next": "PaymentFailed"}],
                "Next": "PaymentFailed",
            },
            "PaymentFailed": {
                "Type": "Fail",
                "ErrorPath": "$.error.Error",
                "CausePath": "States.JsonToString($.error)",
            },
        },
    }
