"""Which fields a state has, by its type and query language, and what each may hold.

https://states-language.net/#state-type-table
"""

from typing import Any

from . import choice, errors, task, values
from .values import Checker

_SECONDS = values.number(1, 99_999_999)

_COMMON: dict[str, Checker] = {"Type": values.later, "Comment": values.text, "QueryLanguage": values.language}
_ON: dict[str, Checker] = {"Next": values.later, "End": values.flag}
_IN_OUT: dict[str, Checker] = {"InputPath": values.selection, "OutputPath": values.selection}
_ASSIGN: dict[str, Checker] = {"Assign": values.assignments}
_OUTPUT: dict[str, Checker] = {"Output": values.template}
_FAILURES: dict[str, Checker] = {"Retry": errors.retry, "Catch": errors.catch}
_RESULT: dict[str, Checker] = {"ResultPath": values.result_path, "ResultSelector": values.object_template}

_TIMES: dict[str, Checker] = {"TimeoutSeconds": _SECONDS, "HeartbeatSeconds": _SECONDS}
_TIME_PATHS: dict[str, Checker] = {
    "TimeoutSecondsPath": values.reference_path,
    "HeartbeatSecondsPath": values.reference_path,
}
_WORK: dict[str, Checker] = {"Resource": values.text, "Credentials": task.credentials}
_WAIT: dict[str, Checker] = {"Seconds": task.wait_seconds, "Timestamp": values.timestamp}
_WAIT_PATHS: dict[str, Checker] = {
    "SecondsPath": values.reference_path,
    "TimestampPath": values.reference_path,
}
_FAIL: dict[str, Checker] = {"Error": values.plain_text, "Cause": values.plain_text}
_FAIL_PATHS: dict[str, Checker] = {"ErrorPath": values.path_or_function, "CausePath": values.path_or_function}
_MAP: dict[str, Checker] = {
    "ItemProcessor": values.later,
    "Iterator": values.later,
    "ItemReader": values.later,
    "ItemSelector": values.object_template,
    "ItemBatcher": values.later,
    "ResultWriter": values.later,
    "Label": values.text,
    "MaxConcurrency": values.number(0, 99_999_999),
    "ToleratedFailureCount": values.number(0, 99_999_999),
    "ToleratedFailurePercentage": values.number(0, 100, whole=False),
}
_MAP_PATHS: dict[str, Checker] = {
    "Parameters": values.template,
    "ItemsPath": values.path,
    "MaxConcurrencyPath": values.reference_path,
    "ToleratedFailureCountPath": values.reference_path,
    "ToleratedFailurePercentagePath": values.reference_path,
}
_TEMPLATE: dict[str, Checker] = {"Parameters": values.template}
_ARGUMENTS: dict[str, Checker] = {"Arguments": values.template}
_BRANCHES: dict[str, Checker] = {"Branches": values.later}
_CHOICES: dict[str, Checker] = {"Choices": choice.choices, "Default": values.later}

JSONPATH: dict[str, dict[str, Checker]] = {
    "Task": {
        **_COMMON, **_ON, **_IN_OUT, **_ASSIGN, **_RESULT, **_FAILURES, **_TEMPLATE,
        **_WORK, **_TIMES, **_TIME_PATHS,
    },
    "Parallel": {**_COMMON, **_ON, **_IN_OUT, **_ASSIGN, **_RESULT, **_FAILURES, **_TEMPLATE, **_BRANCHES},
    "Map": {**_COMMON, **_ON, **_IN_OUT, **_ASSIGN, **_RESULT, **_FAILURES, **_MAP, **_MAP_PATHS},
    "Pass": {
        **_COMMON, **_ON, **_IN_OUT, **_ASSIGN, **_TEMPLATE,
        "ResultPath": values.result_path, "Result": values.result,
    },
    "Wait": {**_COMMON, **_ON, **_IN_OUT, **_ASSIGN, **_WAIT, **_WAIT_PATHS},
    "Choice": {**_COMMON, **_IN_OUT, **_ASSIGN, **_CHOICES},
    "Succeed": {**_COMMON, **_IN_OUT},
    "Fail": {**_COMMON, **_FAIL, **_FAIL_PATHS},
}  # fmt: skip
"""Type → field → what it may hold, in a JSONPath state."""

JSONATA: dict[str, dict[str, Checker]] = {
    "Task": {**_COMMON, **_ON, **_ASSIGN, **_OUTPUT, **_FAILURES, **_ARGUMENTS, **_WORK, **_TIMES},
    "Parallel": {**_COMMON, **_ON, **_ASSIGN, **_OUTPUT, **_FAILURES, **_ARGUMENTS, **_BRANCHES},
    "Map": {**_COMMON, **_ON, **_ASSIGN, **_OUTPUT, **_FAILURES, **_MAP, "Items": values.items},
    "Pass": {**_COMMON, **_ON, **_ASSIGN, **_OUTPUT},
    "Wait": {**_COMMON, **_ON, **_ASSIGN, **_OUTPUT, **_WAIT},
    "Choice": {**_COMMON, **_ASSIGN, **_OUTPUT, **_CHOICES},
    "Succeed": {**_COMMON, **_OUTPUT},
    "Fail": {**_COMMON, **_FAIL},
}
"""Type → field → what it may hold, in a JSONata state."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "Task": ("Resource",),
    "Parallel": ("Branches",),
    "Choice": ("Choices",),
}
"""Fields without which a state is none."""

ONE_OF: dict[str, tuple[str, ...]] = {
    "Wait": ("Seconds", "Timestamp", "SecondsPath", "TimestampPath"),
    "Map": ("ItemProcessor", "Iterator"),
}
"""Fields of which a state has exactly one."""

EXCLUSIVE: dict[str, tuple[tuple[str, str], ...]] = {
    "Task": (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    "Fail": (("Error", "ErrorPath"), ("Cause", "CausePath")),
    "Map": (
        ("ItemSelector", "Parameters"),
        ("MaxConcurrency", "MaxConcurrencyPath"),
        ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ),
}
"""Pairs of fields that exclude each other."""

MACHINE: dict[str, Any] = dict.fromkeys(
    ("Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage")
)
NESTED: dict[str, Any] = dict.fromkeys(("Comment", "StartAt", "States"))
PROCESSOR: dict[str, Any] = {**NESTED, "ProcessorConfig": None}
"""The fields of the definition, of a branch, and of an ItemProcessor or Iterator."""
