"""The runtime of workers: how long a function takes to start, how long a batch takes, its archive's size.

- `init`: fresh processes, by turns: a function that imports boto3 and makes the same client, and a whole
  worker, unpacked from its archive. Both without bytecode, as Lambda finds them. Milliseconds, median.
- `batch`: callbacks at 20 ms each, with a fake client (the runtime's own cost), and with a real boto3 client
  over HTTP to another process that takes 20 ms for each call (what signing and parsing add).
- `archive`: bytes of the zip, with the files that the component would pack.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest import mock

FUNCTIONS = Path(__file__).resolve().parents[1] / "lambda_src"
WORKERS = ("order_payment", "integration_echo")
CALLBACK_SECONDS = 0.02
INIT_ROUNDS = 15

BOTO3 = """
import boto3
from botocore.config import Config
boto3.client("stepfunctions", config=Config(connect_timeout=2, read_timeout=5, max_pool_connections=10,
    retries={"mode": "standard", "total_max_attempts": 3}, tcp_keepalive=True))
"""
TIMED = """
import importlib, sys, time
began = time.perf_counter()
importlib.import_module(sys.argv[1])
print((time.perf_counter() - began) * 1000)
"""
ENVIRONMENT = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


def run() -> Iterator[dict[str, object]]:
    """Measurements, as they are made."""
    yield init()
    with mock.patch.dict(os.environ, ENVIRONMENT):
        for count in (10, 100):
            yield batch_with_fake(count)
        for count in (10, 100):
            yield batch_over_http(count)
    for folder in WORKERS:
        yield {"what": "archive", "function": folder, "bytes": len(archive(folder)), "target_bytes": 30_720}


def init() -> dict[str, object]:
    """A function's start beside that of boto3 alone."""
    with TemporaryDirectory() as folder:
        Path(folder, "boto3_alone.py").write_text(BOTO3)
        with zipfile.ZipFile(io.BytesIO(archive("order_payment"))) as file:
            file.extractall(folder)
        environment = os.environ | ENVIRONMENT | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}

        def once(module: str) -> float:
            done = subprocess.run(
                [sys.executable, "-c", TIMED, module],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            return float(done.stdout)

        def both() -> tuple[float, float]:
            return once("boto3_alone"), once("countersign_runtime.processing.worker")

        both()  # the files into the system's cache
        rounds = [both() for _ in range(INIT_ROUNDS)]
    boto3_ms = median(boto3 for boto3, _ in rounds)
    function_ms = median(function for _, function in rounds)
    return {
        "what": "init",
        "boto3_and_client_ms": round(boto3_ms, 1),
        "function_ms": round(function_ms, 1),
        # Pairs are neighbours in time, so that a busy machine slows both.
        "ratio": round(median(function / boto3 for boto3, function in rounds), 3),
        "target_ratio": 1.1,
    }


def batch_with_fake(count: int) -> dict[str, object]:
    """The runtime alone: the callback takes 20 ms and no processor."""
    from tests.support.step_functions import StepFunctions

    steps = StepFunctions(latency_seconds=CALLBACK_SECONDS)
    return _measure("fake", count, steps.issue, steps)


def batch_over_http(count: int) -> dict[str, object]:
    """With boto3: signing, HTTP, parsing."""
    import boto3
    from countersign_runtime import clients

    with step_functions_server() as (endpoint, issue):
        client = boto3.client("stepfunctions", endpoint_url=endpoint, config=clients.config())
        return _measure("boto3", count, issue, client)


def _measure(
    name: str, count: int, issue: Callable[[], str], client: Any, rounds: int = 5
) -> dict[str, object]:
    from countersign_runtime import clients
    from countersign_runtime.processing.config import Config
    from countersign_runtime.processing.engine import Worker

    worker = Worker(lambda request, _task: request, Config(5))
    times, cpu = [], []
    with mock.patch.dict(clients._made, {"stepfunctions": client}):
        for number in range(rounds + 1):
            event = {"Records": [_record(f"{number}-{n}", issue()) for n in range(count)]}
            began, used = perf_counter(), _cpu_seconds()
            result = worker(event, None)
            if number:  # the first one opens the connections and starts the threads
                times.append(perf_counter() - began)
                cpu.append(_cpu_seconds() - used)
            if result != {"batchItemFailures": []}:
                raise RuntimeError(f"the batch failed: {str(result)[:200]}")
    return {
        "what": "batch",
        "client": name,
        "callbacks": count,
        "callback_ms": CALLBACK_SECONDS * 1000,
        "ms": round(median(times) * 1000, 1),
        "best_ms": round(min(times) * 1000, 1),
        "floor_ms": round(CALLBACK_SECONDS * 1000, 1),
        "cpu_ms_per_callback": round(median(cpu) * 1000 / count, 3),
        **({"target_ms": 40} if count == 10 else {}),
    }


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system


def _record(message_id: str, token: str) -> dict[str, Any]:
    message = {
        "TaskToken": token,
        "ExecutionArn": "arn:aws-test:states:eu-west-1:123456789012:execution:bench:one",
        "StateMachineArn": "arn:aws-test:states:eu-west-1:123456789012:stateMachine:bench",
        "StateName": "Pay",
        "EnteredTime": "2026-01-01T00:00:00Z",
        "RetryCount": 0,
        "Request": {"orderId": message_id},
    }
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": json.dumps(message),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws-test:sqs:eu-west-1:123456789012:bench",
    }


@contextmanager
def step_functions_server(
    latency_seconds: float = CALLBACK_SECONDS,
) -> Iterator[tuple[str, Callable[[], str]]]:
    """Step Functions in a process of its own, so that its work is not measured: where it is, and what makes
    a token."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, latency_seconds), daemon=True)
    process.start()
    theirs.close()
    try:
        endpoint = ours.recv()

        def issue() -> str:
            ours.send("issue")
            return str(ours.recv())

        yield endpoint, issue
    finally:
        ours.close()
        process.join(5)
        if process.is_alive():
            process.terminate()


def _serve(pipe: Connection, latency_seconds: float) -> None:
    from tests.support.step_functions import StepFunctions, serve

    steps = StepFunctions(latency_seconds)
    with serve(steps.call) as endpoint:
        pipe.send(endpoint)
        try:
            while pipe.recv():
                pipe.send(steps.issue(length=800))
        except EOFError:
            return


def archive(folder: str, packages: tuple[Path, ...] = (), left_out: tuple[str, ...] = ()) -> bytes:
    """The zip of a function's folder and the runtime, with the members that the component packs."""
    from components.common.code.archive import archive as packed
    from local.archive import build
    from local.model import Archive, Asset

    packed_members: dict[str, Any] = packed(FUNCTIONS / folder, packages, left_out).assets
    members = {place: Asset(path=asset.path) for place, asset in packed_members.items()}
    return build(Archive(members=members), Path())
