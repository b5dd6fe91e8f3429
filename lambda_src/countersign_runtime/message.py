"""The wait message: what a wait state puts on a queue, a topic, or hands to a function.

One JSON object for every integration: `TaskToken`, `ExecutionArn`, `StateMachineArn`, `StateName`,
`EnteredTime`, `RetryCount`, `TimeoutSeconds`, `Request`. What a topic or an event bus puts around it is
opened here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from logging import getLogger
from types import MappingProxyType
from typing import Any, Final

from countersign_contract import wait_message

from . import answers, clients
from .outcomes import TaskClosed

logger = getLogger("countersign")

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
MAX_TOKEN_CHARACTERS: Final = 2048


class UnusableMessage(Exception):
    """A message without a usable task token: nobody can be told about it. The text says what is wrong with
    it."""


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt of one waiting task. Everything but `token` may be logged."""

    id: str
    """32 hex digits derived from the token. The same for every delivery of this attempt: its idempotency
    key."""
    token: str = field(repr=False)
    """The right to answer. For `PENDING` work only: keep it encrypted, never log it or put it in a URL."""
    execution_arn: str = ""
    """The execution that waits."""
    state_machine_arn: str = ""
    """Its state machine."""
    state_name: str = ""
    """The state that waits."""
    entered_time: datetime | None = None
    """When the state was entered (aware). A retry of the task keeps the time of the first attempt."""
    retry_count: int = 0
    """How often the state's Retry has asked before."""
    timeout_seconds: float | None = None
    """How long each attempt may take; None if the message does not say."""
    sent_time: datetime | None = None
    """When this attempt's message was sent (aware): known of messages from an SQS queue (SentTimestamp), else
    None."""
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Attributes of the queue's or topic's message, but for binary ones, such as `traceparent`; SQS's own
    `AWSTraceHeader` too."""

    @property
    def deadline(self) -> datetime | None:
        """When the task times out (aware), as far as the message can tell; None if it cannot.

        Each attempt has `timeout_seconds` of its own, which begin when its message is sent: `sent_time`.
        Where that is unknown they begin with `entered_time`, which is right for a first attempt only. A retry
        then has no deadline, and a redriven task one in the past: a reason to ask (`heartbeat`), not to give
        up.
        """
        start = self.sent_time
        if start is None and self.retry_count == 0:
            start = self.entered_time
        if start is None or self.timeout_seconds is None:
            return None
        try:
            return start + timedelta(seconds=self.timeout_seconds)
        except OverflowError:
            return None

    def heartbeat(self) -> None:
        """Tell Step Functions that the work goes on. Restarts HeartbeatSeconds, does not extend
        TimeoutSeconds.

        Raises `TaskClosed` if nobody waits any more, so that the work can stop. A heartbeat that could not be
        delivered is only a warning: the next one may be.
        """
        try:
            answer = answers.heartbeat(clients.step_functions(), self.token)
        except answers.Undelivered as problem:
            logger.warning("heartbeat of task %s: %s", self.id, problem, extra={"task_id": self.id})
            return
        if answer is answers.Answer.CLOSED:
            raise TaskClosed(f"task {self.id} of {self.state_name or 'an unnamed state'} is closed")


def task_id(token: str) -> str:
    """The id of the task with this token: safe to log, cannot be turned back."""
    return sha256(token.encode()).hexdigest()[:32]


def parse(
    body: object, sent_time: datetime | None = None, attributes: Mapping[str, str] = MappingProxyType({})
) -> tuple[Task, Any]:
    """A message (JSON text, or already an object), in its envelope or without, as a task and the workflow's
    request. `sent_time` and `attributes` are what its source says of it.

    Only the token decides whether a message is usable. Another field that is missing or odd is left out,
    because a task that has a token can still be answered, and must be.
    """
    message, more = _opened(_decode(body))
    token = _token(message.get(wait_message.TASK_TOKEN))
    task = Task(
        id=task_id(token),
        token=token,
        execution_arn=_text(message.get(wait_message.EXECUTION_ARN)),
        state_machine_arn=_text(message.get(wait_message.STATE_MACHINE_ARN)),
        state_name=_text(message.get(wait_message.STATE_NAME)),
        entered_time=_time(message.get(wait_message.ENTERED_TIME)),
        retry_count=int(_positive(message.get(wait_message.RETRY_COUNT)) or 0),
        timeout_seconds=_positive(message.get(wait_message.TIMEOUT_SECONDS)),
        sent_time=sent_time,
        attributes={**attributes, **more},
    )
    return task, message.get(wait_message.REQUEST)


def _decode(body: object) -> Mapping[str, Any]:
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            # The parser's own text is left out: it can quote the message.
            raise UnusableMessage("the message is not JSON") from None
    if not isinstance(body, Mapping):
        raise UnusableMessage("the message is not a JSON object")
    return body


def _opened(message: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, str]]:
    """What is in the envelopes of a topic and of a bus, and the attributes that stand on them.

    https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    attributes: dict[str, str] = {}
    while wait_message.TASK_TOKEN not in message:
        if message.get("Type") == "Notification" and "Message" in message:
            attributes |= texts(message.get("MessageAttributes"))
            message = _decode(message["Message"])
        elif is_event(message):
            message = _decode(message["detail"])
        else:
            break
    return message, attributes


def is_event(message: Mapping[str, Any]) -> bool:
    """Whether it is an event of EventBridge."""
    return "detail-type" in message and "detail" in message


def texts(attributes: object) -> dict[str, str]:
    """Message attributes that are text, as an SQS record writes them or an SNS notification."""
    return {
        str(name): value
        for name, attribute in (attributes.items() if isinstance(attributes, Mapping) else ())
        if isinstance(attribute, Mapping)
        and isinstance(value := attribute.get("stringValue", attribute.get("Value")), str)
        and not str(attribute.get("Type")).startswith("Binary")
    }


def _token(value: object) -> str:
    if value is None:
        raise UnusableMessage("the message has no TaskToken")
    if not isinstance(value, str):
        raise UnusableMessage(f"TaskToken must be a string, got {type(value).__name__}")
    if not 1 <= len(value) <= MAX_TOKEN_CHARACTERS:
        raise UnusableMessage(
            f"TaskToken must have between 1 and {MAX_TOKEN_CHARACTERS} characters, got {len(value)}"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnusableMessage("TaskToken is not Unicode text") from None
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _positive(value: object) -> float | None:
    """A number of at most nine digits, so that what is computed from it stays a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value < 1_000_000_000 else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
