"""Orders that a worker checks with pydantic, whose core is compiled for what the function runs on."""

import pulumi
from countersign import CallbackQueue, CallbackWorkflow

config = pulumi.Config()
orders = CallbackQueue(
    "orders",
    {
        "worker": "workers/orders",
        "worker_packages": ["workers/vendor"],  # README.md says how it is filled
        "runtime": config.require("runtime"),
        "architecture": config.require("architecture"),
    },
)
check = orders.wait("$.order", timeout_seconds=900)
order = CallbackWorkflow(
    "order",
    {
        "definition": {"StartAt": "Check", "States": {"Check": {**check, "End": True}}},
        "callback_role_names": orders.callback_role_names,
        "expected_errors": ["InvalidOrder"],
    },
)

pulumi.export("stateMachineArn", order.state_machine_arn)
