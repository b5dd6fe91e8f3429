"""Builders of wait states: Task states that hand out their token and stop until somebody returns it.

Each gives a plain dict, to which the caller adds where it goes on:
`{**wait.sqs(url, timeout_seconds=60), "Next": "Ship"}`. Bad arguments raise Mistake naming the argument, the
rule and the value. All of them take

- `request`: what is asked, see `message.message`. Default: the state's whole input.
- `timeout_seconds`: 1 to 31,536,000, a reference path (`"$.order.deadline_seconds"`) or, in JSONata, an
  expression. Required: a wait without an end is a bug.
- `heartbeat_seconds`: the same, below the timeout. Default: none, because people send no heartbeats.
- `query_language`: that of the state.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..language.query import JSONATA, JSONPATH, is_expression
from ..report.findings import Mistake
from ..report.values import is_output
from .message import message, message_attributes

MAXIMUM_SECONDS: Final = 31_536_000
"""A year: how long an execution may last.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

_HASH: Final = {
    JSONPATH: "States.Hash($$.Task.Token, 'SHA-256')",
    JSONATA: "$hash($states.context.Task.Token, 'SHA-256')",
}
"""https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (functions of its own)"""


def sqs(queue_url: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """Leave the wait message on an SQS queue."""
    return _task("sqs:sendMessage", {"QueueUrl": queue_url}, "MessageBody", request, **options)


def sns(topic_arn: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """Publish the wait message to an SNS topic."""
    return _task("sns:publish", {"TopicArn": topic_arn}, "Message", request, **options)


def lambda_(function_arn: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """Invoke a Lambda function with the wait message; what the function returns is not the answer."""
    return _task("lambda:invoke", {"FunctionName": function_arn}, "Payload", request, **options)


def dynamodb(table_name: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """Put an item into a DynamoDB table; its stream starts who returns the token.

    The item's key is `id`, the SHA-256 of the token, so that no two waits share an item. The message's keys
    are attributes; Request is JSON text.
    """

    def item(request: Any, timeout: Any, query_language: str) -> dict[str, Any]:
        name, value = _computed("S", _HASH[query_language], query_language)
        return {"id": {name: value}, **message_attributes(request, timeout, query_language)}

    arguments = {"TableName": table_name}
    return _task("aws-sdk:dynamodb:putItem", arguments, "Item", request, item, **options)


def s3(bucket: Any, prefix: str, request: Any = None, **options: Any) -> dict[str, Any]:
    """Put the wait message into an S3 object, `<prefix><SHA-256 of the token>.json`; its notification starts
    who returns the token. The prefix has no quotes, braces or backslashes.
    """
    language = options.get("query_language", JSONPATH)
    key = f"States.Format('{prefix}{{}}.json', {_HASH[JSONPATH]})"
    if language == JSONATA:
        key = f"'{prefix}' & {_HASH[JSONATA]} & '.json'"
    name, value = _computed("Key", key, language)
    arguments = {"Bucket": bucket, name: value, "ContentType": "application/json"}
    return _task("aws-sdk:s3:putObject", arguments, "Body", request, **options)


def _computed(name: str, computation: str, query_language: str) -> tuple[str, str]:
    """The field and the value that hold what is computed."""
    return (name, f"{{% {computation} %}}") if query_language == JSONATA else (f"{name}.$", computation)


def _task(
    integration: str,
    arguments: Mapping[str, Any],
    field: str,
    request: Any,
    write: Callable[[Any, Any, str], dict[str, Any]] = message,
    *,
    timeout_seconds: Any,
    heartbeat_seconds: Any = None,
    query_language: str = JSONPATH,
) -> dict[str, Any]:
    """A wait state whose message, as `write` writes it, is the argument `field`."""
    if query_language not in (JSONPATH, JSONATA):
        raise Mistake(f"query_language must be JSONPath or JSONata, got {query_language!r}")
    by_path = query_language == JSONPATH
    timeout = _seconds("timeout_seconds", timeout_seconds, query_language)
    if request is None:
        request = "$" if by_path else "{% $states.input %}"
    state = {
        "Type": "Task",
        **({} if by_path else {"QueryLanguage": JSONATA}),
        "Resource": f"arn:${{AWS::Partition}}:states:::{integration}.waitForTaskToken",
        "Parameters" if by_path else "Arguments": {
            **arguments,
            field: write(request, timeout, query_language),
        },
        _field("TimeoutSeconds", timeout, by_path): timeout,
    }
    if heartbeat_seconds is not None:
        heartbeat = _seconds("heartbeat_seconds", heartbeat_seconds, query_language)
        if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
            raise Mistake(f"heartbeat_seconds must be below timeout_seconds ({timeout}), got {heartbeat}")
        state[_field("HeartbeatSeconds", heartbeat, by_path)] = heartbeat
    return state


def _field(name: str, seconds: Any, by_path: bool) -> str:
    return f"{name}Path" if by_path and isinstance(seconds, str) else name


def _seconds(name: str, value: Any, query_language: str) -> Any:
    """A number of seconds, or where it comes from, checked as far as it is known."""
    if is_output(value):
        return value
    if isinstance(value, str):
        if query_language == JSONATA and is_expression(value):
            return value
        if query_language == JSONPATH and value.startswith(("$.", "$[")):
            return value
        kind = "an expression {% … %}" if query_language == JSONATA else "a reference path such as $.seconds"
        raise Mistake(f"{name} must be a number or {kind}, got {value!r}")
    if not isinstance(value, int) or isinstance(value, bool):
        raise Mistake(f"{name} must be a whole number between 1 and {MAXIMUM_SECONDS}, got {value!r}")
    if not 1 <= value <= MAXIMUM_SECONDS:
        raise Mistake(f"{name} must be between 1 and {MAXIMUM_SECONDS}, got {value!r}")
    return value
