"""From the definition as written to the text AWS gets: Outputs filled in, placeholders replaced, rendered.

The only place of this package that touches `pulumi.Output`. Pulumi is imported when an Output is made, so
that reading and checking definition files does not need it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, cast

from ..report.mistake import Mistake
from ..report.values import Unknown, is_output, place

if TYPE_CHECKING:
    import pulumi

MAXIMUM_DEFINITION_BYTES = 1_048_576
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html (definition)."""

MAXIMUM_DEPTH = 200
"""Deeper than any state machine a person writes, and shallow enough for Python's own JSON encoder."""

PARTITION, REGION, ACCOUNT_ID = "${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"
"""The only placeholders of a definition."""

_INTEGRATION = re.compile(r"^arn:[a-z][a-z0-9-]*:states:::")


def resolve(
    definition: Mapping[str, Any],
    *,
    partition: "pulumi.Input[str]",
    region: "pulumi.Input[str]",
    account_id: "pulumi.Input[str]",
    within: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> "pulumi.Output[dict[str, Any]]":
    """The definition with every Output leaf's value in its place and the `${AWS::…}` placeholders replaced.

    All leaves are awaited together, once; the definition's dicts and lists never become Outputs of their own.
    A secret leaf makes the result secret; an unknown one (preview) makes it unknown. A leaf that turns out
    to be None raises Mistake naming its place: AWS would take it for a missing argument. `within` is the
    context in which that happens, once the values are known, for a caller with errors of its own.
    """
    import pulumi

    leaves = list({id(leaf): leaf for leaf in _outputs(definition, ())}.values())

    def fill_in(known: list[Any]) -> dict[str, Any]:
        values = {id(leaf): value for leaf, value in zip(leaves, known[3:], strict=True)}
        with within():
            return fill(definition, partition=known[0], region=known[1], account_id=known[2], values=values)

    return pulumi.Output.all(partition, region, account_id, *leaves).apply(fill_in)


def fill(
    definition: Mapping[str, Any],
    *,
    partition: str,
    region: str,
    account_id: str,
    values: Mapping[int, Any] | None = None,
) -> dict[str, Any]:
    """What `resolve` does once everything is known; enough by itself for a definition without Outputs.

    `values` maps the `id` of a leaf to what stands there. The definition itself is not changed.
    """
    places = {PARTITION: partition, REGION: region, ACCOUNT_ID: account_id}
    for placeholder, value in places.items():
        if not isinstance(value, str) or not value:
            raise Mistake(f"{placeholder} must be known, got {value!r}")
    return cast("dict[str, Any]", _fill(definition, (), values or {}, places))


def fill_known(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition in some place, with `Unknown.OUTPUT` for its Outputs: what can be told before a
    deployment can be told from it."""
    values = {id(leaf): Unknown.OUTPUT for leaf in _outputs(definition, ())}
    return fill(definition, partition="aws", region="us-east-1", account_id="123456789012", values=values)


def render(resolved: Mapping[str, Any]) -> str:
    """The definition as compact JSON; the same definition gives the same text, states in the order written.

    Raises Mistake above AWS's 1 MB, and ValueError when it is not JSON (NaN, a leaf of another type).
    """
    text = json.dumps(resolved, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise Mistake(f"definition must be valid Unicode text: {error.reason}") from None
    if size > MAXIMUM_DEFINITION_BYTES:
        raise Mistake(f"definition must be at most {MAXIMUM_DEFINITION_BYTES} bytes, got {size}")
    return text


def _outputs(node: object, path: tuple[object, ...]) -> Iterator[object]:
    children: Iterable[tuple[object, object]]
    if isinstance(node, Mapping):
        children = node.items()
    elif isinstance(node, (list, tuple)):
        children = enumerate(node)
    elif is_output(node):
        yield node
        return
    else:
        return
    _refuse_depth(path)
    for key, value in children:
        if not isinstance(value, str):
            yield from _outputs(value, (*path, key))


def _fill(node: Any, path: tuple[object, ...], values: Mapping[int, Any], places: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return _replace(node, path, places)
    if isinstance(node, Mapping):
        _refuse_depth(path)
        return {key: _fill(value, (*path, key), values, places) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        _refuse_depth(path)
        return [_fill(value, (*path, index), values, places) for index, value in enumerate(node)]
    if id(node) in values:
        if values[id(node)] is None:
            raise Mistake(f"{place(path)} must have a value, but its Output resolved to None")
        return _fill(values[id(node)], path, {}, places)
    if is_output(node):
        raise Mistake(f"{place(path)} is an Output whose value is not known here")
    return node


def _replace(text: str, path: tuple[object, ...], places: Mapping[str, str]) -> str:
    if "${AWS::" in text:
        for placeholder, value in places.items():
            text = text.replace(placeholder, value)
        if text.startswith("arn:") and "${AWS::" in text:
            raise Mistake(f"{place(path)} must only use {', '.join(places)}, got {text!r}")
    if path and path[-1] == "Resource":
        return _INTEGRATION.sub(f"arn:{places[PARTITION]}:states:::", text)
    return text


def _refuse_depth(path: tuple[object, ...]) -> None:
    if len(path) > MAXIMUM_DEPTH:
        raise Mistake(f"{place(path)} must be nested at most {MAXIMUM_DEPTH} deep (or contains itself)")
