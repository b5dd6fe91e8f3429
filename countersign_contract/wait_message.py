"""The keys of a wait message, which a wait state leaves and a worker reads."""

from typing import Final

TASK_TOKEN: Final = "TaskToken"  # noqa: S105 (the key's name)
EXECUTION_ARN: Final = "ExecutionArn"
STATE_MACHINE_ARN: Final = "StateMachineArn"
STATE_NAME: Final = "StateName"
ENTERED_TIME: Final = "EnteredTime"
RETRY_COUNT: Final = "RetryCount"
TIMEOUT_SECONDS: Final = "TimeoutSeconds"
REQUEST: Final = "Request"

EXPIRES_AT: Final = "ExpiresAt"
"""Of a message in a table, set by whoever takes it: when DynamoDB may delete it, in seconds since 1970."""
