"""A strict fake of Step Functions' task tokens, stricter than any emulator.

A token is good for one answer, before its timeout. What botocore's model and AWS's pages say about lengths
and errors is enforced, messages of errors quote the token (so that a caller that shows them is found out),
and every fault that the network and the service can produce can be injected, before or after the answer was
taken.

`StepFunctions` stands in for a boto3 client. `serve()` puts it behind HTTP on 127.0.0.1, where a real boto3
client, with its own retries, meets dropped replies and server errors.
"""

import json
import math
import string
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from random import Random
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ParamValidationError, ReadTimeoutError

from local.server.loopback import Handler, Loopback

# Real tokens are base64; + and / and = are what URLs and mails break.
ALPHABET = string.ascii_letters + string.digits + "+/"
LONGEST_TOKEN = 2048
ENDPOINT = "https://states.test"


class Fault(Enum):
    """What can go wrong with one call; the value is its code and HTTP status, if the service answers."""

    THROTTLED = ("ThrottlingException", 400)
    SERVER_ERROR = ("InternalServerError", 500)
    ACCESS_DENIED = ("AccessDeniedException", 400)
    KMS_ACCESS_DENIED = ("KmsAccessDeniedException", 400)
    KMS_INVALID_STATE = ("KmsInvalidStateException", 400)
    KMS_THROTTLING = ("KmsThrottlingException", 400)
    LOST_REPLY = ("", 0)
    """The service takes the answer, and the caller never hears of it."""
    LOST_REQUEST = ("", -1)
    """The connection breaks before the service has read the call."""


@dataclass
class Waiting:
    """One task, as the service knows it."""

    deadline: float
    heartbeat_seconds: float
    last_heartbeat: float
    state: str = "waiting"
    ended_at: float | None = None
    """When it was answered or forgotten."""


@dataclass(frozen=True)
class Accepted:
    """An answer that the service took."""

    token: str = field(repr=False)
    operation: str
    output: Any = None
    error: str = ""
    cause: str = ""


class StepFunctions:
    """Stands in for `boto3.client("stepfunctions")` as far as tasks go. Thread-safe."""

    def __init__(self, latency_seconds: float = 0.0) -> None:
        self.now = 1_000.0
        self.latency_seconds = latency_seconds
        self.accepted: list[Accepted] = []
        self.heartbeats: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self._tasks: dict[str, Waiting] = {}
        self._faults: dict[str | None, deque[tuple[Fault, bool]]] = {}
        self._random = Random(1)
        self._lock = Lock()

    # What a test arranges.

    def issue(
        self,
        timeout_seconds: float = math.inf,
        heartbeat_seconds: float = math.inf,
        length: int = LONGEST_TOKEN,
    ) -> str:
        """A new token of this length, for which a task waits."""
        with self._lock:
            token = ""
            while not token or token in self._tasks:
                token = "".join(self._random.choices(ALPHABET, k=length - 1)) + "="
            self._tasks[token] = Waiting(self.now + timeout_seconds, heartbeat_seconds, self.now)
            return token

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def forget(self, token: str) -> None:
        """The execution of this task is gone: TaskDoesNotExist from now on."""
        task = self._tasks[token]
        task.ended_at = self.ended_at(token) or self.now
        task.state = "gone"

    def inject(self, *faults: Fault, token: str | None = None, answers: bool = False) -> None:
        """The next calls go wrong like this, one fault for each call; those with this token, or any. With
        `answers` only those that answer, and no heartbeat."""
        self._faults.setdefault(token, deque()).extend((fault, answers) for fault in faults)

    def recover(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    # What a test looks at.

    def answers(self, token: str) -> list[Accepted]:
        """The answers that were taken for this token: never more than one."""
        return [answer for answer in self.accepted if answer.token == token]

    def is_waiting(self, token: str) -> bool:
        """Whether the task still waits."""
        return self._state(self._tasks[token]) == "waiting"

    def ended_at(self, token: str) -> float | None:
        """When the task stopped to wait: answered, forgotten or timed out; None while it waits."""
        task = self._tasks[token]
        if task.ended_at is not None or task.deadline is None:
            return task.ended_at
        return task.deadline if self.now >= task.deadline else None

    # What the client has.

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        return self.call("SendTaskSuccess", {"taskToken": taskToken, "output": output})

    def send_task_failure(self, *, taskToken: str, error: str = "", cause: str = "") -> dict[str, Any]:  # noqa: N803
        return self.call("SendTaskFailure", {"taskToken": taskToken, "error": error, "cause": cause})

    def send_task_heartbeat(self, *, taskToken: str) -> dict[str, Any]:  # noqa: N803
        return self.call("SendTaskHeartbeat", {"taskToken": taskToken})

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """One call as botocore makes it: its own checks first, then the service's."""
        token = parameters["taskToken"]
        problems = [name for name, value in parameters.items() if not isinstance(value, str)]
        if problems:
            raise ParamValidationError(report=f"Invalid type for parameter {problems[0]}, value: {token}")
        if not token:
            raise ParamValidationError(report="Invalid length for parameter taskToken, value: 0")
        if self.latency_seconds:
            time.sleep(self.latency_seconds)
        with self._lock:
            self.calls.append((operation, token))
            fault = self._next_fault(operation, token)
            if fault is Fault.LOST_REQUEST:
                raise ConnectionClosedError(endpoint_url=ENDPOINT)
            if fault is Fault.LOST_REPLY:
                self._act(operation, token, parameters)
                raise ReadTimeoutError(endpoint_url=ENDPOINT)
            if fault is not None:
                code, status = fault.value
                raise client_error(operation, code, f"{code} for {token}", status)
            self._act(operation, token, parameters)
        return {"ResponseMetadata": {"HTTPStatusCode": 200}}

    def _next_fault(self, operation: str, token: str) -> Fault | None:
        for key in (token, None):
            faults = self._faults.get(key)
            if faults and not (faults[0][1] and operation == "SendTaskHeartbeat"):
                return faults.popleft()[0]
        return None

    def _state(self, task: Waiting) -> str:
        if task.state != "waiting":
            return task.state
        silent = self.now - task.last_heartbeat > task.heartbeat_seconds
        return "closed" if silent or self.now >= task.deadline else "waiting"

    def _act(self, operation: str, token: str, parameters: dict[str, Any]) -> None:
        for name, limit in (("taskToken", LONGEST_TOKEN), ("error", 256), ("cause", 32_768)):
            size = len(parameters.get(name, "").encode("utf-16-le", "surrogatepass")) // 2
            if size > limit:
                told = f"Value '{token}' at '{name}': length {size} > {limit}"
                raise client_error(operation, "ValidationException", told)
        task = self._tasks.get(token)
        if task is None:
            raise client_error(operation, "InvalidToken", f"Invalid Token: '{token}'")
        state = self._state(task)
        if state == "gone":
            raise client_error(operation, "TaskDoesNotExist", f"Task does not exist: '{token}'")
        if state == "closed":
            raise client_error(operation, "TaskTimedOut", f"Task timed out, or was closed: '{token}'")
        if operation == "SendTaskHeartbeat":
            task.last_heartbeat = self.now
            self.heartbeats.append(token)
            return
        output = self._output(operation, parameters) if operation == "SendTaskSuccess" else None
        task.state, task.ended_at = "closed", self.now
        self.accepted.append(
            Accepted(token, operation, output, parameters.get("error", ""), parameters.get("cause", ""))
        )

    def _output(self, operation: str, parameters: dict[str, Any]) -> Any:
        text = parameters["output"]
        if len(text.encode("utf-8", "surrogatepass")) > 262_144:
            raise client_error(operation, "ValidationException", "Value at 'output': longer than 262144")

        def refuse(constant: str) -> None:
            raise ValueError(constant)

        try:
            text.encode()
            return json.loads(text, parse_constant=refuse)
        except ValueError:
            raise client_error(operation, "InvalidOutput", "Invalid output: not JSON") from None


def client_error(operation: str, code: str, message: str = "", status: int = 400) -> ClientError:
    """What a client raises when a service refuses a call."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


def wait_message(token: str, now: float, timeout_seconds: float, **fields: Any) -> dict[str, Any]:
    """What a wait state sends that is entered now."""
    return {
        "TaskToken": token,
        "EnteredTime": datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z"),
        "RetryCount": 0,
        "TimeoutSeconds": timeout_seconds,
        **fields,
    }


@contextmanager
def serve(act: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Iterator[str]:
    """AWS's JSON protocol on 127.0.0.1: `act(operation, parameters)` answers, or raises as botocore would.

    Where it raises a lost reply or a lost request, the connection is cut. Yields the endpoint.
    """

    class Answers(Handler):
        def do_POST(self) -> None:  # noqa: N802
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            try:
                status, answer = 200, act(operation, body)
            except (ReadTimeoutError, ConnectionClosedError):
                self.close_connection = True
                self.connection.close()
                return
            except ClientError as problem:
                status = problem.response["ResponseMetadata"]["HTTPStatusCode"]
                error = problem.response["Error"]
                answer = {"__type": error["Code"], "message": error["Message"]}
            self.answer(status, "application/x-amz-json-1.0", json.dumps(answer).encode())

    with Loopback(Answers) as server:
        yield server.url
