"""On the embedded AWS: the whole `make demo`, deploying the program, and an order from start to end."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from local import observe
from local.stack import running

ORDERS = 30


def run() -> Iterator[dict[str, object]]:
    started = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", "local", "demo"], capture_output=True, text=True, check=False
    )
    yield {
        "what": "demo",
        "wall_s": round(time.perf_counter() - started, 2),
        "exit_status": ended.returncode,
        "target_s": 30,
    }
    started = time.perf_counter()
    with running() as stack:
        yield {"what": "start and deploy", "wall_s": round(time.perf_counter() - started, 2)}
        machine = stack.outputs["workflows"]["order_payment"]["stateMachineArn"]
        seconds = []
        for number in range(ORDERS):
            order = {"orderId": str(number), "amount": 1, "currency": "EUR", "paymentReference": "pm_bench"}
            began = time.perf_counter()
            execution = observe.wait_for_end(stack.aws, observe.start(stack.aws, machine, order))
            seconds.append(time.perf_counter() - began)
            if execution.status != "SUCCEEDED":
                raise RuntimeError(f"order {number} ended {execution.status}: {json.dumps(execution.error)}")
    yield {
        "what": "order, from start to end",
        "orders": ORDERS,
        "p50_ms": round(statistics.median(seconds) * 1000),
        "max_ms": round(max(seconds) * 1000),
    }
