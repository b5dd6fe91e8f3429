"""The scene of a bucket's worker: the embedded AWS has no state that puts an object, so the scene puts it.

Everything after that is the stack's: the notification, the worker, the answer, the deletion.
"""

import json
import uuid
from collections.abc import Iterator

from local import observe
from local.demo.scene import Evidence, Finding, Played, Scene, Stage
from local.errors import LocalError
from local.observe.patience import until

WORKFLOW = "stored_tokens"
_STATE = "ThroughBucket"
_TIMEOUT_SECONDS = 900  # It is answered: how soon is the machine's matter.


def _store(stage: Stage) -> Played:
    """A task waits; its message comes on a queue of the scene and is put into the bucket."""
    aws, own = stage.stack.aws, stage.stack.outputs["workflows"][WORKFLOW]
    deployed = aws.step_functions.describe_state_machine(stateMachineArn=own["stateMachineArn"])
    name = f"demo-{uuid.uuid4().hex[:8]}"
    queue_url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    message = {
        "TaskToken.$": "$$.Task.Token",
        "ExecutionArn.$": "$$.Execution.Id",
        "StateMachineArn.$": "$$.StateMachine.Id",
        "StateName.$": "$$.State.Name",
        "EnteredTime.$": "$$.State.EnteredTime",
        "RetryCount": 0,
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "Request.$": "$",
    }
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue_url, "MessageBody": message},
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "End": True,
    }
    machine = aws.step_functions.create_state_machine(
        name=name,
        roleArn=deployed["roleArn"],
        definition=json.dumps({"StartAt": _STATE, "States": {_STATE: wait}}),
    )["stateMachineArn"]
    arn = observe.start(aws, machine, {"from": "the demo"})
    taken = until(aws, "the task's message", lambda: observe.receive(aws, queue_url, wait_seconds=1))
    if len(taken) != 1:
        raise LocalError(f"one message should have come, got {len(taken)}")
    aws.s3.put_object(Bucket=own["bucketName"], Key=f"waits/{name}.json", Body=taken[0].body.encode())
    return Played(observe.wait_for_end(aws, arn), facts={"key": f"waits/{name}.json"})


def _answered(played: Played, evidence: Evidence) -> Iterator[Finding]:
    execution = played.execution
    if execution is None:
        raise LocalError("this scene ran no execution")
    yield Finding("the execution succeeds", execution.status == "SUCCEEDED", execution.status)
    output = execution.output if isinstance(execution.output, dict) else {}
    found = (output.get("integration"), output.get("executionArn"))
    yield Finding("S3 brought the token and its context ids", found == ("S3", execution.arn), str(found))
    bucket = evidence.stage.stack.outputs["workflows"][WORKFLOW]["bucketName"]
    left = evidence.stage.stack.aws.s3.list_objects_v2(Bucket=bucket, Prefix=played.facts["key"])["KeyCount"]
    yield Finding("the bucket does not hold the token any more", left == 0, f"{left} objects", may_come=True)


SCENES = (
    Scene(
        "A token in a bucket is found by its worker",
        WORKFLOW,
        "SUCCEEDED, and the object is gone",
        _store,
        _answered,
    ),
)
