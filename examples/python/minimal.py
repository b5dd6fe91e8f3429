from countersign import ApprovalApi, CallbackWorkflow, Notifier

approvers = ["ann@example.com"]
mails = Notifier("mails", {"emails": approvers})
approvals = ApprovalApi("approvals", {"approvers": approvers, "topic_arn": mails.topic_arn})
ask = {**approvals.wait("Release {$.version}", timeout_seconds=86_400), "End": True}
release = {
    "definition": {"StartAt": "Ask", "States": {"Ask": ask}},
    "callback_role_names": approvals.callback_role_names,
    "history_role_names": approvals.history_role_names,
}
CallbackWorkflow("release", release)
