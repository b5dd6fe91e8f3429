"""What functions count when they are told to, and dashboards show: CloudWatch metrics, one table a kind.

Each metric has one dimension, which names the instance: its function or its table. No more of them, and
nothing of a request or a task, since each value of a dimension is a metric that is paid for.
"""

from typing import Final

NAMESPACE: Final = "Countersign"
COUNT: Final = "Count"
SECONDS: Final = "Seconds"
"""Units: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""

OF_FUNCTION: Final = "FunctionName"
"""Dimension of what a worker's function counts."""
SUCCEEDED: Final = "Succeeded"
"""Tasks whose success Step Functions took."""
FAILED: Final = "Failed"
"""Tasks that the worker failed."""
FAULTS: Final = "Faults"
"""Deliveries whose work broke, or whose result was none."""
DEAD_LETTERS: Final = "DeadLetters"
"""Dead letters that were taken care of: whose task was failed, or had ended before."""
WORKER: Final = {
    "succeeded": SUCCEEDED,
    "failed": FAILED,
    "fault": FAULTS,
    "invalid-output": FAULTS,
}
"""Outcome of a message → what is counted."""

OF_TABLE: Final = "TableName"
"""Dimension of what the functions of an ApprovalApi count: its table."""
REQUESTED: Final = "Requested"
APPROVED: Final = "Approved"
REJECTED: Final = "Rejected"
EXPIRED: Final = "Expired"
CANCELLED: Final = "Cancelled"
UNREACHABLE: Final = "Unreachable"
"""Approvers who turned out not to get mails."""
UNDELIVERED: Final = "Undelivered"
"""Decisions that their execution did not get: too late, or nobody can tell."""
DECIDED_SECONDS: Final = "DecidedSeconds"
"""From asking to the decision that decides."""
OPEN: Final = "Open"
"""How many are open, minute by minute."""
OPEN_SECONDS: Final = "OpenSeconds"
"""For how long an open request has been open, whenever it is looked at: within the hour."""

UNITS: Final = {DECIDED_SECONDS: SECONDS, OPEN_SECONDS: SECONDS}
"""Of those that are no count."""
