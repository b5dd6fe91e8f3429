"""The wait message: what a state leaves where somebody will find it, with the token that answers it.

The same eight keys for every integration. Where an argument takes an object, `message` is that object;
where it takes only a string (an environment variable, a header), `message_text` is the same JSON, written
by the state machine itself; as a DynamoDB item, `message_item` has an attribute for each key.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from countersign_contract import wait_message as keys

from ..language.query import JSONATA, JSONPATH, is_expression, is_path
from ..report.display import dotted, is_output, leaves
from ..report.findings import Mistake

_CONTEXT: Final = {
    keys.TASK_TOKEN: "Task.Token",
    keys.EXECUTION_ARN: "Execution.Id",
    keys.STATE_MACHINE_ARN: "StateMachine.Id",
    keys.STATE_NAME: "State.Name",
    keys.ENTERED_TIME: "State.EnteredTime",
    keys.RETRY_COUNT: "State.RetryCount",
}
"""Key of the message → place in the context object.
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""

_PLAIN: Final = {keys.TASK_TOKEN, keys.EXECUTION_ARN, keys.STATE_MACHINE_ARN, keys.ENTERED_TIME}
"""Strings of characters that JSON does not escape: they may stand between quotes as they are."""

_NUMBERS: Final = {keys.RETRY_COUNT, keys.TIMEOUT_SECONDS}


def message(request: Any, timeout_seconds: Any, query_language: str = JSONPATH) -> dict[str, Any]:
    """The wait message as a payload template.

    `request` is what the workflow asks: a path or intrinsic (`"$.order"`), a JSONata expression
    (`"{% $states.input.order %}"`), or a dict, list or scalar, in which `.$` keys and expressions work.
    `timeout_seconds` is what the state's timeout is, in seconds: a number, a path or an expression.
    """
    if query_language == JSONATA:
        template: dict[str, Any] = {key: f"{{% $states.context.{path} %}}" for key, path in _CONTEXT.items()}
        return {**template, keys.TIMEOUT_SECONDS: timeout_seconds, keys.REQUEST: request}
    template = {f"{key}.$": f"$$.{path}" for key, path in _CONTEXT.items()}
    for key, value in ((keys.TIMEOUT_SECONDS, timeout_seconds), (keys.REQUEST, request)):
        template[f"{key}.$" if is_path(value) else key] = value
    return template


def message_text(request: Any, timeout_seconds: Any, query_language: str = JSONPATH) -> str:
    """The wait message as one JSON text: an intrinsic (for a key ending in `.$`) or a JSONata expression."""
    template = message(request, timeout_seconds, query_language)
    if query_language == JSONATA:
        return f"{{% $string({_jsonata(template, ())}) %}}"
    return _intrinsic(template, ())


def message_item(
    request: Any, timeout_seconds: Any, query_language: str = JSONPATH
) -> dict[str, dict[str, Any]]:
    """The wait message as attributes of a DynamoDB item: strings and numbers; Request is JSON text."""
    template = message(request, timeout_seconds, query_language)
    return {key.removesuffix(".$"): _attribute(key, template[key], query_language) for key in template}


def _attribute(key: str, value: Any, query_language: str) -> dict[str, Any]:
    """One key of a message as an attribute; DynamoDB takes and gives numbers as strings."""
    name = key.removesuffix(".$")
    kind = "N" if name in _NUMBERS else "S"
    if kind == "S" and name != keys.REQUEST:
        return {key.replace(name, kind): value}
    if query_language == JSONATA and (kind == "S" or is_expression(value)):
        expression = _jsonata(value, (name,)) if kind == "S" else _inner(value)
        return {kind: f"{{% $string({expression}) %}}"}
    if name != key:
        text = f"States.JsonToString({value})" if kind == "S" else f"States.Format('{{}}', {value})"
        return {f"{kind}.$": text}
    if any(str(step).endswith(".$") for place, _ in leaves(value) for step in place):
        return {f"{kind}.$": _intrinsic(value, (name,))}
    return {kind: _literal(value, (name,))}


def _intrinsic(template: Any, path: tuple[object, ...]) -> str:
    arguments: list[str] = []
    text = _format(template, path, arguments)
    return f"States.Format('{text}', {', '.join(arguments)})"


def _format(node: Any, path: tuple[object, ...], arguments: list[str]) -> str:
    """A template for States.Format that writes `node` as JSON; what it looks up is added to `arguments`."""
    if isinstance(node, Mapping):
        fields = [_format_field(str(key), value, path, arguments) for key, value in node.items()]
        return rf"\{{{','.join(fields)}\}}"
    if isinstance(node, (list, tuple)):
        return f"[{','.join(_format(value, (*path, index), arguments) for index, value in enumerate(node))}]"
    return _escape(_literal(node, path))


def _format_field(key: str, value: Any, path: tuple[object, ...], arguments: list[str]) -> str:
    name = key.removesuffix(".$")
    quoted = _escape(json.dumps(name))
    if name == key:
        return f"{quoted}:{_format(value, (*path, name), arguments)}"
    if not path and name in _PLAIN | _NUMBERS:
        arguments.append(value)
        return f'{quoted}:"{{}}"' if name in _PLAIN else f"{quoted}:{{}}"
    arguments.append(f"States.JsonToString({value})")
    return f"{quoted}:{{}}"


def _escape(text: str) -> str:
    """https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html (reserved characters)"""
    for character in "\\'{}":
        text = text.replace(character, f"\\{character}")
    return text


def _jsonata(node: Any, path: tuple[object, ...]) -> str:
    """`node` as a JSONata expression: JSON is one already, but for the expressions inside."""
    if isinstance(node, Mapping):
        fields = (f"{json.dumps(str(key))}: {_jsonata(value, (*path, key))}" for key, value in node.items())
        return f"{{{', '.join(fields)}}}"
    if isinstance(node, (list, tuple)):
        return f"[{', '.join(_jsonata(value, (*path, index)) for index, value in enumerate(node))}]"
    return f"({_inner(node)})" if is_expression(node) else _literal(node, path)


def _inner(expression: str) -> str:
    return expression[2:-2].strip()


def _literal(node: Any, path: tuple[object, ...]) -> str:
    def refuse(leaf: Any) -> Any:
        kind = f"must be JSON, got {type(leaf).__name__}"
        raise Mistake(f"{dotted(path)} {_KNOWN if is_output(leaf) else kind}")

    return json.dumps(node, allow_nan=False, default=refuse)


_KNOWN: Final = (
    "must be a plain value where the message is written as text, got an Output: "
    "pass it in the execution's input"
)
