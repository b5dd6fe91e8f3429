"""A stack in which people approve, for the tests: one instance with a quorum of one, one of two."""

import sys
from pathlib import Path

import pulumi

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from components import ApprovalApi, CallbackFunction, CallbackWorkflow, Notifier  # noqa: E402
from workflows import scheduled_approval  # noqa: E402

APPROVERS = ["ann@example.com", "bob@example.com", "cat@example.com"]

mails = Notifier("mails", {"emails": APPROVERS})
one = ApprovalApi("one", {"approvers": APPROVERS, "topic_arn": mails.topic_arn})
two = ApprovalApi(
    "two",
    {
        "approvers": APPROVERS,
        "topic_arn": mails.topic_arn,
        "quorum": 2,
        "require_comment_on_reject": False,
        "escalate_after_seconds": 86_400,
        "escalation_approvers": ["dan@example.com"],  # whom nobody subscribes
    },
)
generate = CallbackFunction("generate", {"worker": str(ROOT / "lambda_src" / "scheduled_generate")})
process = CallbackFunction("process", {"worker": str(ROOT / "lambda_src" / "scheduled_process")})
roles = [
    *one.callback_role_names,
    *generate.callback_role_names,
    *process.callback_role_names,
]
scheduled = CallbackWorkflow(
    "scheduled",
    {
        "definition": scheduled_approval.definition(generate, one, process, 20),
        "callback_role_names": roles,
        "history_role_names": one.history_role_names,
    },
)


def asking(
    name: str, approvals: ApprovalApi, timeout_seconds: int, approvers: str | None = None
) -> CallbackWorkflow:
    """A machine that only asks what its input says."""
    ask = approvals.wait(
        "Release {$.version}",
        details="$.details",
        fields="$.fields",
        requester="$.requester",
        approvers=approvers,
        timeout_seconds=timeout_seconds,
    )
    return CallbackWorkflow(
        name,
        {
            "definition": {"StartAt": "Ask", "States": {"Ask": {**ask, "End": True}}},
            "callback_role_names": approvals.callback_role_names,
            "history_role_names": approvals.history_role_names,
        },
    )


asks = {
    "ask": asking("ask", one, 900),
    "askTwo": asking("ask-two", two, 900),
    "askSome": asking("ask-some", two, 900, "$.approvers"),
}
pulumi.export(
    "workflows",
    {
        name: {"stateMachineArn": workflow.state_machine_arn}
        for name, workflow in {"scheduled": scheduled, **asks}.items()
    },
)
pulumi.export("url", one.url)
pulumi.export(
    "approvals",
    {
        name: {"url": each.url, "tableName": each.table_name, "operatorArn": each.operator_arn}
        for name, each in {"one": one, "two": two}.items()
    },
)
pulumi.export("tables", [one.table_name, two.table_name])
