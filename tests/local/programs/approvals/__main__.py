"""The smallest stack in which people approve: what the scenes of the demo need."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from components import CallbackWorkflow, Notifier
from components.approval_api import ApprovalApi

APPROVERS = ["ann@example.com", "bob@example.com"]

notices = Notifier("notices", {"test_queue": True})
mails = Notifier("mails", {"emails": APPROVERS})
approvals = ApprovalApi("release", {"approvers": APPROVERS, "topic_arn": mails.topic_arn})
workflow = CallbackWorkflow(
    "release",
    {
        "callback_role_names": approvals.callback_role_names,
        "definition": {
            "StartAt": "Ask",
            "States": {"Ask": {**approvals.wait("Release?", timeout_seconds=20), "End": True}},
        },
    },
)
pulumi.export(
    "workflows",
    {
        "scheduled_approval": {
            "stateMachineArn": workflow.state_machine_arn,
            "queueUrl": approvals.queue_url,
            "deadLetterQueueUrl": approvals.dead_letter_queue_url,
        }
    },
)
pulumi.export("approvalUrl", approvals.url)
pulumi.export("notificationTestQueueUrl", notices.test_queue_url)
