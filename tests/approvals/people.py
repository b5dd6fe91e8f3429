"""What approvers do in front of the embedded stack: wait for mails, open links, send forms."""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from local.inbox import Inbox, Mail
from tests.support.embedded import Embedded

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

    def ask(self, workflow: str = "ask", approvers: int = 3, **request: Any) -> tuple[str, list[str]]:
        """Start an execution that asks; its ARN and the approvers' links, in order."""
        version = f"{time.time_ns()}"
        asked = {"version": version, "details": {}, "fields": [], "requester": "", **request}
        execution = self.stack.start(workflow, asked)
        mails = self.mails(lambda mail: mail.subject == f"Approval needed: Release {version}", approvers)
        return execution, [mail.links[0] for mail in sorted(mails, key=lambda mail: mail.to)]

    def mails(self, wanted: Callable[[Mail], bool], count: int = 1) -> list[Mail]:
        """Wait until there are so many mails like this."""
        return eventually(
            lambda: found if len(found := [*filter(wanted, self.inbox.mails())]) >= count else None
        )

    def call(self, url: str, method: str = "GET", body: str = "", **headers: str) -> Reply:
        """One HTTP call; redirects are not followed."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, parts.path, body.encode() or None, names)
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


def eventually(look: Callable[[], T | None], within_seconds: float = 20) -> T:
    """Look again and again until there is something."""
    end = time.monotonic() + within_seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing within {within_seconds} s")
