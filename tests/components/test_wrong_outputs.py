"""What users get wrong in Outputs: it is told when it is known, and a secret is never in it."""

import re
from typing import Any, NamedTuple

import pulumi
import pytest

from tests.support.cases import make, rows
from tests.support.engine import deploy

LAMBDA = "arn:aws-test:lambda:eu-west-1:123456789012:function:hear"
SQS = "arn:aws-test:sqs:eu-west-1:123456789012:audit"
DONE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


class Later(NamedTuple):
    """What is to be an Output in the program."""

    value: Any
    secret: bool = False


def outputs(node: Any) -> Any:
    """The arguments, with Outputs in them."""
    if isinstance(node, Later):
        return pulumi.Output.secret(node.value) if node.secret else pulumi.Output.from_input(node.value)
    if isinstance(node, dict):
        return {key: outputs(value) for key, value in node.items()}
    return [outputs(one) for one in node] if isinstance(node, list) else node


def machine(state: Any) -> dict[str, Any]:
    return {"definition": {"StartAt": "Each", "States": {"Each": state}}}


def task(resource: Any, **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


def each(processor: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor, "End": True}


def distributed(mode: Any) -> dict[str, Any]:
    return {"ProcessorConfig": {"Mode": mode, "ExecutionType": "STANDARD"}, **DONE}


SECRET = Later("http://user:hunter2@hooks.example", secret=True)
TLS = Later("https://user:hunter2@hooks.example", secret=True)
HUNTED = Later("hunter2", secret=True)
HIDDEN = "definition must not hide a Distributed Map in an Output"
ROLES = "must hold at least one role where it is an Output, got []"
UNKNOWN_FIELD = (
    'the definition has 1 error:\nEach: unknown-field: a Pass state has no field "Nxt"; did you mean'
)
TWICE = [Later("a@b.co"), "A@b.co"]
ONCE = "{0} and those of {0}_by_name must each be there once, got {1}"

WRONG_LATER: dict[str, list[tuple[dict[str, Any], str]]] = {
    "ApprovalApi": [
        ({"approvers": TWICE}, "approvers must each be there once, got 'a@b.co' twice"),
        (
            {"escalate_after_seconds": 60, "escalation_approvers": TWICE},
            "approvers and escalation_approvers must each be there once, got 'a@b.co' twice",
        ),
    ],
    "CallbackFunction": [
        ({"worker_environment": SECRET}, "worker_environment must be a dict of variables, got a secret"),
        (
            {"worker_environment": {"PORT": Later(8080)}},
            "worker_environment['PORT'] must be a text, got 8080: write '8080'",
        ),
        (
            {"worker_environment": Later({"PIN": 4711}, secret=True)},
            "worker_environment['PIN'] must be a text, got a secret",
        ),
    ],
    "CallbackQueue": [
        (
            {"batch_size": Later(11)},
            "batching_window_seconds must be at least 1 when batch_size is above 10, got 0",
        ),
    ],
    "CallbackWorkflow": [
        ({"callback_role_names": Later([])}, f"callback_role_names {ROLES}"),
        ({"history_role_names": Later([])}, f"history_role_names {ROLES}"),
        (machine(Later(each(distributed("DISTRIBUTED")))), HIDDEN),
        (machine(each(Later(distributed("DISTRIBUTED")))), HIDDEN),
        (machine(each(distributed(Later("DISTRIBUTED")))), HIDDEN),
        (machine(Later({"Type": "Pass", "Nxt": "Done", "End": True})), UNKNOWN_FIELD),
        (
            machine(task(Later("arn:aws:hunter2", secret=True))),
            "definition, in part secret, must keep these rules: resource (States.Each.Resource)",
        ),
        (
            machine(task("arn:aws:states:::sqs:sendMessage", QueueUrl=HUNTED, MessageBody="4711")),
            "definition, in part secret, needs extra_statements for sqs:SendMessage",
        ),
    ],
    "Notifier": [
        ({"queue_arns": [SQS, Later(SQS)]}, ONCE.format("queue_arns", f"'{SQS}' twice")),
        (
            {"queue_arns_by_name": {"a": Later(LAMBDA)}},
            "queue_arns_by_name['a'] must be the ARN of a standard queue, got ",
        ),
        (
            {"https_urls_by_name": {"a": SECRET}},
            "https_urls_by_name['a'] must be an https:// URL, got a secret",
        ),
        ({"https_urls_by_name": {"a": TLS, "b": TLS}}, ONCE.format("https_urls", "a secret")),
    ],
}


@pytest.mark.parametrize(("kind", "args", "message"), rows(WRONG_LATER))
def test_what_an_output_turns_out_to_be_is_checked_when_it_is_known(
    kind: str, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        deploy(lambda: make(kind, "it", **outputs(args)))
    assert str(caught.value).startswith(f"{kind} it: {message}")
    assert not {"hunter2", "4711"} & set(re.findall(r"\w+", str(caught.value)))
