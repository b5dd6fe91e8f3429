"""Evaluating the program with many workflows: wall, CPU and peak memory of a fresh process.

Each workflow is an order payment of its own: queue with worker and dead letters, state machine, permissions
and alarms. The engine is that of the tests, in the same process: what it records is measured too.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

COUNTS = (1, 10, 100, 300)
TIMEOUT_SECONDS = 600.0
TARGET_SECONDS = {1: 0.5, 100: 2.5, 300: 7.0}


def run() -> Iterator[dict[str, object]]:
    for count in COUNTS:
        started = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "-m", "bench.program", str(count)], capture_output=True, text=True, check=True
        )
        wall = time.perf_counter() - started
        yield {
            "workflows": count,
            "wall_s": round(wall, 2),
            **json.loads(result.stdout),
            "target_s": TARGET_SECONDS.get(count),
        }


def _evaluate(count: int) -> dict[str, object]:
    from components import CallbackQueue, CallbackWorkflow, Notifier
    from components.evaluation import evaluate_quickly
    from tests.support.engine import deploy
    from workflows import order_payment

    def program() -> None:
        evaluate_quickly()
        notices = Notifier("notices")
        for number in range(count):
            queue = CallbackQueue(f"order-{number}", {"worker": "lambda_src/order_payment"})
            CallbackWorkflow(
                f"order-{number}",
                {
                    "definition": order_payment.definition(queue, notices, 60),
                    "callback_role_names": queue.callback_role_names,
                },
            )

    deployment = deploy(program, timeout_seconds=TIMEOUT_SECONDS)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": _peak_mb(),
        "resources": len(deployment.resources),
    }


def _peak_mb() -> int:
    """The most memory this process had. What getrusage says includes what its parent had at the fork."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


if __name__ == "__main__":
    print(json.dumps(_evaluate(int(sys.argv[1]))))
