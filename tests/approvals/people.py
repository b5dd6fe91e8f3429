"""What approvers do in front of the embedded stack: wait for mails, open links, send forms."""

import http.client
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from local.inbox import Inbox, Mail
from local.observe import Execution
from local.observe.machines import with_timeout
from local.observe.patience import timeouts
from tests.support.embedded import Embedded
from tests.support.patience import PATIENCE_SECONDS, until

T = TypeVar("T")

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class People:
    """The stack, its inbox, and its pages over HTTP."""

    stack: Embedded
    inbox: Inbox

    def ask(self, workflow: str = "ask", mailed: int = 3, **request: Any) -> tuple[str, list[str]]:
        """Start an execution that asks; its ARN and the approvers' links, in order."""
        execution, subject = self._start(workflow, request)
        return execution, _links(self.mails(lambda mail: mail.subject == subject, mailed))

    def ask_in_vain(self, approvers: int = 3) -> tuple[Execution, list[str]]:
        """An execution that has timed out after its mails had come, and the approvers' links."""
        aws, machine = self.stack.aws, self.stack.workflow("ask")["stateMachineArn"]
        for seconds in timeouts(aws, "the mails before the timeout"):
            execution, subject = self._start(with_timeout(aws, machine, seconds), {})
            ended = self.stack.finish(execution, seconds)
            mails = [mail for mail in self.inbox.mails() if mail.subject == subject]
            if len(mails) >= approvers:
                return ended, _links(mails)
        raise AssertionError("timeouts has no other end")

    def _start(self, workflow: str, request: Mapping[str, Any]) -> tuple[str, str]:
        version = f"{time.time_ns()}"
        asked = {"version": version, "details": {}, "fields": [], "requester": "", **request}
        return self.stack.start(workflow, asked), f"Approval needed: Release {version}"

    def mails(self, wanted: Callable[[Mail], bool], count: int = 1) -> list[Mail]:
        """Wait until there are so many mails like this."""
        return until(
            f"{count} mails",
            lambda: found if len(found := [*filter(wanted, self.inbox.mails())]) >= count else None,
        )

    def call(self, url: str, method: str = "GET", body: str = "", **headers: str) -> Reply:
        """One HTTP call; redirects are not followed."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            query = f"?{parts.query}" if parts.query else ""
            connection.request(method, parts.path + query, body.encode() or None, names)
            answer = connection.getresponse()
            text = answer.read().decode()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
        finally:
            connection.close()

    def post(self, url: str, **form: str) -> Reply:
        """Send the form."""
        return self.call(url, "POST", urlencode(form), content_type=FORM)

    def state(self, url: str) -> str:
        """What the page says, in one word."""
        return str(self.call(url, accept="application/json").json["state"])

    def items(self, table: int = 0) -> list[dict[str, Any]]:
        """All items of a table."""
        name = self.stack.outputs["tables"][table]
        pages = self.stack.aws.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]


def eventually(look: Callable[[], T | None]) -> T:
    """Look again and again until there is something."""
    return until("what is looked for", look)


def _links(mails: Iterable[Mail]) -> list[str]:
    return [mail.links[0] for mail in sorted(mails, key=lambda mail: mail.to)]
