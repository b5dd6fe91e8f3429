"""A state machine that asks people before it goes on."""

import pulumi
from countersign import ApprovalApi, CallbackWorkflow, Notifier

approvers = [address.strip() for address in pulumi.Config().require("approvers").split(",")]

mails = Notifier("mails", {"emails": approvers})
approvals = ApprovalApi("approvals", {"approvers": approvers, "topic_arn": mails.topic_arn})

# Started with {"version": "1.4.0"}, it asks "Release 1.4.0?" and waits up to a day for the first answer.
ask = approvals.wait("Release {$.version}?", details="$", timeout_seconds=86_400)
definition = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            **ask,
            "ResultPath": "$.approval",
            "Next": "Release",
            "Catch": [{"ErrorEquals": ["ApprovalRejected"], "ResultPath": None, "Next": "Rejected"}],
        },
        # What happens when it is approved: put your own states here.
        "Release": {"Type": "Pass", "End": True},
        "Rejected": {"Type": "Fail", "Error": "Rejected", "Cause": "An approver said no."},
    },
}
release = CallbackWorkflow(
    "release",
    {
        "definition": definition,
        "callback_role_names": approvals.callback_role_names,
        "history_role_names": approvals.history_role_names,
    },
)

pulumi.export("stateMachineArn", release.state_machine_arn)
pulumi.export("approvals", {"url": approvals.url, "tableName": approvals.table_name})
