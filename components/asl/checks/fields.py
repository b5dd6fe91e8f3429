"""Which fields a state has, by its type and query language, and what each may hold: `fields.csv`.

https://states-language.net/#state-type-table
"""

import csv
from pathlib import Path
from typing import Any

from . import choice, errors, task, values
from .values import Checker

_HOLDS: dict[str, Checker] = {
    "assignments": values.assignments,
    "catch": errors.catch,
    "choices": choice.choices,
    "count": values.number(0, 99_999_999),
    "credentials": task.credentials,
    "flag": values.flag,
    "items": values.items,
    "language": values.language,
    "later": values.later,
    "object template": values.object_template,
    "path": values.path,
    "path or function": values.path_or_function,
    "percentage": values.number(0, 100, whole=False),
    "plain text": values.plain_text,
    "reference path": values.reference_path,
    "result": values.result,
    "result path": values.result_path,
    "retry": errors.retry,
    "seconds": values.number(1, 99_999_999),
    "selection": values.selection,
    "template": values.template,
    "text": values.text,
    "timestamp": values.timestamp,
    "wait seconds": task.wait_seconds,
}
"""What `fields.csv` says that a field holds → what checks it."""


def _tables() -> tuple[dict[str, dict[str, Checker]], dict[str, dict[str, Checker]]]:
    path: dict[str, dict[str, Checker]] = {}
    jsonata: dict[str, dict[str, Checker]] = {}
    with Path(__file__).with_name("fields.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for table, language in ((path, "JSONPath"), (jsonata, "JSONata")):
                for kind in row[language].split():
                    table.setdefault(kind, {})[row["field"]] = _HOLDS[row["holds"]]
    return path, jsonata


JSONPATH, JSONATA = _tables()
"""Type → field → what it may hold, in a state of each query language."""

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
