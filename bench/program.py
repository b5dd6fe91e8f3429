"""Evaluating the program with many workflows: wall, CPU and peak memory of a fresh process.

Each workflow is an order payment of its own: queue with worker and dead letters, state machine, permissions
and alarms. The engine's side is as small as it can be, so that what is measured is the program.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

COUNTS = (1, 10, 100, 300)
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
    from pulumi.runtime import set_mocks
    from pulumi.runtime.settings import set_root_resource
    from pulumi.runtime.stack import run_in_stack, wait_for_rpcs

    from components import CallbackQueue, CallbackWorkflow, Notifier
    from components.evaluation import evaluate_quickly
    from workflows import order_payment

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    monitor = _monitor()
    set_mocks(monitor.mocks, project="bench", stack="bench", preview=False, monitor=monitor)
    loop.run_until_complete(wait_for_rpcs())
    set_root_resource(cast(Any, None))

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

    loop.run_until_complete(run_in_stack(program))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": _peak_mb(),
        "resources": monitor.registered,
    }


def _peak_mb() -> int:
    """The most memory this process had. What getrusage says includes what its parent had at the fork."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def _monitor() -> Any:
    """An engine that answers each registration with the inputs, an ARN, a name and a URL."""
    from google.protobuf import empty_pb2, struct_pb2
    from pulumi.runtime.mocks import MockMonitor, Mocks
    from pulumi.runtime.proto import resource_pb2

    class Nothing(Mocks):
        def new_resource(self, args: Any) -> Any:
            raise KeyError(args.typ)

        def call(self, args: Any) -> Any:
            raise KeyError(args.token)

    class Engine(MockMonitor):
        registered = 0

        def RegisterResource(self, request: Any) -> Any:  # noqa: N802
            self.registered += 1
            state = struct_pb2.Struct()
            state.CopyFrom(request.object)
            if request.custom:
                service = request.type.split(":")[1].split("/")[0]
                arn = f"arn:aws-test:{service}:eu-west-1:123456789012:{request.name}"
                state.fields["arn"].string_value = arn
                state.fields["name"].string_value = request.name
                state.fields["url"].string_value = f"https://sqs.eu-west-1.test/123456789012/{request.name}"
            urn = self.make_urn(request.parent, request.type, request.name)
            return resource_pb2.RegisterResourceResponse(urn=urn, id=request.name, object=state)

        def RegisterResourceOutputs(self, _request: Any) -> Any:  # noqa: N802
            return empty_pb2.Empty()

    return Engine(Nothing())


if __name__ == "__main__":
    print(json.dumps(_evaluate(int(sys.argv[1]))))
