"""The workflow in which people approve, and what the scenes of the demo need around it."""

import sys
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT))

from components import ApprovalApi, CallbackFunction, CallbackWorkflow, Notifier  # noqa: E402
from workflows import scheduled_approval  # noqa: E402

APPROVERS = ["ann@example.com", "bob@example.com"]

notices = Notifier("notices", {"test_queue": True})
mails = Notifier("mails", {"emails": APPROVERS})
approvals = ApprovalApi("release", {"approvers": APPROVERS, "topic_arn": mails.topic_arn})
generate = CallbackFunction("generate", {"worker": str(ROOT / "lambda_src" / "scheduled_generate")})
process = CallbackFunction("process", {"worker": str(ROOT / "lambda_src" / "scheduled_process")})
workflow = CallbackWorkflow(
    "release",
    {
        "callback_role_names": [
            *approvals.callback_role_names,
            *generate.callback_role_names,
            *process.callback_role_names,
        ],
        "history_role_names": approvals.history_role_names,
        "definition": scheduled_approval.definition(generate, approvals, process, 20),
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
