"""A definition from how it was written to the text that AWS gets: copied, walked, resolved, rendered.

The only place of this package that touches `pulumi.Output`. Pulumi is imported when an Output is made, so
that reading and checking definition files does not need it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from ..report.display import Unknown, dotted, leaves
from ..report.findings import DefinitionError, Finding, Mistake, Report
from . import copying

if TYPE_CHECKING:
    import pulumi


class State(NamedTuple):
    """One state: its name, its fields, and its query language, its own or that of the machine it is in."""

    name: str
    fields: dict[str, Any]
    query_language: str

    def written(self) -> dict[str, Any]:
        """A copy of its fields in which Outputs stand where they were written."""
        return {name: _as_written(item) for name, item in self.fields.items()}

    @property
    def is_map_run(self) -> bool:
        """Whether it is a Map that runs its items as executions of their own."""
        processor = self.fields.get("ItemProcessor", self.fields.get("Iterator"))
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def _as_written(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _as_written(item) for key, item in node.items()}
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    return node.written if isinstance(node, Unknown) else node


def machines_in(state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The machines inside of a state: the processor of a Map, the branches of a Parallel."""
    branches = state.get("Branches")
    inner = [state.get("ItemProcessor"), state.get("Iterator")]
    inner += branches if isinstance(branches, list) else ()
    return (machine for machine in inner if isinstance(machine, dict))


def walk(machine: Mapping[str, Any], inherited: str = "JSONPath") -> Iterator[State]:
    """Every state of a machine and of the machines inside of it, in the order in which they are written."""
    language = str(machine.get("QueryLanguage") or inherited)
    states = machine.get("States")
    for name, fields in states.items() if isinstance(states, dict) else ():
        if isinstance(fields, dict):
            yield State(name, fields, str(fields.get("QueryLanguage") or language))
            for inner in machines_in(fields):
                yield from walk(inner, language)


class Definition:
    """A state machine, copied from how it was written. The same object is checked, derived from and rendered.

    tree: its fields, plain, where a leaf may be Unknown; empty where there is a problem.
    problems: why it could not be copied; then nothing but these can be said of it.
    """

    __slots__ = ("problems", "tree")

    def __init__(self, written: object) -> None:
        report = Report([])
        self.tree: dict[str, Any] = {}
        try:
            self.tree = copying.copy(written)
        except copying.Unusable as found:
            copying.refuse(report, found.rule, found.place, found.message, found.fix)
        self.problems: list[Finding] = report.findings

    @classmethod
    def of(cls, written: object) -> "Definition":
        """The definition itself, or what is made of what somebody wrote."""
        return written if isinstance(written, cls) else cls(written)

    def states(self) -> Iterator[State]:
        """Every state, however deeply nested."""
        return walk(self.tree)

    def outputs(self) -> "list[pulumi.Output[Any]]":
        """The Outputs in it, each once."""
        found: dict[int, Any] = {id(leaf.written): leaf.written for _, leaf in _outputs(self.tree)}
        return [*found.values()]

    def in_some_place(self, region: str = copying.SOMEWHERE[copying.REGION]) -> "Definition":
        """The definition somewhere, its Outputs unknown: for what can be told before a deployment."""
        return self._filled({**copying.SOMEWHERE, copying.REGION: region}, {})

    def fill(
        self, *, partition: str, region: str, account_id: str, values: Mapping[int, Any] | None = None
    ) -> "Definition":
        """The definition in its place; `values` maps the `id` of an Output to what stands there.

        Raises Mistake for an Output without a value, and for an ARN with another placeholder in it.
        """
        places = {copying.PARTITION: partition, copying.REGION: region, copying.ACCOUNT_ID: account_id}
        for placeholder, value in places.items():
            if not isinstance(value, str) or not value:
                raise Mistake(f"{placeholder} must be known, got {value!r}")
        filled = self._filled(places, values or {})
        for place, _ in _outputs(filled.tree):
            raise Mistake(f"{dotted(place)} is an Output whose value is not known here")
        return filled

    def _filled(self, places: Mapping[str, str], values: Mapping[int, Any]) -> "Definition":
        if self.problems:
            raise DefinitionError(self.problems)
        filled = Definition({})
        try:
            filled.tree = copying.copy(self.tree, places, values)
        except copying.Unusable as found:
            raise Mistake(f"{dotted(found.place)} {found.message}") from None
        return filled

    def resolve(
        self,
        *,
        partition: "pulumi.Input[str]",
        region: "pulumi.Input[str]",
        account_id: "pulumi.Input[str]",
        within: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> "pulumi.Output[Definition]":
        """The definition in its place, once it and all Outputs are known.

        All Outputs are awaited together, once; its dicts and lists never become Outputs of their own. A
        secret one makes the result secret; an unknown one (preview) makes it unknown. One that turns out to
        be None raises Mistake naming its place: AWS would take it for a missing argument. `within` is the
        context in which that happens, for a caller with errors of its own.
        """
        import pulumi

        if self.problems:
            raise DefinitionError(self.problems)
        outputs = self.outputs()

        def fill_in(known: list[Any]) -> Definition:
            values = dict(zip(map(id, outputs), known[3:], strict=True))
            with within():
                return self.fill(partition=known[0], region=known[1], account_id=known[2], values=values)

        return pulumi.Output.all(partition, region, account_id, *outputs).apply(fill_in)

    def render(self) -> str:
        """The definition as compact JSON; the same one gives the same text, states in the order written.

        Raises Mistake when it is not JSON (an Output that is not known) or above AWS's 1 MB.
        """
        if self.problems:
            raise DefinitionError(self.problems)
        text = json.dumps(self.tree, ensure_ascii=False, separators=(",", ":"), default=_written)
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise Mistake(f"definition must be valid Unicode text: {error.reason}") from None
        if size > copying.MAXIMUM_DEFINITION_BYTES:
            raise Mistake(f"definition must be at most {copying.MAXIMUM_DEFINITION_BYTES} bytes, got {size}")
        return text


def _written(leaf: Unknown) -> str:
    if not isinstance(leaf.written, str):
        raise Mistake("definition must not hold an Output whose value is not known")
    return leaf.written


def _outputs(tree: dict[str, Any]) -> Iterator[tuple[tuple[object, ...], Unknown]]:
    """Every leaf that is an Output, with its place."""
    return ((place, leaf) for place, leaf in leaves(tree) if isinstance(leaf, Unknown) and leaf.is_output)
