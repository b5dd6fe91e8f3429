"""Returning a task's token to Step Functions, and what each of its errors means.

- `Answer.ACCEPTED`: Step Functions has the answer.
- `Answer.CLOSED` (TaskTimedOut, TaskDoesNotExist): the task was answered before, timed out, or its execution
  ended. All look the same (boto/boto3#4044), also when the reply to a call was lost and its repetition says
  TaskTimedOut although the first one was accepted. In every case there is nothing left to do here.
- `Undelivered`: the same call can succeed later. What is `passing` (throttled, server error, network) ends by
  itself; the rest (AccessDenied, Kms*) is for an operator to put right.
- `UnusableToken`: the service says that this is no token.

The texts of these exceptions never hold the token, also where the service's message quotes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from .clients import code_of, status_of
from .redact import contains, scrub

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
MAX_OUTPUT_BYTES: Final = 262_144
MAX_ERROR_CHARACTERS: Final = 256
MAX_CAUSE_CHARACTERS: Final = 32_768

INVALID_OUTPUT: Final = "CallbackQueue.InvalidOutput"
DEAD_LETTERED: Final = "CallbackQueue.DeadLettered"

# The other names of throttling: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_TOO_MUCH: Final = frozenset({"TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})


class Answer(Enum):
    """How Step Functions took an answer."""

    ACCEPTED = "accepted"
    CLOSED = "closed"


class Undelivered(Exception):
    """The answer did not arrive. `code` is the error's code, or the exception's name where there is none;
    `passing` says that nobody has to do anything for it to work again."""

    def __init__(self, operation: str, code: str, detail: str, passing: bool = False) -> None:
        super().__init__(f"{operation} was not delivered: {code}: {detail}")
        self.code = code
        self.passing = passing


class UnusableToken(Exception):
    """Step Functions does not know this as a token."""


class InvalidOutput(Exception):
    """A result that Step Functions would refuse. The text says why."""


def encode(output: object, token: str) -> str:
    """The result as JSON text, or `InvalidOutput`: not JSON (also NaN), more than 262,144 bytes, or holding
    the token itself."""
    try:
        text = json.dumps(output, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as problem:
        reason = "nested too deeply" if isinstance(problem, RecursionError) else str(problem)
        raise InvalidOutput(scrub(f"The result is not JSON: {reason}", token)) from None
    if size > MAX_OUTPUT_BYTES:
        raise InvalidOutput(
            f"The result must have at most {MAX_OUTPUT_BYTES} bytes of JSON, got {size}: "
            "store it, and return where it is"
        )
    if contains(text, token):
        # It would be shown in the execution's history and in everything made from it.
        raise InvalidOutput("The result holds the task token, which is a credential")
    return text


def send_success(client: SFNClient, token: str, output: str) -> Answer:
    """End the task with a result that `encode` made."""
    return _send("SendTaskSuccess", token, lambda: client.send_task_success(taskToken=token, output=output))


def fail(client: SFNClient, token: str, error: str, cause: str) -> Answer:
    """Fail the task. Error and cause are freed of the token and cut to what the service takes."""
    name = clip(scrub(str(error), token), MAX_ERROR_CHARACTERS)
    text = clip(scrub(str(cause), token), MAX_CAUSE_CHARACTERS)
    return _send(
        "SendTaskFailure", token, lambda: client.send_task_failure(taskToken=token, error=name, cause=text)
    )


def heartbeat(client: SFNClient, token: str) -> Answer:
    """Report that the task is worked on; also tells whether anybody still waits for it."""
    return _send("SendTaskHeartbeat", token, lambda: client.send_task_heartbeat(taskToken=token))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, counted as the service may count them: an emoji is two (UTF-16)."""
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * limit:
        return units.decode("utf-16-le")
    return units[: 2 * limit - 2].decode("utf-16-le", "ignore") + "…"


def _send(operation: str, token: str, call: Callable[[], Any]) -> Answer:
    # `from None`: the service's message and botocore's can quote the token, and tracebacks print the chain.
    try:
        call()
    except ClientError as problem:
        code = code_of(problem)
        if code in ("TaskTimedOut", "TaskDoesNotExist"):
            return Answer.CLOSED
        if code == "InvalidToken":
            raise UnusableToken("Step Functions says that the task token is not one") from None
        detail = clip(scrub(str(problem.response.get("Error", {}).get("Message", "")), token), 1024)
        if code == "InvalidOutput":
            raise InvalidOutput(f"Step Functions refused the result: {detail}") from None
        raise Undelivered(operation, code, detail, _is_passing(code, problem)) from None
    except BotoCoreError as problem:
        detail = clip(scrub(str(problem), token), 1024)
        passing = isinstance(problem, HTTPClientError | NoConnection)
        raise Undelivered(operation, type(problem).__name__, detail, passing) from None
    return Answer.ACCEPTED


def _is_passing(code: str, problem: ClientError) -> bool:
    # Also KmsThrottlingException: the other Kms* are a key's policy or its state.
    status = status_of(problem)
    return "Throttl" in code or code in _TOO_MUCH or status == 429 or status >= 500
