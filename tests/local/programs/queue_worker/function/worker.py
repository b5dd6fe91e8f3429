import json
import os
from typing import Any

import boto3


def handler(event: Any, context: Any) -> None:
    client = boto3.client("stepfunctions")
    for record in event["Records"]:
        message = json.loads(record["body"])
        answer = {"said": os.environ["GREETING"], "to": message["Name"]}
        client.send_task_success(taskToken=message["Token"], output=json.dumps(answer))
