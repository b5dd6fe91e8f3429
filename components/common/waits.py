"""Wait states written as data, for definitions that cannot call a component's `wait`.

In Python a component builds its wait state. Other languages, and JSON files, write a Task state with the
Resource `countersign:wait` instead, which a CallbackWorkflow replaces before it checks the definition:

    {"Type": "Task", "Resource": "countersign:wait", "TimeoutSeconds": 86400, "End": True,
     "Parameters": {"QueueUrl": queue_url, "Request": {"subject": "Release", "details.$": "$.change"}}}

Parameters (Arguments in JSONata) say where the token goes: `QueueUrl`, `FunctionArn`, `TableName`,
`BucketName`, `TopicArn` with `To`, or `EventBusName` with `Source` and `DetailType`. They may say what is
asked: `Request`, or `Request.$` for a path; by default the state's whole input. With `QueueUrl` they may say
`GroupId`, which a FIFO queue needs, and `DeduplicationId`; with `QueueUrl` or `TopicArn`, in `Attributes`,
which attributes the message has. A path stands under a key that ends in `.$`, as everywhere.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from countersign_contract.approvals.addresses import addressed

from ..asl import Definition, Mistake, integrations, wait
from .checks import ArgumentError, text
from .documents import json_text

OBJECTS = "waits/"
"""The beginning of the keys in a CallbackBucket: the state machine and the worker need no more of it."""


def stored_object(bucket_name: Any, request: Any = None, **options: Any) -> dict[str, Any]:
    """A wait state that puts an object into a CallbackBucket, where its worker is told of it."""
    return wait.s3(bucket_name, OBJECTS, request, **options)


MESSAGE_FIELDS = ("Type", "Resource", "Parameters", "Arguments", "QueryLanguage")
TIME_FIELDS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")


def topic(
    topic_arn: Any,
    to: Any,
    request: Any,
    *,
    attributes: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """A wait state that publishes to one subscriber of a Notifier's topic; nobody else gets the token."""
    if attributes and (len(attributes) > 9 or "to" in attributes):
        raise ArgumentError(f"attributes must be at most 9, none of them to, got {sorted(attributes)}")
    to = text("to must be a subscriber's address, written out: an ARN, a URL or a mail address", to, TO)
    state = wait.sns(topic_arn, request, attributes=attributes, **options)
    field = "Arguments" if options.get("query_language") == "JSONata" else "Parameters"
    if isinstance(to, str) and "@" in to and ":" not in to:
        to = addressed(to)  # A mail address is subscribed in small letters.
    address = {"DataType": "String.Array", "StringValue": json_text([to])}
    others = state[field].get("MessageAttributes", {})
    return {**state, field: {**state[field], "MessageAttributes": {**others, "to": address}}}


TO = r"arn:[^:]+:(sqs|lambda):.+|https://\S+|[^@\s]+@[^@\s]+"
"""What no topic has as a subscriber gets nothing, and whoever asks it waits in vain."""


class Target(NamedTuple):
    """Where a token can go: what builds the wait, and the parameters that it needs and takes beside, each
    with the builder's name for it."""

    build: Callable[..., dict[str, Any]]
    needs: Mapping[str, str] = {}
    takes: Mapping[str, str] = {}


ATTRIBUTES = {"Attributes": "attributes"}
TARGETS: Mapping[str, Target] = {
    "QueueUrl": Target(
        wait.sqs, takes={"GroupId": "group_id", "DeduplicationId": "deduplication_id", **ATTRIBUTES}
    ),
    "FunctionArn": Target(wait.lambda_),
    "TableName": Target(wait.dynamodb),
    "BucketName": Target(stored_object),
    "TopicArn": Target(topic, {"To": "to"}, ATTRIBUTES),
    "EventBusName": Target(wait.events, {"Source": "source", "DetailType": "detail_type"}),
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


def _options(field: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the builder of a target is told beside it, of which there is neither too much nor too little."""
    target = TARGETS[name]
    by_path = {"Request": "request", **target.takes}
    known = {**target.needs, **by_path, **{f"{key}.$": option for key, option in by_path.items()}}
    found: dict[str, Any] = {known[key]: value for key, value in given.items() if key in known}
    needed = {name, *target.needs}
    if wrong := sorted((needed - given.keys()) | (given.keys() - known.keys() - {name})):
        expected = ", ".join(sorted(needed | (given.keys() & known.keys())))
        raise ArgumentError(f"{field} must have {expected} and no more, but for {wrong[0]}")
    for option in by_path:
        if option in given and f"{option}.$" in given:
            raise ArgumentError(f"{field} must have {option} or {option}.$, got both")
    return {"request": None, **found}


def _wait(state: Mapping[str, Any], query_language: str) -> dict[str, Any]:
    field = "Arguments" if query_language == "JSONata" else "Parameters"
    given = state.get(field)
    if state.get("Type") != "Task" or not isinstance(given, Mapping):
        raise ArgumentError(f"{integrations.OWN_WAIT} must be the Resource of a Task state with {field}")
    targets = [target for target in TARGETS if target in given]
    if len(targets) != 1:
        got = ", ".join(given) or "none"
        raise ArgumentError(f"{field} must have one of {', '.join(TARGETS)}, got {got}")
    (name,) = targets
    target = TARGETS[name]
    options = {"query_language": query_language, **_options(field, name, given)}
    for option in ("Timeout", "Heartbeat"):
        values = [state[key] for key in (f"{option}Seconds", f"{option}SecondsPath") if key in state]
        if len(values) > 1 or (not values and option == "Timeout"):
            raise ArgumentError(f"{option}Seconds or {option}SecondsPath must be given, one of them")
        if values:
            options[f"{option.lower()}_seconds"] = values[0]
    built = target.build(given[name], **options)
    rest = {key: value for key, value in state.items() if key not in (*MESSAGE_FIELDS, *TIME_FIELDS)}
    return {**built, **rest}
