"""A release pipeline of somebody else's, in which a person now says whether a release goes out."""

import pulumi
import pulumi_aws as aws
from countersign import ApprovalApi, CallbackWorkflow, Notifier

approvers = pulumi.Config().require_object("approvers")
deployments = aws.sqs.Queue("deployments", sqs_managed_sse_enabled=True)  # what the pipeline already has

mails = Notifier("releases", {"emails": approvers})
approvals = ApprovalApi("releases", {"approvers": approvers, "topic_arn": mails.topic_arn})
ask = approvals.wait("Release {$.version}", details="$.changes", timeout_seconds=86_400)
ship = {"QueueUrl": deployments.url, "MessageBody.$": "$"}
release = CallbackWorkflow(
    "release",
    {
        "definition": {
            "StartAt": "Ask",
            "States": {
                "Ask": {**ask, "ResultPath": "$.approval", "Next": "Ship"},
                "Ship": {
                    "Type": "Task",
                    "Resource": "arn:${AWS::Partition}:states:::sqs:sendMessage",
                    "Parameters": ship,
                    "End": True,
                },
            },
        },
        "callback_role_names": approvals.callback_role_names,
        "history_role_names": approvals.history_role_names,
    },
)

pulumi.export("stateMachineArn", release.state_machine_arn)
pulumi.export("deploymentsUrl", deployments.url)
pulumi.export("approvals", {"url": approvals.url, "tableName": approvals.table_name})
