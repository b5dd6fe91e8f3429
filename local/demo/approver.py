"""An approver, as a program: waits for the mail, opens the link, decides. And a workflow that asks."""

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local import observe
from local.aws import Aws
from local.demo.scene import Stage
from local.errors import LocalError, TooSlow
from local.inbox import Mail
from local.observe.patience import patiently, until
from local.stack import Stack

WORKFLOW = "scheduled_approval"
ASK = "Ask"

_ANSWERED_SECONDS = 900  # For what is answered: how soon is the machine's matter.
_ANSWER_SECONDS = 300.0
_TASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


@dataclass(frozen=True)
class Page:
    """What the page answered: status, and its JSON (empty if it was none)."""

    status: int
    data: Mapping[str, Any]

    @property
    def state(self) -> str:
        """The request's state as this approver sees it."""
        return str(self.data.get("state", ""))


def ask(
    stage: Stage,
    request: Mapping[str, Any],
    *,
    timeout_seconds: int = _ANSWERED_SECONDS,
    again_after_timeout: bool = False,
) -> str:
    """Start an execution of a workflow that only asks, on the stack's own approvals; its ARN.

    ``again_after_timeout``: when nobody has answered it asks once more, in the same state.
    """
    stack = stage.stack
    own = stack.outputs["workflows"][WORKFLOW]
    machines = stack.aws.step_functions
    role = machines.describe_state_machine(stateMachineArn=own["stateMachineArn"])["roleArn"]
    made = machines.create_state_machine(
        name=f"demo-{uuid.uuid4().hex[:8]}",
        roleArn=role,
        definition=json.dumps(_definition(own["queueUrl"], request, timeout_seconds, again_after_timeout)),
    )
    return observe.start(stack.aws, made["stateMachineArn"], {})


def _definition(
    queue_url: str, request: Mapping[str, Any], timeout_seconds: int, again_after_timeout: bool
) -> dict[str, Any]:
    again = {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.unanswered", "Next": "WasSecond"}
    state: dict[str, Any] = {
        "Type": "Task",
        "Resource": _TASK,
        "TimeoutSeconds": timeout_seconds,
        "Parameters": {
            "QueueUrl": queue_url,
            "MessageBody": {
                "TaskToken.$": "$$.Task.Token",
                "ExecutionArn.$": "$$.Execution.Id",
                "StateMachineArn.$": "$$.StateMachine.Id",
                "StateName.$": "$$.State.Name",
                "EnteredTime.$": "$$.State.EnteredTime",
                "RetryCount.$": "$$.State.RetryCount",
                "TimeoutSeconds": timeout_seconds,
                "Request": request,
            },
        },
        "End": True,
    }
    states = {ASK: state}
    if again_after_timeout:
        state["Catch"] = [again]
        second = {"Variable": "$.second", "IsPresent": True, "Next": "GiveUp"}
        states["WasSecond"] = {"Type": "Choice", "Choices": [second], "Default": "Again"}
        states["Again"] = {"Type": "Pass", "Result": True, "ResultPath": "$.second", "Next": ASK}
        states["GiveUp"] = {"Type": "Fail", "Error": "States.Timeout"}
    return {"StartAt": ASK, "States": states}


def mails(stage: Stage, execution_arn: str, count: int = 1, *, with_link: bool = True) -> list[Mail]:
    """Wait for mails about an execution: those with a link, or those that only tell."""

    def look() -> list[Mail]:
        found = _mails_now(stage, execution_arn, with_link=with_link)
        return found if len(found) >= count else []

    return until(stage.stack.aws, f"{count} mails about {execution_arn}", look)


def link_in_time(stage: Stage, execution_arn: str, not_about: str = "") -> str:
    """Wait for a link to a request of an execution, other than the one with this id.

    Empty if the execution has ended before: on this machine its timeout was too short.
    """
    seen: set[str] = set()

    def look() -> tuple[str] | None:
        for link in {link_of(mail) for mail in _mails_now(stage, execution_arn)} - seen:
            if not not_about or request_of(link) != not_about:
                return (link,)
            seen.add(link)
        return ("",) if observe.ended(stage.stack.aws, execution_arn) else None

    (link,) = until(stage.stack.aws, f"a mail about {execution_arn}", look)
    return link


def _mails_now(stage: Stage, execution_arn: str, *, with_link: bool = True) -> list[Mail]:
    name = execution_arn.rsplit(":", 1)[-1]
    return [mail for mail in stage.inbox.mails() if name in mail.text and bool(mail.links) is with_link]


def request_of(link: str) -> str:
    """The id of the request that a link leads to."""
    return str(look(link).data.get("requestId"))


def link_of(mail: Mail) -> str:
    """The link in a mail that asks."""
    return mail.links[0]


def look(link: str, *, method: str = "GET", agent: str = "demo", as_json: bool = True) -> Page:
    """Open a link."""
    accept = "application/json" if as_json else "text/html"
    return _send(urllib.request.Request(link, method=method, headers={"Accept": accept, "User-Agent": agent}))  # noqa: S310


def decide(link: str, outcome: str, *, comment: str = "", fields: Mapping[str, Any] | None = None) -> Page:
    """Approve or reject."""
    body = json.dumps({"outcome": outcome, "comment": comment, "fields": dict(fields or {})}).encode()
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    return _send(urllib.request.Request(link, data=body, headers=headers))  # noqa: S310


def wait_for_state(stage: Stage, link: str, state: str) -> Page:
    """Look until the request is in this state; the last look if it never is."""
    for _ in patiently(stage.stack.aws, f"a request that is {state}"):
        if (page := look(link)).state == state:
            break
    return page


def filled_in(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Something that each field accepts."""
    samples = {"text": "by the demo", "number": 1, "boolean": True}
    values: dict[str, Any] = {}
    for field in fields:
        options = field.get("options") or [None]
        sample = field.get("minimum", samples.get(str(field.get("type")), options[0]))
        values[field["name"]] = field.get("default", sample)
    return values


def page_function(stack: Stack) -> str:
    """The function behind the stack's HTTP API."""
    for resource, _ in stack.deployment.resources:
        if resource.type == "aws:apigatewayv2/integration:Integration":
            # The function's own ARN, or API Gateway's with the function's inside.
            uri = str(resource.inputs["integrationUri"])
            return uri.rsplit("/functions/", 1)[-1].removesuffix("/invocations")
    raise LocalError("the stack has no HTTP API")


def stop(aws: Aws, execution_arn: str) -> None:
    """Stop an execution, as an operator would."""
    aws.step_functions.stop_execution(executionArn=execution_arn, cause="stopped by the demo")


def _send(request: urllib.request.Request) -> Page:
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            return Page(answer.status, _json(answer.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Page(error.code, _json(error.read()))
    except TimeoutError:
        raise TooSlow(f"the page did not answer within {_ANSWER_SECONDS:.0f} s") from None


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
