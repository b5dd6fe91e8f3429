"""An approver, as a program: waits for the mail, opens the link, decides. And a workflow that asks."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local import observe
from local.demo.scene import Play
from local.errors import TooSlow
from local.inbox import Mail
from local.observe import json_object
from local.observe.machines import beside, wait_state
from local.observe.patience import patiently, until

_ANSWERED_SECONDS = 900  # For what is answered: how soon is the machine's matter.
_ANSWER_SECONDS = 300.0


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
    play: Play, subject: str, *, timeout_seconds: int = _ANSWERED_SECONDS, again: bool = False, **request: Any
) -> str:
    """Start an execution of a workflow that only asks, on the stack's own approvals; its ARN.

    ``again``: when nobody has answered it asks once more, in the same state.
    """
    asking = wait_state(play.own["queueUrl"], {"subject": subject, **request}, timeout_seconds)
    states: dict[str, Any] = {"Ask": asking}
    if again:
        unanswered = {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.unanswered", "Next": "WasSecond"}
        asking["Catch"] = [unanswered]
        second = {"Variable": "$.second", "IsPresent": True, "Next": "GiveUp"}
        states["WasSecond"] = {"Type": "Choice", "Choices": [second], "Default": "Again"}
        states["Again"] = {"Type": "Pass", "Result": True, "ResultPath": "$.second", "Next": "Ask"}
        states["GiveUp"] = {"Type": "Fail", "Error": "States.Timeout"}
    return play.start({}, beside(play.aws, play.machine, {"StartAt": "Ask", "States": states}))


def mails(play: Play, execution_arn: str, count: int = 1, *, with_link: bool = True) -> list[Mail]:
    """Wait for mails about an execution: those with a link, or those that only tell."""

    def found() -> list[Mail]:
        now = _mails_now(play, execution_arn, with_link=with_link)
        return now if len(now) >= count else []

    return until(play.aws, f"{count} mails about {execution_arn}", found)


def link(play: Play, execution_arn: str, not_about: str = "") -> str:
    """Wait for a link to a request of an execution, other than the one with this id.

    Empty if the execution has ended before: on this machine its timeout was too short.
    """

    def found() -> list[str]:
        links = [mail.links[0] for mail in _mails_now(play, execution_arn)]
        others = [each for each in links if request_of(each) != not_about]
        return others or ([""] if observe.ended(play.aws, execution_arn) else [])

    return until(play.aws, f"a mail about {execution_arn}", found)[0]


def _mails_now(play: Play, execution_arn: str, *, with_link: bool = True) -> list[Mail]:
    name = execution_arn.rsplit(":", 1)[-1]
    return [mail for mail in play.stage.inbox.mails() if name in mail.text and bool(mail.links) is with_link]


def request_of(link: str) -> str:
    """The id of the request that a link leads to."""
    return link.rsplit("/", 1)[-1].partition(".")[0]


def look(link: str, *, method: str = "GET", agent: str = "demo", accept: str = "application/json") -> Page:
    """Open a link."""
    return _send(urllib.request.Request(link, method=method, headers={"Accept": accept, "User-Agent": agent}))  # noqa: S310


def decide(link: str, outcome: str, *, comment: str = "", fields: Mapping[str, Any] | None = None) -> Page:
    """Approve or reject."""
    body = json.dumps({"outcome": outcome, "comment": comment, "fields": dict(fields or {})}).encode()
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    return _send(urllib.request.Request(link, data=body, headers=headers))  # noqa: S310


def wait_for_state(play: Play, link: str, state: str) -> Page:
    """Look until the request is in this state; the last look if it never is."""
    for _ in patiently(play.aws, f"a request that is {state}"):
        if (page := look(link)).state == state:
            break
    return page


def _send(request: urllib.request.Request) -> Page:
    try:
        try:
            answer = urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)  # noqa: S310
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return Page(answer.status, json_object(answer.read().decode()))
    except TimeoutError:
        raise TooSlow(f"the page did not answer within {_ANSWER_SECONDS:.0f} s") from None
