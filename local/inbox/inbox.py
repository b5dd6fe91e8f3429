"""The mails that SNS email subscriptions would send, to look at.

``GET /`` is a page, newest first; ``GET /mails`` is JSON, oldest first.

The embedded AWS shows mails nowhere. Beside every email subscription of the stack stands a queue with the
same filter policy; what arrives there is what would have been mailed to that address.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus

from local import observe
from local.aws.clients import Aws
from local.inbox.mail import Mail, received
from local.inbox.page import HEADERS, listed
from local.model import Created, Resource
from local.server.loopback import Handler, Loopback
from local.server.origins import refusal

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
_FILTER = {"filterPolicy": "FilterPolicy", "filterPolicyScope": "FilterPolicyScope"}
_LOOK_SECONDS = 0.1  # However often it is asked, it looks no more often.


class Inbox(Loopback):
    """Collects mails and shows them: ``with Inbox(aws, resources) as inbox``."""

    def __init__(self, aws: Aws, resources: Iterable[tuple[Resource, Created]]) -> None:
        super().__init__(_Pages)
        self._aws = aws
        self._mails: dict[tuple[str, str], Mail] = {}
        self._looked = 0.0
        self._lock = threading.Lock()
        self._queues = dict(self._subscribe(resources))
        self.expected = bool(self._queues)
        """Whether any mail can come."""

    @property
    def url(self) -> str:
        """The page."""
        return f"{super().url}/"

    def mails(self, to: str | None = None) -> list[Mail]:
        """All mails that have come, or those to one address, oldest first."""
        with self._lock:
            if time.monotonic() - self._looked > _LOOK_SECONDS:
                self._look()
                self._looked = time.monotonic()
            found = [mail for mail in self._mails.values() if to in (None, mail.to)]
        return sorted(found, key=lambda mail: (mail.sent, mail.to))

    def _look(self) -> None:
        for url, address in self._queues.items():
            for message in observe.receive(self._aws, url):
                self._mails.setdefault((address, message.id), received(address, message))

    def _subscribe(self, resources: Iterable[tuple[Resource, Created]]) -> Iterator[tuple[str, str]]:
        """A queue for each email subscription: its URL and the address."""
        for number, (resource, _) in enumerate(resources):
            inputs = resource.inputs
            if resource.type != SUBSCRIPTION or inputs.get("protocol") not in ("email", "email-json"):
                continue
            name = f"inbox-{number}"
            topic, queue = inputs["topic"], self._aws.arn("sqs", name)
            policy = _policy(queue, topic)
            url = self._aws.sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
            self._aws.sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=queue,
                Attributes={theirs: inputs[ours] for ours, theirs in _FILTER.items() if inputs.get(ours)},
            )
            yield url, inputs["endpoint"]


def _policy(queue_arn: str, topic_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class _Pages(Handler):
    server: Inbox
    server_version = "Inbox"

    def do_GET(self) -> None:  # noqa: N802
        self.answer(*self._found(), headers=HEADERS)

    do_HEAD = do_GET  # noqa: N815

    def _found(self) -> tuple[HTTPStatus, str, bytes]:
        inbox, path = self.server, self.path.partition("?")[0]
        if reason := refusal(self.command, self.headers.items()):
            return _shown(f"{reason}\n", "text/plain", HTTPStatus.FORBIDDEN)
        if path == "/":
            return _shown(listed(inbox.mails(), expected=inbox.expected))
        if path == "/mails":
            mails = [asdict(mail) for mail in inbox.mails()]
            return _shown(json.dumps(mails, default=datetime.isoformat), "application/json")
        return _shown("there is / and /mails\n", "text/plain", HTTPStatus.NOT_FOUND)


def _shown(
    text: str, kind: str = "text/html", status: HTTPStatus = HTTPStatus.OK
) -> tuple[HTTPStatus, str, bytes]:
    return status, f"{kind}; charset=utf-8", text.encode()
