"""The mails that SNS email subscriptions would send, to look at.

``GET /`` is a page, newest first; ``GET /mails`` is JSON, oldest first. ``?to=ADDRESS`` chooses whose.

The embedded AWS shows mails nowhere. Beside every email subscription of the stack stands a queue with the
same filter policy; what arrives there is what would have been mailed to that address.
"""

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from local import observe
from local.aws.clients import Aws
from local.emulator import HOST
from local.inbox import page
from local.model import Created, Resource
from local.observe.look import Message
from local.server.origins import refusal

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
_WAIT_SECONDS = 1
_POLL_SECONDS = 0.05
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


@dataclass(frozen=True)
class Mail:
    """One mail as an address would get it; ``links`` are the addresses in its text."""

    id: str
    to: str
    subject: str
    text: str
    sent: datetime
    links: tuple[str, ...]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing of a browser that went away: the page looks again by itself."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Inbox:
    """Collects mails and shows them on a loopback port: ``with Inbox(aws, resources) as inbox``.

    ``command`` is what a person may paste to get a mail: the page says so while it is empty.
    """

    def __init__(self, aws: Aws, resources: Iterable[tuple[Resource, Created]], command: str = "") -> None:
        self._aws = aws
        self._command = command
        self._mails: dict[tuple[str, str], Mail] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._queues = dict(self._subscribe(resources))
        self._readers = ThreadPoolExecutor(max(1, len(self._queues)), thread_name_prefix="inbox")
        self._server = _Server((HOST, 0), _handler(self))

    @property
    def url(self) -> str:
        """The page."""
        return f"http://{HOST}:{self._server.server_address[1]}/"

    def mails(self, to: str | None = None) -> list[Mail]:
        """All mails, or those to one address, oldest first."""
        with self._lock:
            found = [mail for mail in self._mails.values() if to in (None, mail.to)]
        return sorted(found, key=lambda mail: (mail.sent, mail.to))

    def page(self, to: str | None = None) -> str:
        """The list as HTML, of all mails or those to one address."""
        counts = {**dict.fromkeys(self._queues.values(), 0), **Counter(mail.to for mail in self.mails())}
        return page.listed(self.mails(to), counts, to, self._command)

    def opened(self, address: str, mail_id: str, to: str | None = None) -> str | None:
        """One mail as HTML, None if there is no such mail. ``to``: whose list leads there."""
        mail = next((mail for mail in self.mails(address) if mail.id == mail_id), None)
        return page.opened(mail, to) if mail else None

    def __enter__(self) -> "Inbox":
        serve = partial(self._server.serve_forever, poll_interval=_POLL_SECONDS)
        threading.Thread(target=serve, name="inbox page", daemon=True).start()
        for url, address in self._queues.items():
            self._readers.submit(self._read, url, address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._readers.shutdown(wait=False)  # They end with the server, at the latest after one wait.

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
                Attributes={
                    theirs: inputs[ours]
                    for ours, theirs in (
                        ("filterPolicy", "FilterPolicy"),
                        ("filterPolicyScope", "FilterPolicyScope"),
                    )
                    if inputs.get(ours)
                },
            )
            yield url, inputs["endpoint"]

    def _read(self, url: str, address: str) -> None:
        while not self._ended.is_set():
            try:
                messages = observe.receive(self._aws, url, wait_seconds=_WAIT_SECONDS)
            except Exception:
                # The server has ended, or is about to: whoever owns it notices and says so.
                if self._ended.wait(_WAIT_SECONDS):
                    return
                continue
            with self._lock:
                for message in messages:
                    self._mails.setdefault((address, message.id), _mail(address, message))


def _policy(queue_arn: str, topic_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _mail(address: str, message: Message) -> Mail:
    envelope: Mapping[str, Any] = json.loads(message.body)
    text = str(envelope.get("Message", ""))
    return Mail(
        id=str(envelope.get("MessageId", message.id)),
        to=address,
        subject=str(envelope.get("Subject") or "AWS Notification Message"),
        text=text,
        sent=message.sent,
        links=tuple(LINK.findall(text)),
    )


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "Inbox"
        sys_version = ""

        def do_GET(self) -> None:
            path, _, text = self.path.partition("?")
            query = dict(parse_qsl(text))
            to = query.get("to")
            if reason := refusal(self.command, self.headers.items()):
                self._answer(HTTPStatus.FORBIDDEN, "text/plain", f"{reason}\n")
            elif path == "/":
                self._answer(HTTPStatus.OK, "text/html", inbox.page(to))
            elif path == "/mail" and (found := inbox.opened(query.get("of", ""), query.get("id", ""), to)):
                self._answer(HTTPStatus.OK, "text/html", found)
            elif path == "/mails":
                listed = [asdict(mail) for mail in inbox.mails(to)]
                self._answer(
                    HTTPStatus.OK, "application/json", json.dumps(listed, default=datetime.isoformat)
                )
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "there is / and /mails\n")

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {**page.HEADERS, "Content-Type": f"{kind}; charset=utf-8"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: a link is a secret, and standard error is for people."""

    return Handler
