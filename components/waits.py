"""Wait states written as data, for definitions that cannot call a component's `wait`.

In Python a component builds its wait state. Other languages, and JSON files, write a Task state with the
Resource `countersign:wait` instead, which a CallbackWorkflow replaces before it checks the definition:

    {"Type": "Task", "Resource": "countersign:wait", "TimeoutSeconds": 86400, "End": True,
     "Parameters": {"QueueUrl": queue_url, "Request": {"subject": "Release", "details.$": "$.change"}}}

Parameters (Arguments in JSONata) say where the token goes: `QueueUrl`, `FunctionArn`, `TableName`,
`BucketName`, or `TopicArn` with `To`. They may say what is asked: `Request`, or `Request.$` for a path; by
default the state's whole input.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .asl import Definition, Mistake, integrations, wait
from .common.checks import ArgumentError
from .common.documents import json_text

OBJECTS = "waits/"
"""The beginning of the keys in a CallbackBucket: the state machine and the worker need no more of it."""


def stored_object(bucket_name: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """A wait state that puts an object into a CallbackBucket, where its worker is told of it."""
    return wait.s3(bucket_name, OBJECTS, request, **options)


MESSAGE_FIELDS = ("Type", "Resource", "Parameters", "Arguments", "QueryLanguage")
TIME_FIELDS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")


def topic(topic_arn: Any, to: Any, request: Any, **options: Any) -> dict[str, Any]:
    """A wait state that publishes to one subscriber of a Notifier's topic; nobody else gets the token."""
    state = wait.sns(topic_arn, request, **options)
    arguments = "Arguments" if options.get("query_language") == "JSONata" else "Parameters"
    address = {"DataType": "String.Array", "StringValue": json_text([to])}
    return {**state, arguments: {**state[arguments], "MessageAttributes": {"to": address}}}


TARGETS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "QueueUrl": wait.sqs,
    "FunctionArn": wait.lambda_,
    "TableName": wait.dynamodb,
    "BucketName": stored_object,
    "TopicArn": topic,
}


def expand(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition with every `countersign:wait` replaced by its wait state, however deeply nested.

    One that cannot be copied is left to the checks. Raises ValueError, which names the state, for a wait that
    says too little or too much.
    """
    copied = Definition(definition)
    for state in copied.states():
        if state.fields.get("Resource") == integrations.OWN_WAIT:
            try:
                built = _wait(state.written(), state.query_language)
            except Mistake as error:
                raise ArgumentError(f"{state.name}: {error}") from None
            state.fields.clear()
            state.fields.update(built)
    return definition if copied.problems else copied.tree


def _wait(state: Mapping[str, Any], query_language: str) -> dict[str, Any]:
    field = "Arguments" if query_language == "JSONata" else "Parameters"
    given = state.get(field)
    if state.get("Type") != "Task" or not isinstance(given, Mapping):
        raise ArgumentError(f"{integrations.OWN_WAIT} must be the Resource of a Task state with {field}")
    targets = [target for target in TARGETS if target in given]
    if len(targets) != 1:
        got = ", ".join(given) or "none"
        raise ArgumentError(f"{field} must have one of {', '.join(TARGETS)}, got {got}")
    (target,) = targets
    asked = [key for key in ("Request", "Request.$") if key in given]
    expected = {target, *asked[:1], *(["To"] if target == "TopicArn" else [])}
    if wrong := sorted(expected.symmetric_difference(given)):
        raise ArgumentError(
            f"{field} must have {', '.join(sorted(expected))} and no more, but for {wrong[0]}"
        )
    options: dict[str, Any] = {"query_language": query_language}
    if target == "TopicArn":
        options["to"] = given["To"]
    for option in ("Timeout", "Heartbeat"):
        values = [state[key] for key in (f"{option}Seconds", f"{option}SecondsPath") if key in state]
        if len(values) > 1 or (not values and option == "Timeout"):
            raise ArgumentError(f"{option}Seconds or {option}SecondsPath must be given, one of them")
        if values:
            options[f"{option.lower()}_seconds"] = values[0]
    built = TARGETS[target](given[target], request=given[asked[0]] if asked else None, **options)
    rest = {key: value for key, value in state.items() if key not in (*MESSAGE_FIELDS, *TIME_FIELDS)}
    return {**built, **rest}
