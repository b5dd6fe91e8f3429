"""What every check knows of where it is: the machine (a scope) and the state (a site)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..document.graph import Graph, graph
from ..report.display import show
from ..report.findings import Report


@dataclass(slots=True)
class Shared:
    """What is one for the whole definition.

    jsonata: whether its states are JSONata unless they say otherwise, however deeply nested.
    express: whether the definition is known to run as an Express workflow.
    """

    report: Report
    jsonata: bool
    express: bool
    state_names: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """One machine: the definition itself, a branch, or the iterations of a Map.

    path: its place, empty for the definition itself.
    document: its fields. states: its States, empty where they are none.
    express: whether it runs as an Express workflow.
    in_map: whether the context object has Map.
    variables: those its own states assign, each with the state that does, or empty where several do.
    presence: variable → its bit, and state → the bits of those that may have a value where it begins; made
        when first asked for.
    inside: the state that it stands in, if its variables are seen here: not by the executions of a
        Distributed Map.
    waits: whether some state in it, at any depth, waits for a token or an activity.
    timeout: the seconds after which its execution ends, if it says.
    graph: where its states lead.
    """

    shared: Shared
    path: str
    document: dict[str, Any]
    express: bool
    in_map: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    presence: tuple[Mapping[str, int], Mapping[str, int]] | None = None
    inside: "Site | None" = None
    waits: bool = False
    timeout: int | None = None
    states: dict[str, Any] = field(init=False)
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        states, start = self.document.get("States"), self.document.get("StartAt")
        self.states = states if isinstance(states, dict) else {}
        self.graph = graph(self.states, start if isinstance(start, str) else "")

    def add(self, rule: str, field_name: str, message: str, fix: str) -> None:
        """Report something about the machine itself."""
        self.shared.report.add(rule, _place(self.path, field_name), "", message, fix)


@dataclass(slots=True)
class Site:
    """One state.

    waits: whether the state waits for a token or an activity, itself or inside.
    token: whether the context object has Task.Token here.
    """

    scope: Scope
    name: str
    path: str
    state: dict[str, Any]
    kind: str
    jsonata: bool
    waits: bool = False
    token: bool = False

    @property
    def argument_fields(self) -> tuple[str, str]:
        """The field that holds arguments here, and what it is called in the other query language."""
        return ("Arguments", "Parameters") if self.jsonata else ("Parameters", "Arguments")

    def add(self, rule: str, field_name: str, message: str, fix: str) -> None:
        """Report something about a place in this state."""
        self.scope.shared.report.add(rule, _place(self.path, field_name), self.name, message, fix)

    def must(self, rule: str, field_name: str, wanted: str, value: Any, fix: str = "") -> None:
        """Report a value that is not what it must be."""
        self.add(rule, field_name, f"must be {wanted}, got {show(value)}", fix or f"use {wanted}")


def _place(path: str, field_name: str) -> str:
    return f"{path}.{field_name}" if path and field_name else path or field_name
