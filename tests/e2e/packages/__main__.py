"""Workers with real packages: as wheels, in a folder that an installer filled, and for another platform."""

import sys
from pathlib import Path
from typing import Any

import pulumi

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from components import CallbackFunction, CallbackWorkflow  # noqa: E402

workers: dict[str, Any] = pulumi.Config().require_object("workers")
for name, arguments in workers.items():
    args: Any = {"worker": str(HERE / "worker"), **arguments}
    worker = CallbackFunction(name, args)
    asks = worker.wait("$.order", timeout_seconds=900)
    flow = CallbackWorkflow(
        name,
        {
            "definition": {"StartAt": "Ask", "States": {"Ask": {**asks, "End": True}}},
            "callback_role_names": worker.callback_role_names,
        },
    )
    pulumi.export(name, flow.state_machine_arn)
