"""Executions, as Step Functions has them. Their histories hold tokens, and are not looked at."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from .aws import Aws, named
from .problems import Refused

RUNNING: Final = "RUNNING"
GONE: Final = "ExecutionDoesNotExist"
THERE: Final = "ExecutionAlreadyExists"
EXPRESS: Final = "StateMachineTypeNotSupported"
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html"""

LOG_PAGES: Final = 20
"""So many pages of a log are read for one execution: more would take minutes."""
UNKNOWN_STATE: Final = "?"


def listed(aws: Aws, machine_arn: str, status: str = RUNNING) -> Iterator[list[Mapping[str, Any]]]:
    """The executions of a state machine with this status, page by page, the last to begin (if they run) or
    to end (otherwise) first. An Express workflow has none: AWS lists none of it, and it waits for nobody."""
    about = named("state machine", machine_arn)
    which = {"stateMachineArn": machine_arn, "statusFilter": status}
    try:
        for page in aws.pages("stepfunctions", "list_executions", about, **which):
            yield page["executions"]
    except Refused as problem:
        if problem.error != EXPRESS:
            raise


def described(aws: Aws, execution_arn: str) -> Mapping[str, Any] | None:
    """All of an execution but its history; None if there is none."""
    about = named("execution", execution_arn)
    return _unless(GONE, aws, "describe_execution", about, executionArn=execution_arn)


def stop(aws: Aws, execution_arn: str, error: str, cause: str) -> None:
    """End an execution. One that has ended stays as it is."""
    about, why = named("execution", execution_arn), {"error": error, "cause": cause}
    _unless(GONE, aws, "stop_execution", about, executionArn=execution_arn, **why)


def start(aws: Aws, machine_arn: str, name: str, text: str) -> bool:
    """Start an execution with this input; False if one of this name has ended. If one of this name and input
    runs, it is that one."""
    about, new = named("state machine", machine_arn), {"name": name, "input": text}
    return _unless(THERE, aws, "start_execution", about, stateMachineArn=machine_arn, **new) is not None


def _unless(error: str, aws: Aws, operation: str, what: str, /, **arguments: str) -> Mapping[str, Any] | None:
    """The answer of Step Functions; None if it refuses with this error."""
    try:
        return aws.call("stepfunctions", operation, what, **arguments)
    except Refused as problem:
        if problem.error != error:
            raise
        return None


class States:
    """In which state executions of a state machine are, as its log says: without execution data, so that it
    holds no tokens. Where the log is another one, nobody knows."""

    def __init__(self, aws: Aws, machine_arn: str) -> None:
        self._aws = aws
        about = named("state machine", machine_arn)
        machine = aws.call("stepfunctions", "describe_state_machine", about, stateMachineArn=machine_arn)
        logging = machine.get("loggingConfiguration") or {}
        groups = [
            each["cloudWatchLogsLogGroup"]["logGroupArn"].removesuffix(":*")
            for each in logging.get("destinations") or []
        ]
        is_ours = logging.get("level") == "ALL" and not logging.get("includeExecutionData")
        self._group = groups[0] if groups and is_ours else ""

    def of(self, execution: Mapping[str, Any]) -> str:
        """The state that this execution entered last."""
        if not self._group:
            return UNKNOWN_STATE
        name = UNKNOWN_STATE
        entered = f'{{ $.type = "*StateEntered" && $.execution_arn = "{execution["executionArn"]}" }}'
        pages = self._aws.pages(
            "logs",
            "filter_log_events",
            named("log group", self._group),
            logGroupIdentifier=self._group,
            filterPattern=entered,
            startTime=int(execution["startDate"].timestamp() * 1000),
        )
        for page in islice(pages, LOG_PAGES):
            for event in page.get("events", []):
                name = _entered(event["message"]) or name
            if not page.get("nextToken"):
                return name
        return UNKNOWN_STATE


def _entered(message: str) -> str:
    try:
        return str(json.loads(message)["details"]["name"])
    except (ValueError, KeyError, TypeError):
        return ""
