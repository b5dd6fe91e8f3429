"""A wait that stores its token in S3, run by moto's interpreter: the embedded AWS has no such task."""

import json

from components.asl import Definition, wait
from tests.support.interpreter import ACCOUNT, ending, interpreted, start
from tests.support.patience import until

REGION = "eu-north-1"


def test_the_stored_message_holds_the_token_and_its_name_does_not() -> None:
    with interpreted(REGION) as session:
        s3 = session.client("s3")
        s3.create_bucket(Bucket="waits", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
        state = wait.s3("waits", "open/", {"order.$": "$.order", "kind": "release"}, timeout_seconds=900)
        definition = {"StartAt": "Store", "States": {"Store": {**state, "End": True}}}
        text = Definition(definition).fill(partition="aws", region=REGION, account_id=ACCOUNT).render()
        execution = start(session, text, {"order": {"id": "it's {1}"}})

        (stored,) = until("the object", lambda: s3.list_objects_v2(Bucket="waits").get("Contents", []))
        found = s3.get_object(Bucket="waits", Key=stored["Key"])
        message = json.loads(found["Body"].read())
        assert found["ContentType"] == "application/json"
        assert message["Request"] == {"order": {"id": "it's {1}"}, "kind": "release"}
        assert (message["StateName"], message["RetryCount"], message["TimeoutSeconds"]) == ("Store", 0, 900)
        assert stored["Key"].startswith("open/")
        assert stored["Key"].endswith(".json")
        assert message["TaskToken"] not in stored["Key"]

        answer = json.dumps({"done": True})
        session.client("stepfunctions").send_task_success(taskToken=message["TaskToken"], output=answer)
        ended = ending(session, execution)
        assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"done": True})
