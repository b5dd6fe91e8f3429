"""The operator's command with 10,000 open requests: seconds to the first rows and to all, memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.aws import Aws
from local.emulator import ACCESS_KEY, SECRET_KEY
from local.stack import running

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "tests" / "approvals" / "program"
BATCH = 25
MEASURE = (
    "import resource, sys; from ops.command import main; code = main(); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
)


def run() -> Iterator[dict[str, object]]:
    with running(PROGRAM) as stack, tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs.json"
        outputs.write_text(json.dumps(stack.outputs))
        table = stack.outputs["approvals"]["one"]["tableName"]
        machine = stack.outputs["workflows"]["ask"]["stateMachineArn"]
        there = 0
        for count in (100, 10_000):
            _fill(stack.aws, table, machine, there, count)
            there = count
            yield {"open_requests": count, **_waiting(stack.aws, outputs, count)}


def _waiting(aws: Aws, outputs: Path, count: int) -> dict[str, object]:
    """One run of `waiting`, as JSON lines."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    arguments = ["waiting", "--only", "approvals", "--json", "--outputs", str(outputs)]
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", MEASURE, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise AssertionError("both are pipes")
        first = process.stdout.readline()
        first_seconds = time.perf_counter() - began
        rows = bool(first) + sum(1 for _ in process.stdout)
        memory = process.stderr.read().split()[-1]
    if rows != count:
        raise AssertionError(f"{rows} of {count} rows")
    return {
        "first_row_seconds": round(first_seconds, 2),
        "all_rows_seconds": round(time.perf_counter() - began, 2),
        "peak_megabytes": int(memory) // 1024,
    }


def _fill(aws: Aws, table: str, machine: str, first: int, last: int) -> None:
    """As the intake lists requests (lambda_src/approvals/record/rows.py)."""
    execution, now = machine.replace(":stateMachine:", ":execution:"), int(time.time())
    for start in range(first, last, BATCH):
        puts: list[Any] = [
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": f"E#{execution}:run-{number}"},
                        "sk": {"S": f"digest#{number:032x}"},
                        "request_id": {"S": f"{number:032x}"},
                        "subject": {"S": f"Release {number}"},
                        "state_machine_arn": {"S": machine},
                        "state_name": {"S": "Ask"},
                        "requester": {"S": ""},
                        "quorum": {"N": "1"},
                        "approvals": {"N": "0"},
                        "approvers": {"L": [{"S": "ann@example.com"}]},
                        "asked_at": {"N": str(now)},
                        "deadline": {"N": str(now + 86_400 + number)},
                        "waiting": {"S": "open"},
                        "closed": {"BOOL": False},
                    }
                }
            }
            for number in range(start, min(start + BATCH, last))
        ]
        aws.dynamodb.batch_write_item(RequestItems={table: puts})
