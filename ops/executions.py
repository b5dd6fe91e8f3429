"""Executions, as Step Functions has them. Their histories hold tokens, and are not looked at."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .aws import Aws
from .problems import Refused

RUNNING: Final = "RUNNING"
GONE: Final = "ExecutionDoesNotExist"
EXPRESS: Final = "StateMachineTypeNotSupported"
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html"""

LOG_PAGES: Final = 20
"""So many pages of a log are read for one execution: more would take minutes."""
UNKNOWN_STATE: Final = "?"


def listed(aws: Aws, machine_arn: str, status: str = RUNNING) -> Iterator[list[Mapping[str, Any]]]:
    """The executions of a state machine with this status, page by page, the last to begin (if they run) or
    to end (otherwise) first. An Express workflow has none: AWS lists none of it, and it waits for nobody."""
    more: dict[str, str] = {}
    while True:
        try:
            answer = aws.call(
                "stepfunctions",
                "list_executions",
                _machine(machine_arn),
                stateMachineArn=machine_arn,
                statusFilter=status,
                **more,
            )
        except Refused as problem:
            if problem.error == EXPRESS:
                return
            raise
        yield answer["executions"]
        if not answer.get("nextToken"):
            return
        more = {"nextToken": answer["nextToken"]}


def described(aws: Aws, execution_arn: str) -> Mapping[str, Any] | None:
    """All of an execution but its history; None if there is none."""
    try:
        return _found(
            aws.call(
                "stepfunctions", "describe_execution", _execution(execution_arn), executionArn=execution_arn
            )
        )
    except Refused as problem:
        if problem.error == GONE:
            return None
        raise


def stop(aws: Aws, execution_arn: str, error: str, cause: str) -> None:
    """End an execution. One that has ended stays as it is."""
    try:
        aws.call(
            "stepfunctions",
            "stop_execution",
            _execution(execution_arn),
            executionArn=execution_arn,
            error=error,
            cause=cause,
        )
    except Refused as problem:
        if problem.error != GONE:
            raise


def start(aws: Aws, machine_arn: str, name: str, text: str) -> str | None:
    """Start an execution with this input; its ARN, or None if one of this name has ended. If one of this name
    and input runs, it is that one."""
    try:
        answer = aws.call(
            "stepfunctions",
            "start_execution",
            _machine(machine_arn),
            stateMachineArn=machine_arn,
            name=name,
            input=text,
        )
    except Refused as problem:
        if problem.error == "ExecutionAlreadyExists":
            return None
        raise
    return str(answer["executionArn"])


class States:
    """In which state executions of a state machine are, as its log says: without execution data, so that it
    holds no tokens. Where the log is another one, nobody knows."""

    def __init__(self, aws: Aws, machine_arn: str) -> None:
        self._aws = aws
        machine = aws.call(
            "stepfunctions", "describe_state_machine", _machine(machine_arn), stateMachineArn=machine_arn
        )
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
        name, more = UNKNOWN_STATE, dict[str, str]()
        entered = f'{{ $.type = "*StateEntered" && $.execution_arn = "{execution["executionArn"]}" }}'
        for _ in range(LOG_PAGES):
            answer = self._aws.call(
                "logs",
                "filter_log_events",
                f"the log group {self._group.rpartition(':')[2]}",
                logGroupIdentifier=self._group,
                filterPattern=entered,
                startTime=int(execution["startDate"].timestamp() * 1000),
                **more,
            )
            for event in answer.get("events", []):
                name = _entered(event["message"]) or name
            if not answer.get("nextToken"):
                return name
            more = {"nextToken": answer["nextToken"]}
        return UNKNOWN_STATE


def _entered(message: str) -> str:
    try:
        return str(json.loads(message)["details"]["name"])
    except (ValueError, KeyError, TypeError):
        return ""


def _found(answer: Any) -> Mapping[str, Any]:
    return dict(answer)


def _machine(arn: str) -> str:
    return f"the state machine {arn.rpartition(':')[2]}"


def _execution(arn: str) -> str:
    return f"the execution {arn.rpartition(':')[2]}"
