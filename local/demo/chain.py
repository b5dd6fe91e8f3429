"""Scenes in which a token goes from one integration to the next: ``callback_chain`` and ``stored_tokens``."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local import observe
from local.demo.scene import Act, Evidence, Finding, Judge, Played, Scene, Stage
from local.errors import LocalError

CHAIN, STORED = "callback_chain", "stored_tokens"


@dataclass(frozen=True)
class Link:
    """The field of the output, the integration that its handler names, the state that waited."""

    field: str
    integration: str
    state: str


_LINKS = {
    CHAIN: (
        Link("queue", "SQS", "ThroughQueue"),
        Link("function", "Lambda", "ThroughFunction"),
        Link("topic", "SNS", "ThroughTopic"),
    ),
    STORED: (Link("table", "DynamoDB", "ThroughTable"), Link("bucket", "S3", "ThroughBucket")),
}


def _run(workflow: str) -> Act:
    def act(stage: Stage) -> Played:
        aws, own = stage.stack.aws, stage.stack.outputs["workflows"][workflow]
        machine = own["stateMachineArn"]
        arn = observe.start(aws, machine, {"from": "the demo"})
        execution = observe.wait_for_end(aws, arn)
        described = aws.step_functions.describe_state_machine(stateMachineArn=machine)
        states = set(json.loads(described["definition"])["States"])
        return Played(execution, facts={"machine": machine, "states": states})

    return act


def _went_through(workflow: str) -> Judge:
    def judge(played: Played, evidence: Evidence) -> Iterator[Finding]:
        execution = played.execution
        if execution is None:
            raise LocalError("this scene ran no execution")
        yield Finding("the execution succeeds", execution.status == "SUCCEEDED", execution.status)
        output = execution.output if isinstance(execution.output, dict) else {}
        links = [link for link in _LINKS[workflow] if link.state in played.facts["states"]]
        yield Finding("it has a state that waits", bool(links), str(played.facts["states"]))
        for link in links:
            expected = {
                "integration": link.integration,
                "executionArn": execution.arn,
                "stateMachineArn": played.facts["machine"],
                "stateName": link.state,
            }
            found = {name: output.get(link.field, {}).get(name) for name in expected}
            what = f"{link.integration} brought the token and its context ids"
            yield Finding(what, found == expected, json.dumps(found))
        yield from _nothing_stored(evidence.stage, evidence.stage.stack.outputs["workflows"][workflow])

    return judge


def _nothing_stored(stage: Stage, own: Mapping[str, Any]) -> Iterator[Finding]:
    """A token is deleted from where it was stored once it has been used."""
    if "tableName" in own:
        left = stage.stack.aws.dynamodb.scan(TableName=own["tableName"])["Count"]
        yield Finding("the table holds no token any more", left == 0, f"{left} items", may_come=True)
    if "bucketName" in own:
        left = stage.stack.aws.s3.list_objects_v2(Bucket=own["bucketName"])["KeyCount"]
        yield Finding("the bucket holds no token any more", left == 0, f"{left} objects", may_come=True)


SCENES = (
    Scene(
        "A token goes through a queue, a function and a topic",
        CHAIN,
        "SUCCEEDED, each handler with its context ids",
        _run(CHAIN),
        _went_through(CHAIN),
    ),
    Scene(
        "A token is stored until its worker has answered",
        STORED,
        "SUCCEEDED, and nothing is left in the store",
        _run(STORED),
        _went_through(STORED),
    ),
)
