"""The wait message: what a state leaves where somebody will find it, with the token that answers it.

The same eight keys for every integration. `message` is the object that an argument takes; in a DynamoDB item,
`message_attributes` has an attribute for each key.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from countersign_contract import wait_message as keys

from ..language.query import JSONATA, JSONPATH, is_expression, is_path
from ..report.findings import Mistake
from ..report.values import dotted, is_output, leaves

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


def message_attributes(
    request: Any, timeout_seconds: Any, query_language: str = JSONPATH
) -> dict[str, dict[str, Any]]:
    """The wait message as attributes of a DynamoDB item: strings and numbers; Request is JSON text."""
    template = message(request, timeout_seconds, query_language)
    for place, leaf in leaves(template):
        if is_output(leaf):
            raise Mistake(
                f"{dotted(place)} must be a plain value where the message is written as text, got an Output: "
                "pass it in the execution's input"
            )
    attributes: dict[str, dict[str, Any]] = {}
    for key, value in template.items():
        name = key.removesuffix(".$")
        if name == keys.REQUEST:
            attributes[name] = _text_attribute(value, key.endswith(".$"), query_language)
        elif name in _NUMBERS:
            attributes[name] = _number_attribute(value, query_language)
        else:
            attributes[name] = {"S.$" if key.endswith(".$") else "S": value}
    return attributes


def _number_attribute(value: Any, query_language: str) -> dict[str, Any]:
    """A number; DynamoDB takes and gives numbers as strings."""
    if query_language == JSONATA and is_expression(value):
        return {"N": f"{{% $string({_inner(value)}) %}}"}
    if query_language == JSONPATH and is_path(value):
        return {"N.$": f"States.Format('{{}}', {value})"}
    return {"N": _literal(value)}


def _text_attribute(value: Any, looked_up: bool, query_language: str) -> dict[str, Any]:
    if query_language == JSONATA:
        return {"S": f"{{% $string({_jsonata(value)}) %}}"}
    if looked_up:
        return {"S.$": f"States.JsonToString({value})"}
    if any(str(key).endswith(".$") for place, _ in leaves(value) for key in place):
        arguments: list[str] = []
        text = _format(value, arguments)
        return {"S.$": f"States.Format('{text}', {', '.join(arguments)})"}
    return {"S": _literal(value)}


def _format(node: Any, arguments: list[str]) -> str:
    """A template for States.Format that writes `node` as JSON; what it looks up is added to `arguments`."""
    if isinstance(node, Mapping):
        fields = [_format_field(str(key), value, arguments) for key, value in node.items()]
        return rf"\{{{','.join(fields)}\}}"
    if isinstance(node, (list, tuple)):
        return f"[{','.join(_format(value, arguments) for value in node)}]"
    return _escape(_literal(node))


def _format_field(key: str, value: Any, arguments: list[str]) -> str:
    name = key.removesuffix(".$")
    quoted = _escape(json.dumps(name))
    if name == key:
        return f"{quoted}:{_format(value, arguments)}"
    arguments.append(f"States.JsonToString({value})")
    return f"{quoted}:{{}}"


def _escape(text: str) -> str:
    """https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html (reserved characters)"""
    for character in "\\'{}":
        text = text.replace(character, f"\\{character}")
    return text


def _jsonata(node: Any) -> str:
    """`node` as a JSONata expression: JSON is one already, but for the expressions inside."""
    if isinstance(node, Mapping):
        fields = (f"{json.dumps(str(key))}: {_jsonata(value)}" for key, value in node.items())
        return f"{{{', '.join(fields)}}}"
    if isinstance(node, (list, tuple)):
        return f"[{', '.join(map(_jsonata, node))}]"
    return f"({_inner(node)})" if is_expression(node) else _literal(node)


def _inner(expression: str) -> str:
    return expression[2:-2].strip()


def _literal(node: Any) -> str:
    return json.dumps(node, allow_nan=False, default=_refuse)


def _refuse(node: Any) -> Any:
    raise Mistake(f"Request must be JSON, got {type(node).__name__}")
