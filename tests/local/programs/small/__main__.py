"""Functions that fail in every way, two state machines, and a topic that mails to two people."""

import json

import pulumi
import pulumi_aws as aws

LINK = "http://127.0.0.1:1/_aws/execute-api/x/$default/r/0123456789abcdef0123456789abcdef.0.abcdefghij-_KLMN"


def role(name: str, service: str) -> aws.iam.Role:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return aws.iam.Role(name, assume_role_policy=policy)


worker_role = role("worker", "lambda.amazonaws.com")
for name in ("raises", "records", "ends", "broken"):
    made = aws.lambda_.Function(
        name,
        role=worker_role.arn,
        runtime="python3.13",
        handler=f"{'broken' if name == 'broken' else 'worker'}.{name}",
        code=pulumi.AssetArchive(
            {
                "worker.py": pulumi.FileAsset("worker.py"),
                "broken.py": pulumi.StringAsset("import nothing_of_this_name"),
            }
        ),
        logging_config={"log_format": "JSON" if name == "records" else "Text"},
    )
    pulumi.export(name, made.name)

topic = aws.sns.Topic("news")
for address in ("ann@example.com", "bob@example.com"):
    aws.sns.TopicSubscription(
        address,
        topic=topic.arn,
        protocol="email",
        endpoint=address,
        filter_policy=json.dumps({"$or": [{"to": [address]}, {"to": [{"exists": False}]}]}),
    )
pulumi.export("topic", topic.arn)

machine_role = role("machine", "states.amazonaws.com")
PASS = {"Type": "Pass", "Parameters": {"name.$": "$.name"}, "End": True}
states = {"good": PASS, "bad": {"Type": "Fail", "Error": "Wrong", "Cause": LINK}}
machines = {
    name: aws.sfn.StateMachine(
        name, role_arn=machine_role.arn, definition=json.dumps({"StartAt": "Do", "States": {"Do": state}})
    )
    for name, state in states.items()
}
pulumi.export("good", machines["good"].arn)
pulumi.export("workflows", {"order_payment": {"stateMachineArn": machines["bad"].arn}})
pulumi.export(
    "where", pulumi.Output.concat(aws.get_region_output().region, aws.get_caller_identity_output().arn)
)
