"""Scenes in which a token goes from one integration to the next: ``callback_chain`` and ``stored_tokens``."""

import json
import uuid
from functools import partial

from local import observe
from local.demo.scene import Play, Scene
from local.errors import LocalError
from local.observe.machines import beside, definition_of, wait_state
from local.observe.patience import until

_TIMEOUT_SECONDS = 900  # It is answered: how soon is the machine's matter.

# The state that waits → the field of the output, and the integration that its handler names.
_LINKS = {
    "ThroughQueue": ("queue", "SQS"),
    "ThroughFunction": ("function", "Lambda"),
    "ThroughTopic": ("topic", "SNS"),
    "ThroughTable": ("table", "DynamoDB"),
    "ThroughBucket": ("bucket", "S3"),
}


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
    _nothing_is_left(play)


def _nothing_is_left(play: Play) -> None:
    """A token is deleted from where it was stored once it has been used."""
    if table := play.own.get("tableName"):
        what = "the table holds no token any more"
        play.expect_in_time(what, 0, lambda: play.aws.dynamodb.scan(TableName=table)["Count"])
    if bucket := play.own.get("bucketName"):
        what = "the bucket holds no token any more"
        play.expect_in_time(what, 0, lambda: play.aws.s3.list_objects_v2(Bucket=bucket)["KeyCount"])


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
    _nothing_is_left(play)


SCENES = (
    Scene(
        "A token goes through a queue, a function and a topic",
        "callback_chain",
        "SUCCEEDED, each handler with its context ids",
        _goes_through,
    ),
    Scene(
        "A token is stored until its worker has answered",
        "stored_tokens",
        "SUCCEEDED, and nothing is left in the store",
        _goes_through,
    ),
    Scene(
        "A token in a bucket is found by its worker",
        "stored_tokens",
        "SUCCEEDED, and the object is gone",
        _in_bucket,
    ),
)
