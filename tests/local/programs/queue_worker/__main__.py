"""The smallest callback: a state machine, a queue, a function that returns the token."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
region = aws.get_region_output().region
account = aws.get_caller_identity_output().account_id


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


queue = aws.sqs.Queue("work", delay_seconds=config.require_int("delaySeconds"), tags={"for": "work"})
role = aws.iam.Role("worker", assume_role_policy=trust("lambda.amazonaws.com"))
machine_role = aws.iam.Role("machine", assume_role_policy=trust("states.amazonaws.com"))
machine = aws.sfn.StateMachine(
    "greet",
    role_arn=machine_role.arn,
    definition=pulumi.Output.json_dumps(
        {
            "StartAt": "Ask",
            "States": {
                "Ask": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "Parameters": {
                        "QueueUrl": queue.url,
                        "MessageBody": {"Token.$": "$$.Task.Token", "Name.$": "$.name"},
                    },
                    "TimeoutSeconds": 20,
                    "End": True,
                }
            },
        }
    ),
)
policy = aws.iam.RolePolicy(
    "worker",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Answer",
                    "Effect": "Allow",
                    "Action": "states:SendTaskSuccess",
                    "Resource": machine.arn,
                }
            ],
        }
    ),
)
function = aws.lambda_.Function(
    "worker",
    runtime="python3.13",
    handler="worker.handler",
    role=role.arn,
    timeout=10,
    code=pulumi.AssetArchive(
        {"worker.py": pulumi.FileAsset("function/worker.py"), "note.txt": pulumi.StringAsset("a note")}
    ),
    environment={"variables": {"GREETING": pulumi.Output.secret(config.require("greeting"))}},
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)
aws.lambda_.EventSourceMapping(
    "worker",
    event_source_arn=queue.arn,
    function_name=function.arn,
    batch_size=10,
    function_response_types=["ReportBatchItemFailures"],
)
pulumi.export("queueUrl", queue.url)
pulumi.export("stateMachineArn", machine.arn)
pulumi.export("functionArn", function.arn)
pulumi.export("where", pulumi.Output.concat(region, " ", account))
pulumi.export("secret", pulumi.Output.secret("s"))
