"""JSON texts with Outputs in them."""

import json
from typing import Any

import pulumi


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

    text = json.dumps(value, default=collect)
    if not leaves:
        return text

    def fill(values: list[Any]) -> str:
        known = {id(leaf): found for leaf, found in zip(leaves, values, strict=True)}
        return json.dumps(value, default=lambda leaf: known[id(leaf)])

    return pulumi.Output.all(*leaves).apply(fill)
