"""boto3 clients, each made once and shared by all threads, and what their errors say.

Timeouts are short, because a waiting function is paid for and its queue delivers again anyway. botocore's
standard retries answer throttling, server errors and lost connections; after them, the caller decides. The
endpoint is botocore's business: `AWS_ENDPOINT_URL` is honoured by it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

from countersign_contract.batches import MAX_BATCH_SIZE


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector, which would walk all that boto3 builds, many times, and find nothing.

    That is 6 % of a function's init (measured). What was built stays, so later collections skip it as well.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


with uncollected():
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient

CONNECT_TIMEOUT_SECONDS: Final = 2
READ_TIMEOUT_SECONDS: Final = 5
ATTEMPTS: Final = 3

HURRIED_SECONDS: Final = 1
"""Where a person waits: so long for a connection, and so long for an answer."""

_lock = Lock()
_made: dict[str, Any] = {}


def config(hurried_attempts: int = 0) -> Config:
    """How every client behaves; one that is in a hurry tries so often."""
    return Config(
        connect_timeout=HURRIED_SECONDS if hurried_attempts else CONNECT_TIMEOUT_SECONDS,
        read_timeout=HURRIED_SECONDS if hurried_attempts else READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": hurried_attempts or ATTEMPTS},
        max_pool_connections=MAX_BATCH_SIZE,  # one for each thread; each is made when it is needed
        tcp_keepalive=True,  # a function is frozen between invocations, and its connections go stale
    )


def client(service: str, hurried_attempts: int = 0) -> Any:
    """The one client of a service. Making a client is not thread-safe in boto3, using it is."""
    key = f"{service} in a hurry" if hurried_attempts else service
    made = _made.get(key)
    if made is None:
        with _lock:
            made = _made.get(key)
            if made is None:
                with uncollected():
                    made = boto3.client(cast("Any", service), config=config(hurried_attempts))
                    _made[key] = made
    return made


def step_functions() -> SFNClient:
    """Step Functions, for SendTask*."""
    return cast("SFNClient", client("stepfunctions"))


def sqs() -> SQSClient:
    """SQS, for ChangeMessageVisibility; made when the first message has to go back."""
    return cast("SQSClient", client("sqs"))


def dynamodb() -> DynamoDBClient:
    """DynamoDB, for wait messages in a table; made when the first one comes."""
    return cast("DynamoDBClient", client("dynamodb"))


def s3() -> S3Client:
    """S3, for wait messages in a bucket; made when the first one comes."""
    return cast("S3Client", client("s3"))


def code_of(problem: ClientError | BotoCoreError) -> str:
    """The code of a service's error; the exception's name where no service answered."""
    if isinstance(problem, ClientError):
        return str(problem.response.get("Error", {}).get("Code", "Unknown"))
    return type(problem).__name__


def status_of(problem: ClientError | BotoCoreError) -> int:
    """The HTTP status of a service's error; 0 where no service answered."""
    metadata = problem.response.get("ResponseMetadata", {}) if isinstance(problem, ClientError) else {}
    return int(metadata.get("HTTPStatusCode", 0))
