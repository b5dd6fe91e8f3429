"""Scenes in which a token goes from one integration to the next: ``callback_chain`` and ``stored_tokens``."""

import json
import uuid
from collections.abc import Iterator
from functools import partial

from local import observe
from local.demo.scene import Evidence, Finding, Play, Scenes
from local.errors import LocalError
from local.observe.machines import beside, definition_of, wait_state
from local.observe.patience import until

CHAIN, STORED = Scenes("callback_chain"), Scenes("stored_tokens")
_TIMEOUT_SECONDS = 900  # It is answered: how soon is the machine's matter.

# The state that waits → the field of the output, and the integration that its handler names.
_LINKS = {
    "ThroughQueue": ("queue", "SQS"),
    "ThroughFunction": ("function", "Lambda"),
    "ThroughTopic": ("topic", "SNS"),
    "ThroughTable": ("table", "DynamoDB"),
    "ThroughBucket": ("bucket", "S3"),
}


@CHAIN.add(
    "A token goes through a queue, a function and a topic", "SUCCEEDED, each handler with its context ids"
)
@STORED.add("A token is stored until its worker has answered", "SUCCEEDED, and nothing is left in the store")
def _goes_through(play: Play) -> None:
    arn = play.start({"from": "the demo"})
    output = play.succeeds(arn)
    states = definition_of(play.aws, play.machine)["States"]
    links = {state: link for state, link in _LINKS.items() if state in states}
    play.expect("it has a state that waits", bool(links), list(states))
    for state, (field, integration) in links.items():
        place = {"executionArn": arn, "stateMachineArn": play.machine, "stateName": state}
        expected = {"integration": integration, **place}
        found = {name: output.get(field, {}).get(name) for name in expected}
        what = f"{integration} brought the token and its context ids"
        play.expect(what, found == expected, json.dumps(found))
    if "tableName" in play.own:
        play.later(_table_is_empty)
    if "bucketName" in play.own:
        play.later(_bucket_is_empty)


def _table_is_empty(play: Play, _: Evidence) -> Iterator[Finding]:
    """A token is deleted from where it was stored once it has been used."""
    left = play.aws.dynamodb.scan(TableName=play.own["tableName"])["Count"]
    yield Finding("the table holds no token any more", left == 0, f"{left} items", may_come=True)


def _bucket_is_empty(play: Play, _: Evidence) -> Iterator[Finding]:
    left = play.aws.s3.list_objects_v2(Bucket=play.own["bucketName"])["KeyCount"]
    yield Finding("the bucket holds no token any more", left == 0, f"{left} objects", may_come=True)


@STORED.add("A token in a bucket is found by its worker", "SUCCEEDED, and the object is gone")
def _in_bucket(play: Play) -> None:
    """The embedded AWS has no state that puts an object, so the scene puts it.

    A task waits, and its message comes on a queue of the scene. Everything after that is the stack's: the
    notification, the worker, the answer, the deletion.
    """
    name = f"demo-{uuid.uuid4().hex[:8]}"
    queue_url = play.aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    wait = wait_state(queue_url, {"from": "the demo"}, _TIMEOUT_SECONDS)
    definition = {"StartAt": "ThroughBucket", "States": {"ThroughBucket": wait}}
    arn = play.start({}, beside(play.aws, play.machine, definition))
    receive = partial(observe.receive, play.aws, queue_url, wait_seconds=1)
    taken = until(play.aws, "the task's message", receive)
    if len(taken) != 1:
        raise LocalError(f"one message should have come, got {len(taken)}")
    key = f"waits/{name}.json"
    play.aws.s3.put_object(Bucket=play.own["bucketName"], Key=key, Body=taken[0].body.encode())
    output = play.succeeds(arn)
    found = (output.get("integration"), output.get("executionArn"))
    play.expect("S3 brought the token and its context ids", found == ("S3", arn), found)
    play.later(_bucket_is_empty)
