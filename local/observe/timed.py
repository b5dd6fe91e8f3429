"""A state machine like a deployed one, but for its timeouts: to see one, nobody has to wait for minutes."""

import json
import uuid

from local.aws.clients import Aws

_WAITS = ".waitForTaskToken"


def with_timeout(aws: Aws, state_machine_arn: str, seconds: int) -> str:
    """Make one whose states wait so many seconds for their tokens; its ARN."""
    machines = aws.step_functions
    found = machines.describe_state_machine(stateMachineArn=state_machine_arn)
    definition = json.loads(found["definition"])
    for state in definition["States"].values():
        if state.get("Resource", "").endswith(_WAITS):
            state["TimeoutSeconds"] = seconds
            state["Parameters"]["MessageBody"]["TimeoutSeconds"] = seconds
    made = machines.create_state_machine(
        name=f"timed-{uuid.uuid4().hex[:8]}", roleArn=found["roleArn"], definition=json.dumps(definition)
    )
    return made["stateMachineArn"]
