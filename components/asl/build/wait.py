"""Builders of wait states: Task states that hand out their token and stop until somebody returns it.

Each gives a plain dict, to which the caller adds where it goes on:
`{**wait.sqs(url, timeout_seconds=60), "Next": "Ship"}`. All of them are `task`, which reads from the
integrations table where the wait message goes. Bad arguments raise Mistake naming the argument, the rule
and the value.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..language.query import JSONATA, JSONPATH, is_expression
from ..report.display import is_output, leaves
from ..report.findings import Mistake
from ..services import integrations
from . import sending
from .message import message, message_item, message_text

MAXIMUM_SECONDS: Final = 31_536_000
"""A year: how long an execution may last.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

TIMEOUT_MISSING: Final = (
    f"timeout_seconds must be given: how long to wait, 1 to {MAXIMUM_SECONDS} seconds, "
    "or a path to a number of them"
)


class _Mark:
    """Stands in arguments where the wait message goes, and writes it."""

    def __init__(self, name: str, write: Callable[[Any, Any, str], Any]) -> None:
        self._name, self.write = name, write

    def __repr__(self) -> str:
        return self._name


MESSAGE: Final = _Mark("wait.MESSAGE", message)
"""Put this into the arguments of `task` where the wait message goes, as an object."""

MESSAGE_TEXT: Final = _Mark("wait.MESSAGE_TEXT", message_text)
"""The same for an argument that takes only a string: the message as JSON text."""

STATE_FIELDS: Final = frozenset(
    {"Assign", "Catch", "Comment", "Credentials", "End", "InputPath", "Next"}
    | {"Output", "OutputPath", "ResultPath", "ResultSelector", "Retry"}
)
"""What a caller may add to a wait; the rest is the builder's."""


def task(
    integration: str,
    arguments: Mapping[str, Any],
    request: Any = None,
    *,
    timeout_seconds: Any = None,
    heartbeat_seconds: Any = None,
    query_language: str = JSONPATH,
    **task_fields: Any,
) -> dict[str, Any]:
    """A wait state for any integration that takes a token: `task("ecs:runTask", {...}, "$.order", ...)`.

    - `arguments`: the integration's own arguments. `MESSAGE` or `MESSAGE_TEXT` in them marks where the wait
      message goes; without a mark it goes where the integrations table says.
    - `request`: what is asked, see `message.message`. Default: the state's whole input.
    - `timeout_seconds`: 1 to 31,536,000, a reference path (`"$.order.deadline_seconds"`) or, in JSONata, an
      expression. Required: a wait without an end is a bug.
    - `heartbeat_seconds`: the same, below the timeout. Default: none, because people send no heartbeats.
    - `task_fields`: other fields of the state (`Comment`, `ResultPath`, `Output`, ...).
    """
    if query_language not in (JSONPATH, JSONATA):
        raise Mistake(f"query_language must be JSONPath or JSONata, got {query_language!r}")
    if timeout_seconds is None:
        raise Mistake(TIMEOUT_MISSING)
    for name in sorted(task_fields.keys() - STATE_FIELDS):
        raise Mistake(f"{name} must be one of {', '.join(sorted(STATE_FIELDS))} to be added to a wait")
    resource = f"arn:${{AWS::Partition}}:states:::{integration}.waitForTaskToken"
    known = integrations.lookup(resource)
    if known is None or (known.known and integrations.WAIT not in known.patterns):
        raise Mistake(f"integration must be one that can wait for a task token, got {integration!r}")
    by_path = query_language == JSONPATH
    times = {_field("timeout_seconds", timeout_seconds, query_language): timeout_seconds}
    if request is None:
        request = "$" if by_path else "{% $states.input %}"
    filled = _fill(arguments, known, (request, timeout_seconds, query_language))
    if heartbeat_seconds is not None:
        times[_field("heartbeat_seconds", heartbeat_seconds, query_language)] = heartbeat_seconds
        numbers = isinstance(heartbeat_seconds, int) and isinstance(timeout_seconds, int)
        if numbers and heartbeat_seconds >= timeout_seconds:
            limit = f"below timeout_seconds ({timeout_seconds})"
            raise Mistake(f"heartbeat_seconds must be {limit}, got {heartbeat_seconds}")
    language = {} if by_path else {"QueryLanguage": JSONATA}
    field = "Parameters" if by_path else "Arguments"
    return {"Type": "Task", **language, "Resource": resource, field: filled, **times, **task_fields}


def sqs(
    queue_url: Any,
    request: Any = None,
    *,
    group_id: Any = None,
    deduplication_id: Any = None,
    attributes: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Leave the wait message on an SQS queue.

    - `group_id`: what the message stays in order with, a text or where it comes from. A FIFO queue needs it.
    - `deduplication_id`: a text or where it comes from. SQS drops a message with one that it has had within
      five minutes, and whoever waits for the dropped one waits in vain. Default: the SHA-256 of the token,
      which no other wait has, nor a Retry of this one.
    - `attributes`: message attributes, name → a text or where it comes from (`"$.traceparent"`).
    - `options`, here and below: `timeout_seconds`, which is required, and the other options of `task`. For
      arguments beyond these use `task` itself.
    """
    language = options.get("query_language", JSONPATH)
    arguments = {"QueueUrl": queue_url, "MessageBody": MESSAGE}
    arguments |= sending.order(queue_url, group_id, deduplication_id, language)
    arguments |= sending.message_attributes(attributes, language)
    return task("sqs:sendMessage", arguments, request, **options)


def sns(
    topic_arn: Any, request: Any = None, *, attributes: Mapping[str, Any] | None = None, **options: Any
) -> dict[str, Any]:
    """Publish the wait message to an SNS topic, with `attributes` as for `sqs`."""
    arguments = {"TopicArn": topic_arn, "Message": MESSAGE}
    arguments |= sending.message_attributes(attributes, options.get("query_language", JSONPATH))
    return task("sns:publish", arguments, request, **options)


def lambda_(function_arn: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """Invoke a Lambda function with the wait message; what the function returns is not the answer."""
    return task("lambda:invoke", {"FunctionName": function_arn, "Payload": MESSAGE}, request, **options)


def events(
    event_bus: Any, source: Any, detail_type: Any, request: Any = None, **options: Any
) -> dict[str, Any]:
    """Put an event whose detail is the wait message on an EventBridge bus (name or ARN).

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    if isinstance(source, str) and (not source or source.startswith("aws.")):
        raise Mistake(f"source must be a text that does not begin with aws., as AWS's own do, got {source!r}")
    if detail_type == "":
        raise Mistake("detail_type must be a text, got ''")
    entry = {"EventBusName": event_bus, "Source": source, "DetailType": detail_type, "Detail": MESSAGE}
    return task("events:putEvents", {"Entries": [entry]}, request, **options)


def states(state_machine_arn: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """Start another state machine with the wait message as its input; one of its states returns the token."""
    arguments = {"StateMachineArn": state_machine_arn, "Input": MESSAGE}
    return task("states:startExecution", arguments, request, **options)


def apigateway(
    api_endpoint: Any,
    path: Any,
    request: Any = None,
    *,
    method: str = "POST",
    stage: Any = None,
    auth_type: str = "IAM_ROLE",
    **options: Any,
) -> dict[str, Any]:
    """Call an API of API Gateway with the wait message as body.

    `api_endpoint` is `<id>.execute-api.<region>.amazonaws.com`; `stage` is not given for `$default`.
    """
    arguments = {"ApiEndpoint": api_endpoint, "Method": method, "Path": path, "AuthType": auth_type}
    arguments |= {"RequestBody": MESSAGE} | ({} if stage is None else {"Stage": stage})
    return task("apigateway:invoke", arguments, request, **options)


def ecs(
    task_definition: Any,
    container: Any,
    request: Any = None,
    *,
    variable: str = "WAIT_MESSAGE",
    arguments: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run an ECS or Fargate task whose `container` finds the wait message as JSON in an environment variable.

    `arguments`: RunTask's own (`Cluster`, `LaunchType`, `NetworkConfiguration`, ...). ECS takes 8,192
    characters of overrides, of which a token needs up to 2,048:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
    """
    given = dict(arguments or {})
    if "Overrides" in given:
        raise Mistake("arguments must not hold Overrides: use task with MESSAGE_TEXT, got both")
    environment = [{"Name": variable, "Value": MESSAGE_TEXT}]
    overrides = {"ContainerOverrides": [{"Name": container, "Environment": environment}]}
    filled = {**given, "TaskDefinition": task_definition, "Overrides": overrides}
    return task("ecs:runTask", filled, request, **options)


def dynamodb(
    table_name: Any, key: Mapping[str, Any] | None = None, request: Any = None, **options: Any
) -> dict[str, Any]:
    """Put an item into a DynamoDB table; its stream starts who returns the token.

    `key` holds the item's key, and whatever else it needs, as attribute values. Default: `id`, the SHA-256 of
    the token, so that no two waits share an item. The message's keys are attributes; Request is JSON text.
    """
    if key is None:
        key = {"id": sending.token_hash("S", options.get("query_language", JSONPATH))}
    return task("aws-sdk:dynamodb:putItem", {"TableName": table_name, "Item": dict(key)}, request, **options)


def s3(
    bucket: Any,
    prefix: str = "",
    request: Any = None,
    *,
    arguments: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Put the wait message into an S3 object, `<prefix><SHA-256 of the token>.json`; its notification starts
    who returns the token.

    `arguments`: PutObject's own (`ServerSideEncryption`, `SsekmsKeyId`, ...).
    """
    if not isinstance(prefix, str) or any(character in prefix for character in "\\'\"{}%"):
        raise Mistake(f"prefix must be a plain string without quotes, braces or backslashes, got {prefix!r}")
    filled = {**(arguments or {}), "Bucket": bucket}
    if options.get("query_language") == JSONATA:
        filled["Key"] = f"{{% '{prefix}' & {sending.HASH_JSONATA} & '.json' %}}"
    else:
        filled["Key.$"] = f"States.Format('{prefix}{{}}.json', {sending.HASH})"
    filled.setdefault("ContentType", "application/json")
    return task("aws-sdk:s3:putObject", filled, request, **options)


def _fill(arguments: Mapping[str, Any], known: integrations.Integration, asked: tuple[Any, Any, str]) -> Any:
    """The arguments with the message where the marks are, or else where the table says that it goes.

    asked: what the message is made of, which is the request, the timeout and the query language.
    """
    if any(isinstance(leaf, _Mark) for _, leaf in leaves(arguments)):
        return _written(arguments, asked)
    field = known.token_field
    if not field:
        name = f"{known.service}:{known.action}"
        raise Mistake(f"arguments must hold MESSAGE or MESSAGE_TEXT for {name}, got neither")
    if known.sdk == "dynamodb:putItem":
        item = arguments.get(field) or {}
        if not isinstance(item, Mapping):
            raise Mistake(f"{field} must be a dict of attribute values, got {type(item).__name__}")
        return _written({**arguments, field: {**item, **message_item(*asked)}}, asked)
    if field in arguments or f"{field}.$" in arguments:
        raise Mistake(f"{field} must hold MESSAGE or be left out: the wait message goes there")
    return _written({**arguments, field: MESSAGE}, asked)


def _written(node: Any, asked: tuple[Any, Any, str]) -> Any:
    """A copy in which each mark has become its message."""
    by_path = asked[-1] == JSONPATH
    if isinstance(node, Mapping):
        return {
            f"{key}.$" if value is MESSAGE_TEXT and by_path else key: _written(value, asked)
            for key, value in node.items()
        }
    if isinstance(node, (list, tuple)):
        if by_path and any(item is MESSAGE_TEXT for item in node):
            raise Mistake("MESSAGE_TEXT must be the value of a key, got it as an item of a list")
        return [_written(item, asked) for item in node]
    return node.write(*asked) if isinstance(node, _Mark) else node


def _field(name: str, value: Any, query_language: str) -> str:
    """The field that a number of seconds goes into, or where it comes from, checked as far as it is known."""
    field = name.title().replace("_", "")
    if is_output(value):
        return field
    if isinstance(value, str):
        if query_language == JSONATA and is_expression(value):
            return field
        if query_language == JSONPATH and value.startswith(("$.", "$[")):
            return f"{field}Path"
        kind = "an expression {% … %}" if query_language == JSONATA else "a reference path such as $.seconds"
        raise Mistake(f"{name} must be a number or {kind}, got {value!r}")
    if not isinstance(value, int) or isinstance(value, bool):
        raise Mistake(f"{name} must be a whole number between 1 and {MAXIMUM_SECONDS}, got {value!r}")
    if not 1 <= value <= MAXIMUM_SECONDS:
        raise Mistake(f"{name} must be between 1 and {MAXIMUM_SECONDS}, got {value!r}")
    return field
