"""JSON texts, with Outputs in them or without."""

import json
from collections.abc import Callable
from typing import Any

import pulumi


def compact(value: Any, default: Callable[[Any], Any] | None = None) -> str:
    """`value` as JSON without spaces, as AWS's provider writes it. It compares some texts letter by letter,
    redrive policies for one, so that those that differ in their spaces alone change at every update."""
    return json.dumps(value, separators=(",", ":"), default=default)


def json_text(value: Any) -> pulumi.Input[str]:
    """`value` as JSON, its Output leaves filled in once all are known; a plain text when it has none.

    Only the leaves become part of one Output. Pulumi's own `Output.json_dumps` makes an Output of every node,
    which is most of the time that a program with hundreds of documents takes.
    """
    leaves: list[pulumi.Output[Any]] = []

    def collect(node: Any) -> None:
        if not isinstance(node, pulumi.Output):
            raise TypeError(f"a JSON document cannot hold {type(node).__name__}")
        leaves.append(node)

    text = compact(value, collect)
    if not leaves:
        return text

    def fill(values: list[Any]) -> str:
        known = {id(leaf): found for leaf, found in zip(leaves, values, strict=True)}
        return compact(value, lambda leaf: known[id(leaf)])

    return pulumi.Output.all(*leaves).apply(fill)
